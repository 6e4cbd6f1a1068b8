// Goal: close() refuses new work at once, lets writes land, ends what may wait for ever, and closes
// the descriptor after the last completion, exactly once (P3, decision 7).
// Method: the kernel's answers are given by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, IoError } from "../../../src/index.ts";
import { openFake, quiet } from "./fake-file.ts";

const CALLS: Readonly<Record<string, (file: File) => unknown>> = {
  read: (file) => file.read(new IoBuffer(1)),
  readFully: (file) => file.readFully(new IoBuffer(1)),
  write: (file) => file.write("x"),
  writeAll: (file) => file.writeAll("x"),
  readv: (file) => file.readv([new IoBuffer(1)]),
  writev: (file) => file.writev([new IoBuffer(1)]),
  stat: (file) => file.stat(),
  truncate: (file) => file.truncate(0),
  allocate: (file) => file.allocate(0, 1),
  sync: (file) => file.sync(),
  datasync: (file) => file.datasync(),
};

const byClose = (error: unknown): boolean => {
  assert.ok(error instanceof IoError);
  assert.equal(error.code, "ABORT_ERR");
  assert.equal(error.name, "AbortError");
  assert.equal((error.cause as IoError).code, "ERR_CLOSED");
  return true;
};

describe("close()", () => {
  test("goes to the kernel at once if nothing is in flight", async () => {
    const { file, backend } = await openFake(false);
    const closing = file.close();
    assert.equal(file.state, "closing");
    assert.deepEqual(
      backend.pending.map((each) => each.request),
      [{ kind: "close", fd: 21 }],
    );
    backend.done(0);
    assert.equal(await closing, undefined);
    assert.equal(file.state, "closed");
  });

  test("pending reads end because of ERR_CLOSED; writes and the rest land", async () => {
    const { file, backend } = await openFake(false);
    const read = file.read(new IoBuffer(1), { position: 0 });
    const readv = file.readv([new IoBuffer(1)], { position: 0 });
    const others = [
      file.write("abc", { position: 0 }),
      file.stat(),
      file.sync(),
      file.truncate(4),
    ] as const;
    const closing = file.close();
    assert.deepEqual(
      backend.canceled,
      backend.pending
        .slice(0, 2)
        .map((each) => each.id)
        .reverse(),
    );
    backend.answer({ kind: "canceled" });
    backend.answer({ kind: "canceled" });
    await assert.rejects(read, byClose);
    await assert.rejects(readv, byClose);
    assert.ok(others.every((each) => each.state === "submitted"));
    while (backend.pending.length > 0) {
      assert.equal(closing.state, "queued");
      const { kind } = backend.pending[0]!.request;
      const stat = { mode: 0o100644, size: 1 } as never;
      backend.answer(kind === "stat" ? { kind: "described", stat } : { kind: "done", value: 3 });
      if (backend.kinds[0] === "close") break;
    }
    assert.deepEqual(backend.kinds, ["close"]);
    backend.done(0);
    await closing;
    assert.equal(await others[0], 3);
  });

  test("a read that completed although it was ended by close gives its bytes", async () => {
    const { file, backend } = await openFake(true);
    const read = file.read(new IoBuffer(5));
    void file.close();
    backend.done(5);
    assert.equal(await read, 5);
  });

  test("reads that wait for a turn end at once, writes have theirs", async () => {
    const { file, backend } = await openFake(false);
    const [write, read, last] = [file.write("a"), file.read(new IoBuffer(1)), file.write("b")];
    const closing = file.close();
    await assert.rejects(read, byClose);
    backend.done(1);
    assert.equal(await write, 1);
    assert.deepEqual(backend.kinds, ["write"]);
    backend.done(1);
    assert.equal(await last, 1);
    backend.done(0);
    await closing;
  });

  test("is one operation, however often it is asked for", async () => {
    const { file, backend } = await openFake(false);
    const closing = file.close();
    assert.equal(file.close(), closing);
    backend.done(0);
    await closing;
    assert.equal(file.close(), closing);
    await file[Symbol.asyncDispose]();
    assert.equal(backend.log.filter((each) => each.request.kind === "close").length, 1);
  });

  for (const [name, call] of Object.entries(CALLS)) {
    test(`${name} is refused while closing and when closed`, async () => {
      const { file, backend } = await openFake(false);
      const write = file.write("x");
      const closing = file.close();
      const refused = { name: "TypeError", code: "ERR_CLOSED" };
      const submitted = backend.log.length;
      assert.throws(() => call(file), { ...refused, message: /closing.*wanted an open one/ });
      backend.done(1);
      await write;
      backend.done(0);
      await closing;
      assert.throws(() => call(file), { ...refused, message: /closed.*wanted an open one/ });
      assert.equal(backend.log.length, submitted + 1);
    });
  }

  test("an orphan keeps the descriptor open until its real end", async () => {
    const { file, backend } = await openFake(true);
    file.read(new IoBuffer(5)).abandon();
    const closing = file.close();
    assert.deepEqual(backend.kinds, ["read"]);
    assert.equal(closing.state, "queued");
    backend.done(5);
    assert.deepEqual(backend.kinds, ["close"]);
    backend.done(0);
    await closing;
  });

  test("an error of the kernel's close is told, and the file is closed all the same", async () => {
    const { file, backend } = await openFake(false);
    const closing = file.close();
    backend.answer({ kind: "failed", errno: 28 });
    await assert.rejects(closing, { code: "ENOSPC", syscall: "close", path: "/fake" });
    assert.equal(file.state, "closed");
  });

  test("a whole that close ends between its parts does not go on", async () => {
    const { file, backend } = await openFake(true);
    const whole = file.readFully(new IoBuffer(10));
    backend.done(3);
    void file.close();
    backend.done(3);
    assert.deepEqual(backend.kinds, ["close"]);
    await assert.rejects(whole, (error: IoError) => {
      assert.equal(error.bytesTransferred, 6);
      return byClose(error);
    });
  });
});

describe("close() that is cut short", () => {
  test("by its signal: the writes are asked to stop, the descriptor is closed", async () => {
    const { file, backend } = await openFake(false);
    const write = quiet(file.write("x"));
    const controller = new AbortController();
    const closing = file.close({ signal: controller.signal });
    assert.equal(backend.canceled.length, 0);
    controller.abort();
    assert.deepEqual(backend.canceled, [backend.pending[0]?.id]);
    assert.equal(closing.state, "queued", "the close itself goes on");
    backend.answer({ kind: "canceled" });
    await assert.rejects(write, { code: "ABORT_ERR" });
    backend.done(0);
    await closing;
    assert.equal(file.state, "closed");
  });

  test("by its timeout, and by cancel(): the same", async () => {
    for (const isTimeout of [true, false]) {
      const { file, backend, clock } = await openFake(false);
      const write = quiet(file.write("x"));
      const closing = file.close(isTimeout ? { timeoutMs: 70 } : {});
      if (isTimeout) clock.step(70);
      else closing.cancel();
      assert.deepEqual(backend.canceled, [backend.pending[0]?.id]);
      backend.answer({ kind: "canceled" });
      await assert.rejects(write);
      backend.done(0);
      await closing;
      assert.equal(clock.timerCount, 0);
    }
  });

  test("by a signal that has aborted already: the descriptor is closed all the same", async () => {
    const { file, backend } = await openFake(false);
    const write = quiet(file.write("x"));
    const closing = file.close({ signal: AbortSignal.abort() });
    assert.deepEqual(backend.canceled, [backend.pending[0]?.id]);
    backend.answer({ kind: "canceled" });
    await assert.rejects(write);
    backend.done(0);
    await closing;
  });

  test("by abandon(): rejected now, closed later", async () => {
    const { file, backend } = await openFake(false);
    const write = file.write("x");
    const closing = file.close().abandon();
    await assert.rejects(closing, { code: "ERR_ABANDONED" });
    assert.equal(file.state, "closing");
    backend.done(1);
    assert.equal(await write, 1);
    backend.done(0);
    assert.equal((await closing.outcome()).status, "abandoned");
    assert.equal(file.state, "closed");
  });

  test("while the kernel closes: nothing is left to cancel", async () => {
    const { file, backend } = await openFake(false);
    const closing = file.close();
    closing.cancel();
    assert.equal(backend.canceled.length, 0);
    backend.done(0);
    await closing;
  });
});

describe("cancelAll()", () => {
  test("asks all, waits for each, orphans included, and never rejects", async () => {
    const { file, backend } = await openFake(false);
    const all = [
      quiet(file.read(new IoBuffer(1), { position: 0 })),
      quiet(file.write("x")),
      quiet(file.write("y")),
      quiet(file.read(new IoBuffer(1), { position: 0 }).abandon()),
    ];
    let isOver = false;
    const done = file.cancelAll().then(() => {
      isOver = true;
    });
    while (backend.pending.length > 0) {
      assert.equal(isOver, false);
      backend.answer({ kind: "canceled" });
    }
    await done;
    assert.ok(all.every((each) => each.state === "settled"));
    assert.equal(file.state, "open");
    assert.equal(file.stat().state, "submitted");
  });

  test("of an idle or closed file resolves at once", async () => {
    const { file, backend } = await openFake(false);
    await file.cancelAll();
    const closing = file.close();
    await file.cancelAll();
    backend.done(0);
    await closing;
    await file.cancelAll();
  });
});

describe("ref() and unref()", () => {
  test("decide whether operations hold the process, those in flight included", async () => {
    const { file, backend } = await openFake(true);
    const refreshes = (): number => backend.refreshes;
    assert.equal(file.unref(), file);
    const before = refreshes();
    void file.read(new IoBuffer(1));
    assert.equal(refreshes(), before, "nobody holds");
    assert.equal(file.ref(), file);
    assert.equal(refreshes(), before + 1);
    file.unref();
    assert.equal(refreshes(), before + 2);
    file.unref();
    assert.equal(refreshes(), before + 2);
  });

  test("ref() does not make an orphan hold", async () => {
    const { file, backend } = await openFake(true);
    file.read(new IoBuffer(1)).abandon();
    const before = backend.refreshes;
    file.unref().ref();
    assert.equal(backend.refreshes, before);
  });
});
