// Goal: the web streams of a file keep the web's rules and ours: nothing is pending after a cancel,
// nobody's memory is the kernel's, no rejection of our own making.
// Method: the kernel's answers are given by hand; what the platform does with streams is done with
// files of a simulated disk.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { handleOf } from "../../../src/api/file.ts";
import { Life } from "../../../src/api/streams/life.ts";
import { planReader } from "../../../src/api/streams/options.ts";
import { type File, type IoError, Scope } from "../../../src/index.ts";
import { simulate } from "../../../src/testing.ts";
import { bufferWith, openFake, pendingOf, reactions, textOf } from "./fake-file.ts";
import { bring, endAll, hasSettled } from "./streams-harness.ts";
import { unhandledAfter } from "./unhandled.ts";

const TEXT = "Größe: 20 µm — 起きる, 👩‍👩‍👧 \u{10ffff} ".repeat(50);

/** Runs with a file of the simulated disk. */
function withFile(text: string, act: (open: () => Promise<File>) => Promise<void>): Promise<void> {
  return simulate({}, (io, world) => {
    world.makeFile("/file", text);
    return act(() => io.open("/file"));
  });
}

/** Memory of WebAssembly, which cannot be taken away from it. Node's types do not know it. */
function pinnedMemory(): ArrayBuffer {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } };
  };
  return new WebAssembly.Memory({ initial: 1 }).buffer;
}

async function textIn(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe("what the platform does with streams", () => {
  test("pipeThrough a decoder: characters across blocks stay whole", () =>
    withFile(TEXT, async (open) => {
      for (const blockBytes of [1, 2, 3, 7, 1000]) {
        const file = await open();
        let text = "";
        const decoded = file.createReader({ blockBytes }).pipeThrough(new TextDecoderStream());
        for await (const part of decoded) text += part;
        assert.equal(text, TEXT);
        assert.equal(file.state, "closed");
      }
    }));

  test("tee: both branches have everything", () =>
    withFile(TEXT, async (open) => {
      const file = await open();
      const [one, two] = file.createReader({ blockBytes: 100 }).tee();
      assert.deepEqual(await Promise.all([textIn(one), textIn(two)]), [TEXT, TEXT]);
      assert.equal(file.state, "closed");
    }));

  test("tee: canceling both branches closes the file", () =>
    withFile(TEXT, async (open) => {
      const file = await open();
      const [one, two] = file.createReader({ blockBytes: 100 }).tee();
      const reader = one.getReader();
      await reader.read();
      await Promise.all([reader.cancel(), two.cancel()]);
      assert.equal(file.state, "closed");
    }));

  test("pipeTo with a signal: both ends are over when it rejects", () =>
    simulate({}, async (io, world) => {
      world.makeFile("/file", TEXT);
      world.makeFifo("/fifo");
      const peer = world.peerOf("/fifo");
      peer.fill();
      const [source, target] = [await io.open("/file"), await io.open("/fifo", "r+")];
      const controller = new AbortController();
      const { signal } = controller;
      const piping = source.createReader().pipeTo(target.createWriter(), { signal });
      const failing = assert.rejects(piping, (reason) => reason === "enough");
      await io.stat("/");
      controller.abort("enough");
      await failing;
      assert.deepEqual([source.state, target.state], ["closed", "closed"]);
      peer.close();
    }));

  test("a chunk is memory of its own, which can be transferred", () =>
    withFile("abcdef", async (open) => {
      const reader = (await open()).createReader({ blockBytes: 3 }).getReader();
      const { value } = await reader.read();
      assert.ok(value !== undefined);
      assert.equal(value.buffer.byteLength, 3);
      structuredClone(value, { transfer: [value.buffer as ArrayBuffer] });
      assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "def");
      await reader.cancel();
    }));
});

describe("memory that is brought", () => {
  test("is the stream's while it waits; the kernel reads into other memory", async () => {
    const { file, backend } = await openFake(true);
    const reader = file.createReader().getReader({ mode: "byob" });
    const view = new Uint8Array([9, 9, 9, 9, 9]).subarray(1, 4);
    const { buffer } = view;
    const read = reader.read(view);
    assert.equal(buffer.byteLength, 0);
    await reactions();
    assert.deepEqual(pendingOf(backend), ["read@-1+3"], "no more than the view can take");
    bring(backend, "ab");
    const { value } = await read;
    assert.deepEqual([value?.byteOffset, value?.byteLength], [1, 2]);
    assert.deepEqual([...new Uint8Array(value?.buffer ?? buffer)], [9, 0x61, 0x62, 9, 9]);
  });

  test("cancel: nothing is pending, and bytes that came go to the next read", async () => {
    const { file, backend } = await openFake(true);
    const reader = file.createReader({ close: false }).getReader({ mode: "byob" });
    const read = reader.read(new Uint8Array(10));
    await reactions();
    const canceling = reader.cancel();
    assert.equal((await read).done, true);
    assert.equal(await hasSettled(canceling), false);
    assert.equal(backend.canceled.length, 1);
    bring(backend, "late");
    await canceling;
    assert.equal(file.state, "open");
    const buffer = bufferWith("........");
    assert.equal(await file.read(buffer), 4);
    assert.equal(textOf(buffer), "late....");
  });

  test("a lock that is released while it waits: the bytes are kept for the next", async () => {
    const { file, backend } = await openFake(true);
    const stream = file.createReader();
    const first = stream.getReader({ mode: "byob" });
    const read = first.read(new Uint8Array(10));
    await reactions();
    first.releaseLock();
    await assert.rejects(read, TypeError);
    bring(backend, "kept");
    await reactions();
    const { value } = await stream.getReader().read();
    assert.equal(Buffer.from(value ?? []).toString(), "kept");
  });

  test("the same, and the next waits already: an error instead of waiting for ever", async () => {
    const { file, backend } = await openFake(true);
    const stream = file.createReader();
    const first = stream.getReader({ mode: "byob" });
    first.read(new Uint8Array(10)).catch(() => {}); // Ends with the lock.
    await reactions();
    first.releaseLock();
    const next = stream.getReader().read();
    next.catch(() => {}); // Looked at below.
    bring(backend, "lost");
    await endAll(backend);
    await assert.rejects(next, { name: "TypeError", code: "ERR_BUFFER_LENT" });
    assert.equal(file.state, "closed");
  });

  test("several reads at once: each has its bytes, and each hears of the end", async () => {
    const { file, backend } = await openFake(true);
    const reader = file.createReader().getReader({ mode: "byob" });
    const reads = [1, 2, 3].map((length) => reader.read(new Uint8Array(length)));
    await reactions();
    bring(backend, "a");
    await reactions();
    backend.done(0);
    await endAll(backend);
    const ends = (await Promise.all(reads)).map(({ done, value }) => [done, value?.byteLength]);
    assert.deepEqual(ends, [
      [false, 1],
      [true, 0],
      [true, 0],
    ]);
  });

  test("what cannot be taken is refused, and hangs nobody", async () => {
    const { file, backend } = await openFake(true);
    const reader = file.createReader().getReader({ mode: "byob" });
    const detached = new Uint8Array(10);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const pinned = new Uint8Array(pinnedMemory(), 0, 10);
    const shared = new Uint8Array(new SharedArrayBuffer(10));
    for (const view of [detached, pinned, shared, new Uint8Array(0)]) {
      await assert.rejects(reader.read(view), TypeError);
    }
    const read = reader.read(new Uint8Array(10));
    await reactions();
    bring(backend, "fine");
    assert.equal((await read).value?.byteLength, 4);
    const canceling = reader.cancel();
    await endAll(backend);
    await canceling;
    assert.equal(file.state, "closed");
  });

  test("elements of several bytes are whole, and the rest is kept for the next", async () => {
    const { file, backend } = await openFake(true);
    const reader = file.createReader().getReader({ mode: "byob" });
    const first = reader.read(new Uint16Array(3));
    await reactions();
    bring(backend, "a");
    await reactions();
    bring(backend, "bc");
    assert.deepEqual((await first).value, new Uint16Array([0x6261]));
    const second = reader.read(new Uint8Array(4));
    assert.equal(Buffer.from(((await second).value ?? []) as Uint8Array).toString(), "c");
  });
});

describe("the end of a web stream", () => {
  test("an aborted signal: nothing is read, and the file is closed", async () => {
    const { file, backend } = await openFake(false);
    const stream = file.createReader({ signal: AbortSignal.abort("before") });
    await endAll(backend);
    await assert.rejects(stream.getReader().read(), { code: "ABORT_ERR", cause: "before" });
    assert.deepEqual(
      backend.log.map(({ request }) => request.kind),
      ["open", "close"],
    );
  });

  test("a signal while nobody reads: the next read hears of it", async () => {
    const { file, backend } = await openFake(false);
    const controller = new AbortController();
    const reader = file.createReader({ signal: controller.signal }).getReader();
    const taken = reader.read();
    await reactions();
    bring(backend, "abc");
    await taken;
    controller.abort("enough");
    await endAll(backend);
    const error = { code: "ABORT_ERR", cause: "enough", bytesTransferred: 3 };
    await assert.rejects(reader.read(), error);
    await assert.rejects(reader.closed, error);
  });

  test("a signal that aborts when it is over is not listened to any more", async () => {
    const { file } = await openFake(false);
    const controller = new AbortController();
    const plan = planReader({ signal: controller.signal, close: false }, handleOf(file)!, "test");
    const life = new Life(handleOf(file)!, plan, "read");
    life.watch(() => assert.fail("heard of it"));
    await life.stop(async () => {});
    controller.abort();
  });

  test("a scope that is left ends it, and waits for it", () =>
    simulate({}, async (io, world) => {
      world.makeFifo("/fifo");
      const peer = world.peerOf("/fifo");
      const scope = new Scope({ io });
      const file = await scope.open("/fifo", "r+");
      const read = file.createReader().getReader().read();
      const failing = assert.rejects(read, (error: IoError) => {
        assert.equal((error.cause as IoError).code, "ERR_SCOPE_LEFT");
        return error.code === "ABORT_ERR";
      });
      await io.stat("/");
      await scope.leave();
      await failing;
      assert.equal(file.state, "closed");
      peer.close();
    }));

  test("a close that fails is told: by cancel, and at the end", async () => {
    for (const isCancel of [true, false]) {
      const { file, backend } = await openFake(false);
      const reader = file.createReader({ end: 0 }).getReader();
      const over = isCancel ? reader.cancel() : reader.read();
      over.catch(() => {}); // Looked at below.
      await reactions();
      backend.answerKind("close", { kind: "failed", errno: 5 });
      await assert.rejects(over, { code: "EIO", syscall: "close" });
    }
  });

  test("close: false leaves the file open, however it ends", async () => {
    const { file, backend } = await openFake(false);
    const options = { close: false, end: 4 };
    const reader = file.createReader(options).getReader();
    const taken = reader.read();
    await reactions();
    bring(backend, "full");
    await taken;
    assert.equal((await reader.read()).done, true);
    const other = file.createReader({ start: 0, close: false }).getReader();
    const failing = other.read().catch((error: IoError) => error.code);
    await reactions();
    backend.answer({ kind: "failed", errno: 5 });
    assert.equal(await failing, "EIO");
    assert.equal(file.state, "open");
  });

  test("no rejection of our own making is left unhandled", async () => {
    const unhandled = await unhandledAfter(async () => {
      const { file, backend } = await openFake(true);
      const controller = new AbortController();
      const { signal } = controller;
      file.createReader({ signal, close: false }); // Nobody ever reads it.
      const reader = file.createReader({ close: false }).getReader();
      void reader.read();
      await reactions();
      void reader.cancel();
      const writer = file.createWriter({ signal }).getWriter();
      writer.write("x").catch(() => {}); // A signal's rejections are the caller's to handle.
      await reactions();
      controller.abort();
      await endAll(backend);
    });
    assert.deepEqual(unhandled, []);
  });
});
