// Goal: nothing that changes a file overtakes an abandoned change of the same handle (P7, decision
// 6).
// Method: the kernel's answers are given by hand; each kind of request against each kind of
// orphan.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, type Operation } from "../../../src/index.ts";
import { type FakeFile, openFake, quiet, reactions } from "./fake-file.ts";

type Call = (file: File) => Operation<unknown>;

const CHANGES: Readonly<Record<string, Call>> = {
  write: (file) => file.write(new IoBuffer(4), { position: 0 }),
  writeAll: (file) => file.writeAll(new IoBuffer(4), { position: 0 }),
  writev: (file) => file.writev([new IoBuffer(4)], { position: 0 }),
  "write without position": (file) => file.write(new IoBuffer(4)),
  truncate: (file) => file.truncate(5),
  allocate: (file) => file.allocate(0, 5),
};

const WAITS: Readonly<Record<string, Call>> = {
  ...CHANGES,
  sync: (file) => file.sync(),
  datasync: (file) => file.datasync(),
  close: (file) => file.close(),
};

const GOES_ON: Readonly<Record<string, Call>> = {
  read: (file) => file.read(new IoBuffer(4), { position: 0 }),
  readv: (file) => file.readv([new IoBuffer(4)], { position: 0 }),
  stat: (file) => file.stat(),
};

/** A file with an abandoned change in the kernel. */
async function fenced(change: Call): Promise<FakeFile> {
  const fake = await openFake(false);
  change(fake.file).abandon();
  assert.equal(fake.backend.pending.length, 1);
  return fake;
}

describe("while an abandoned change is in the kernel", () => {
  for (const [changeName, change] of Object.entries(CHANGES)) {
    for (const [name, call] of Object.entries(WAITS)) {
      test(`${changeName} abandoned: ${name} waits for its end`, async () => {
        const { file, backend } = await fenced(change);
        const held = call(file);
        assert.equal(held.state, "queued");
        assert.equal(backend.pending.length, 1);
        backend.answer({ kind: "canceled" });
        assert.equal(held.state, "submitted");
        assert.equal(backend.pending.length, 1);
        backend.done(4);
        await held;
      });
    }
  }

  for (const [name, call] of Object.entries(GOES_ON)) {
    test(`${name} does not wait`, async () => {
      const { file, backend } = await fenced(CHANGES.write!);
      assert.equal(call(file).state, "submitted");
      assert.equal(backend.pending.length, 2);
    });
  }
});

describe("the fence", () => {
  test("falls when the last of several orphans has ended, and all go on in order", async () => {
    const { file, backend } = await openFake(false);
    const orphans = [0, 4].map((position) => file.write(new IoBuffer(4), { position }));
    for (const orphan of orphans) orphan.abandon();
    const held = [WAITS.truncate!, WAITS.sync!, WAITS.writev!].map((call) => call(file));
    backend.done(4, 1);
    assert.deepEqual(
      held.map((each) => each.state),
      ["queued", "queued", "queued"],
    );
    backend.done(4, 0);
    assert.deepEqual(backend.kinds, ["truncate", "fsync", "writev"]);
  });

  test("is not raised by reads, syncs and stats", async () => {
    const { file, backend } = await openFake(false);
    for (const call of [...Object.values(GOES_ON), WAITS.sync!, WAITS.datasync!]) {
      call(file).abandon();
    }
    assert.equal(file.write(new IoBuffer(1), { position: 0 }).state, "submitted");
    assert.equal(backend.pending.length, 6);
  });

  test("is not raised by an operation that the kernel never saw", async () => {
    const { file, backend } = await openFake(false);
    const first = file.write(new IoBuffer(1));
    file.write(new IoBuffer(2)).abandon(); // It waited for its turn.
    assert.equal(file.truncate(1).state, "submitted");
    assert.deepEqual(backend.kinds, ["write", "truncate"]);
    backend.done(1);
    assert.equal(await first, 1);
  });

  test("does not hold other handles, nor paths", async () => {
    const { io, backend } = await fenced(CHANGES.write!);
    const opening = io.open("/other", "r+");
    assert.equal(opening.state, "submitted");
    backend.answer({ kind: "opened", fd: 30, isStream: false }, 1);
    const other = await opening;
    assert.equal(other.write("x").state, "submitted");
    assert.equal(io.unlink("/a").state, "submitted");
  });

  test("an operation that waits behind it can be canceled, without the kernel", async () => {
    const { file, backend } = await fenced(CHANGES.write!);
    const buffer = new IoBuffer(8);
    const held = file.write(buffer, { position: 0 });
    const next = file.sync();
    held.cancel();
    await assert.rejects(held, { code: "ABORT_ERR" });
    assert.equal(buffer.isLent, false);
    assert.equal(backend.canceled.length, 1, "the orphan's own");
    backend.answer({ kind: "canceled" });
    assert.deepEqual(backend.kinds, ["fsync"]);
    backend.done(0);
    await next;
  });

  test("one that waits behind it and is abandoned never starts", async () => {
    const { file, backend } = await fenced(CHANGES.write!);
    const held = file.write(new IoBuffer(8), { position: 0 }).abandon();
    assert.equal(held.state, "settled");
    backend.answer({ kind: "canceled" });
    assert.equal(backend.pending.length, 0);
  });

  test("writes of a stream wait, too", async () => {
    const { file, backend } = await openFake(true);
    file.write(new IoBuffer(4)).abandon();
    const next = file.write(new IoBuffer(5));
    assert.equal(next.state, "queued");
    backend.answer({ kind: "canceled" });
    assert.equal(next.state, "submitted");
  });

  test("keeps the order of a lane: who waited for a turn goes before who waited here", async () => {
    const { file, backend } = await openFake(false);
    const orphan = file.write(new IoBuffer(1));
    const second = file.write(new IoBuffer(2));
    orphan.abandon();
    const third = file.write(new IoBuffer(3));
    backend.done(1);
    assert.equal(second.state, "submitted");
    backend.done(2);
    backend.done(3);
    assert.deepEqual(await Promise.all([second, third]), [2, 3]);
    const lengths = backend.log.flatMap(({ snapshot }) =>
      snapshot.kind === "write" ? [[snapshot.position, snapshot.length]] : [],
    );
    assert.deepEqual(lengths, [
      [0, 1],
      [1, 2],
      [3, 3],
    ]);
  });

  test("close() behind it waits for what it holds, and closes once", async () => {
    const { file, backend } = await fenced(CHANGES.write!);
    const held = file.write(new IoBuffer(8), { position: 0 });
    const closing = file.close();
    await reactions();
    assert.deepEqual(backend.kinds, ["write"]);
    backend.answer({ kind: "canceled" });
    assert.deepEqual(backend.kinds, ["write"]);
    assert.equal(held.state, "submitted");
    backend.done(8);
    assert.deepEqual(backend.kinds, ["close"]);
    backend.done(0);
    await Promise.all([held, closing]);
    assert.equal(file.state, "closed");
  });

  test("an orphan that is canceled first raises it all the same", async () => {
    const { file, backend } = await openFake(false);
    const write = quiet(file.write(new IoBuffer(4), { position: 0 }));
    write.cancel();
    assert.equal(file.truncate(1).state, "submitted", "canceled is not abandoned");
    write.abandon();
    assert.equal(file.truncate(2).state, "queued");
    assert.equal(backend.pending.length, 2);
  });
});
