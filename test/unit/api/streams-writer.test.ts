// Goal: a write settles when its bytes were taken, and an abort when the kernel has let go; errors
// tell how many bytes the stream has written.
// Method: the kernel's answers are given by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { IoError } from "../../../src/index.ts";
import { openFake, pendingOf, reactions } from "./fake-file.ts";
import { endAll, hasSettled } from "./streams-harness.ts";
import { unhandledAfter } from "./unhandled.ts";

describe("createWriter", () => {
  test("a write settles when all its bytes were taken, in as many parts as it needs", async () => {
    const { file, backend } = await openFake(true);
    const writer = file.createWriter({ blockBytes: 4 }).getWriter();
    const write = writer.write("abcdefghij");
    const asked: string[] = [];
    for (const count of [4, 1, 3, 2]) {
      await reactions();
      assert.equal(await hasSettled(write), false);
      asked.push(...pendingOf(backend));
      backend.done(count);
    }
    await write;
    assert.deepEqual(asked, ["write@-1+4", "write@-1+4", "write@-1+3", "write@-1+2"]);
  });

  test("back-pressure: it asks to be spared until bytes were taken", async () => {
    const { file, backend } = await openFake(false);
    const writer = file.createWriter({ highWaterMark: 10 }).getWriter();
    assert.equal(writer.desiredSize, 10);
    void writer.write("123456");
    assert.equal(writer.desiredSize, 4);
    void writer.write(Buffer.from("éé"));
    assert.equal(writer.desiredSize, 0);
    const { ready } = writer;
    assert.equal(await hasSettled(ready), false);
    assert.deepEqual(pendingOf(backend), ["write@0+6"]);
    backend.done(6);
    await ready;
    assert.equal(writer.desiredSize, 6);
  });

  test("closing writes what is left, then closes the file", async () => {
    const { file, backend } = await openFake(false);
    const writer = file.createWriter({ start: 100 }).getWriter();
    void writer.write("abc");
    void writer.write("de");
    const closing = writer.close();
    const asked: string[] = [];
    for (const count of [3, 2, 0]) {
      await reactions();
      asked.push(...pendingOf(backend));
      assert.equal(await hasSettled(closing), false);
      backend.done(count);
    }
    await closing;
    assert.deepEqual(asked, ["write@100+3", "write@103+2", "close"]);
    assert.equal(file.state, "closed");
  });

  test("a failing write: no later one is tried, the file is closed", async () => {
    const { file, backend } = await openFake(false);
    const writer = file.createWriter({ blockBytes: 4 }).getWriter();
    const writes = ["abc", "defghijk", "never"].map((text) =>
      writer.write(text).catch((error: IoError) => [error.code, error.bytesTransferred]),
    );
    const closed = writer.closed.catch((error: IoError) => error.code);
    for (const count of [3, 4, 1]) {
      await reactions();
      backend.done(count);
    }
    await reactions();
    backend.answer({ kind: "failed", errno: 28 });
    await reactions();
    assert.deepEqual(pendingOf(backend), ["close"]);
    assert.equal(await hasSettled(Promise.race(writes.slice(1))), false);
    await endAll(backend);
    assert.deepEqual(await Promise.all(writes), [undefined, ["ENOSPC", 8], ["ENOSPC", 8]]);
    assert.equal(await closed, "ENOSPC");
    assert.equal(file.state, "closed");
  });

  test("abort: cancels, waits for the kernel, then closes; what was taken is told", async () => {
    const { file, backend } = await openFake(true);
    const writer = file.createWriter().getWriter();
    const write = writer.write("abcdef").catch((error: IoError) => error);
    writer.closed.catch(() => {}); // The abort is our own.
    await reactions();
    backend.done(2);
    const aborting = writer.abort("enough");
    assert.equal(backend.canceled.length, 1, "asked at once");
    assert.equal(await hasSettled(aborting), false);
    assert.equal(await hasSettled(write), false);
    backend.done(3); // Completed wins, as far as it went.
    await reactions();
    assert.deepEqual(pendingOf(backend), ["close"]);
    assert.equal(await hasSettled(aborting), false);
    backend.done(0);
    await aborting;
    const { code, cause, bytesTransferred } = (await write) as IoError;
    assert.deepEqual([code, cause, bytesTransferred], ["ABORT_ERR", "enough", 5]);
  });

  test("a signal: the same, and while nothing is written, too", async () => {
    for (const isBusy of [true, false]) {
      const { file, backend } = await openFake(true);
      const controller = new AbortController();
      const writer = file.createWriter({ signal: controller.signal }).getWriter();
      const write = isBusy ? writer.write("abc").catch((error: IoError) => error.code) : undefined;
      const closed = writer.closed.catch((error: IoError) => [error.code, error.cause]);
      await reactions();
      controller.abort("enough");
      await endAll(backend);
      assert.deepEqual(await closed, ["ABORT_ERR", "enough"]);
      assert.equal(await write, isBusy ? "ABORT_ERR" : undefined);
      assert.equal(file.state, "closed");
    }
  });

  test("bytes are taken when their turn comes; a chunk that is none ends the stream", async () => {
    const { file, backend } = await openFake(false);
    const writer = file.createWriter().getWriter();
    const closed = writer.closed.catch((error: unknown) => error);
    const write = writer.write({ byteLength: 5 } as Uint8Array);
    write.catch(() => {}); // Looked at below.
    await endAll(backend);
    await assert.rejects(write, { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
    assert.ok((await closed) instanceof TypeError);
    assert.equal(file.state, "closed");
  });

  test("a file that was closed meanwhile is not asked any more", async () => {
    const { file, backend } = await openFake(false);
    const writer = file.createWriter().getWriter();
    writer.closed.catch(() => {}); // The write tells.
    void file.close();
    await endAll(backend);
    await assert.rejects(writer.write("x"), { name: "TypeError", code: "ERR_CLOSED" });
    assert.equal(backend.log.length, 2);
  });

  test("nothing to write is no request", async () => {
    const { file, backend } = await openFake(false);
    const writer = file.createWriter({ close: false }).getWriter();
    await writer.write("");
    await writer.write(new Uint8Array(0));
    await writer.close();
    assert.equal(backend.log.length, 1);
    assert.equal(file.state, "open");
  });

  test("a close that fails is told", async () => {
    const { file, backend } = await openFake(false);
    const closing = file.createWriter().close();
    closing.catch(() => {}); // Looked at below.
    await reactions();
    backend.answer({ kind: "failed", errno: 28 });
    await assert.rejects(closing, { code: "ENOSPC", syscall: "close" });
  });

  test("no rejection of our own making is left unhandled", async () => {
    const unhandled = await unhandledAfter(async () => {
      const { file, backend } = await openFake(true);
      const stream = file.createWriter();
      const writer = stream.getWriter();
      void writer.write("x").catch((error: IoError) => error);
      await reactions();
      void writer.abort("enough");
      await endAll(backend);
    });
    assert.deepEqual(unhandled, []);
  });
});
