// P3: an operation holds its handle. What close() waits for, and what it does not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, type IoError } from "../../src/index.ts";
import { assertBack, assertQuiet, submissionsOf } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { makeProps, quickOf } from "./quick.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";

export function handleCases(subject: Subject, stage: () => Stage): void {
  describe("P3", needs(subject, "waitingReads", "waitingWrites", "descriptors"), () => {
    descriptors(stage);
    refusals(subject, stage);
    closing(stage);
    cutShort(stage);
    many(stage);
  });
}

function descriptors(stage: () => Stage): void {
  test("P3: the descriptor is closed after the last completion, exactly once", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    const { file, peer, close } = await openFifo(stage());
    void file.read(new IoBuffer(8));
    const [{ fd } = assert.fail("nothing is in flight")] = io.inFlight();
    peer.fill();
    const write = file.write("last");
    const open = world.descriptorCount();
    const closing = file.close();
    assert.equal(file.close(), closing);
    for (let round = 0; round < 5; round++) await io.stat("/");
    assert.equal(file.state, "closing");
    assert.equal(world.descriptorCount(), open, "closed under a pending write");
    const other = await io.open(world.makeFile("other"));
    const read = other.stat();
    assert.notEqual(io.inFlight().find((each) => each.path === other.path)?.fd, fd);
    await read;
    peer.empty();
    assert.equal(await write, 4);
    await closing;
    assert.equal(file.state, "closed");
    await other.close();
    await close();
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });

  test("P3: a number that is used again is not touched by what came before", async () => {
    const { io, world } = stage();
    const texts = ["first", "other"];
    for (let round = 0; round < 50; round++) {
      const path = world.makeFile(texts[0]!);
      const file = await io.open(path, "r+");
      const reads = [0, 1, 2].map((position) => file.read(new IoBuffer(1), { position }));
      const write = file.write("F", { position: 0 });
      const closing = file.close();
      const next = await io.open(world.makeFile(texts[1]!), "r+");
      await closing;
      const after = await io.open(world.makeFile(texts[1]!), "r+");
      await Promise.all(reads.map((read) => read.outcome()));
      assert.equal(await write, 1);
      for (const each of [next, after]) {
        assert.equal(Buffer.from(world.contentOf(each.path)).toString(), texts[1]);
        await each.close();
      }
      assert.equal(Buffer.from(world.contentOf(path)).toString(), "First");
    }
    assertQuiet(stage());
  });
}

function refusals(subject: Subject, stage: () => Stage): void {
  test("P3: close() refuses new work at once, whatever it is", async () => {
    const props = await makeProps(stage());
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const write = file.write("last");
    await others(stage());
    const closing = file.close();
    const before = submissionsOf(stage());
    for (const call of quickOf(subject).filter(({ isOfFile }) => isOfFile)) {
      const refused = { name: "TypeError", code: "ERR_CLOSED" };
      assert.throws(() => call.start({ ...props, file }, {}), refused, call.name);
    }
    assert.equal(submissionsOf(stage()), before);
    assert.equal(stage().io.inFlight().length, 2, "the write and the close");
    assertBack([props.buffer, props.second]);
    peer.empty();
    assert.equal(await write, 4);
    await closing;
    await props.file.close();
    await close();
    assertQuiet(stage());
  });

  test("P3: however often it is closed, the kernel is asked once", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile("x"));
    const before = submissionsOf(stage());
    for (let count = 0; count < 10; count++) void file.close();
    await file[Symbol.asyncDispose]();
    await file.close({ signal: AbortSignal.abort() });
    assert.equal(submissionsOf(stage()), before + 1);
    assert.equal(file.state, "closed");
    assertQuiet(stage());
  });
}

function closing(stage: () => Stage): void {
  test("P3: close() with pending writes lands them all, in order", async () => {
    const { io, world } = stage();
    const path = world.makeFile("");
    const file = await io.open(path, "w");
    const writes = Array.from({ length: 100 }, (_, at) => file.writeAll(`${at},`));
    await file.close();
    assert.deepEqual(
      await Promise.all(writes),
      writes.map((_, at) => `${at},`.length),
    );
    const expected = Array.from({ length: 100 }, (_, at) => `${at},`).join("");
    assert.equal(Buffer.from(world.contentOf(path)).toString(), expected);
  });

  test("P3: reads in flight and in the queue end because of ERR_CLOSED", async () => {
    const { file, peer } = await openFifo(stage());
    const reads = [1, 2, 3].map((length) => file.read(new IoBuffer(length)));
    await others(stage());
    const before = submissionsOf(stage());
    await file.close();
    for (const read of reads) {
      await assert.rejects(read, (error: IoError) => {
        assert.equal(error.code, "ABORT_ERR");
        assert.equal((error.cause as IoError).code, "ERR_CLOSED");
        return true;
      });
    }
    assert.equal(submissionsOf(stage()), before + 1, "the close, and no read that had waited");
    peer.close();
  });

  test("P3: an orphan keeps its descriptor until its real end", async () => {
    const { world } = stage();
    const { file, close } = await openFifo(stage());
    await others(stage());
    const open = world.descriptorCount();
    const orphan = file.read(new IoBuffer(8)).abandon();
    const closing = file.close();
    assert.equal(world.descriptorCount(), open);
    await orphan.outcome();
    await closing;
    assert.equal(world.descriptorCount(), open - 1);
    await close();
  });

  test("P3: `await using` closes, and a second close is the same one", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile("x"));
    await file[Symbol.asyncDispose]();
    assert.equal(file.state, "closed");
    await file.close();
    await file[Symbol.asyncDispose]();
  });

  test("P3: cancelAll() ends all and leaves the file open", async () => {
    const { file, peer, close } = await openFifo(stage());
    const reads = [1, 2, 3].map((length) => file.read(new IoBuffer(length)));
    await others(stage());
    await file.cancelAll();
    assert.ok(reads.every((read) => read.state === "settled"));
    assert.equal(file.state, "open");
    peer.write("on");
    assert.equal(await file.read(new IoBuffer(8)), 2);
    await close();
  });
}

function cutShort(stage: () => Stage): void {
  const ways: Readonly<Record<string, (file: File) => Promise<void>>> = {
    "P3: close() cut short by its signal cancels the writes, and closes": (file) => {
      const controller = new AbortController();
      const closing = file.close({ signal: controller.signal });
      controller.abort();
      return closing;
    },
    "P3: close() cut short by its timeout cancels the writes, and closes": (file) => {
      const closing = file.close({ timeoutMs: LONG_MS });
      stage().passTime(LONG_MS);
      return closing;
    },
    "P3: close() cut short by cancel() cancels the writes, and closes": (file) =>
      file.close().cancel(),
    "P3: close() with a signal that has aborted cancels the writes, and closes": (file) =>
      file.close({ signal: AbortSignal.abort() }),
  };
  for (const [name, close] of Object.entries(ways)) {
    test(name, async () => {
      const { world } = stage();
      const before = world.descriptorCount();
      const { file, peer } = await openFifo(stage());
      peer.fill();
      const write = file.write("stuck");
      write.catch(() => {});
      await others(stage());
      await close(file);
      assert.equal((await write.outcome()).status === "completed", false);
      assert.equal(file.state, "closed");
      peer.close();
      assert.equal(world.descriptorCount(), before);
      assertQuiet(stage());
    });
  }
}

function many(stage: () => Stage): void {
  test("P3: a thousand opens and closes leave the descriptors as they were", async () => {
    const { io, world } = stage();
    const path = world.makeFile("x");
    await io.stat(path);
    await turn();
    const before = world.descriptorCount();
    for (let round = 0; round < 10; round++) {
      const files = await Promise.all(Array.from({ length: 100 }, () => io.open(path)));
      await Promise.all(files.map((file) => file.close()));
    }
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });
}
