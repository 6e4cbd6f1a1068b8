// Goal: the Node streams of a file do what Node's own do, and are over only when the kernel has let
// go.
// Method: the kernel's answers are given by hand; what Node does with streams is done with files of
// a simulated disk.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { describe, test } from "node:test";

import { Tail } from "../../../src/api/streams/tail.ts";
import { Prng } from "../../../src/base/prng.ts";
import type { Io, IoError } from "../../../src/index.ts";
import { simulate } from "../../../src/testing.ts";
import { bufferWith, openFake, pendingOf, reactions, textOf } from "./fake-file.ts";
import { bring, endAll, hasSettled } from "./streams-harness.ts";
import { unhandledAfter } from "./unhandled.ts";

const TEXT = Array.from({ length: 500 }, (_, at) => `${at} — zeile\n`).join("");

/** Runs with a file of the simulated disk that has the text. */
function withText(act: (io: Io, contentOf: (path: string) => string) => Promise<void>) {
  return simulate({}, async (io, world) => {
    world.makeFile("/file", TEXT);
    await act(io, (path) => Buffer.from(world.contentOf(path)).toString());
  });
}

/** Heard events, in order. */
function listen(stream: Readable | Writable): string[] {
  const heard: string[] = [];
  for (const name of ["end", "finish", "error", "close"]) stream.on(name, () => heard.push(name));
  return heard;
}

describe("toReadable", () => {
  test("reads for its own buffer up to its mark, and not before somebody listens", async () => {
    const { file, backend } = await openFake(true);
    const readable = file.toReadable({ blockBytes: 4, highWaterMark: 10 });
    assert.equal(readable.readableHighWaterMark, 10);
    assert.equal(readable.readableObjectMode, false);
    await reactions();
    assert.deepEqual(pendingOf(backend), []);
    readable.on("readable", () => {});
    for (const [index, text] of ["abcd", "efgh", "ijkl"].entries()) {
      await reactions();
      assert.equal(readable.readableLength, 4 * index);
      bring(backend, text);
    }
    await reactions();
    assert.deepEqual(pendingOf(backend), [], "twelve bytes are enough");
    assert.equal(String(readable.read(5)), "abcde");
    await reactions();
    assert.deepEqual(pendingOf(backend), ["read@-1+4"]);
    readable.destroy();
    await endAll(backend);
  });

  test("the end: end, then close, when the file is closed", async () => {
    const { file, backend } = await openFake(true);
    const readable = file.toReadable().resume();
    const heard = listen(readable);
    await reactions();
    backend.done(0);
    await reactions();
    assert.deepEqual(heard, ["end"]);
    backend.answerKind("close", { kind: "done", value: 0 });
    await reactions();
    assert.deepEqual(heard, ["end", "close"]);
    assert.equal(file.state, "closed");
  });

  test("a failing read: error, then close, when the file is closed", async () => {
    const { file, backend } = await openFake(true);
    const readable = file.toReadable().resume();
    const heard = listen(readable);
    await reactions();
    backend.answer({ kind: "failed", errno: 5 });
    await reactions();
    assert.deepEqual(heard, []);
    backend.answerKind("close", { kind: "done", value: 0 });
    await reactions();
    assert.deepEqual(heard, ["error", "close"]);
    assert.equal((readable.errored as IoError | null)?.code, "EIO");
  });

  test("destroy while a read is in flight: over when the kernel has answered", async () => {
    const { file, backend } = await openFake(true);
    const reason = new Error("enough");
    const readable = file.toReadable({ close: false }).resume();
    const failed = once(readable, "error");
    await reactions();
    readable.destroy(reason);
    readable.destroy(new Error("again"));
    assert.equal(backend.canceled.length, 1);
    assert.equal(await hasSettled(failed), false);
    bring(backend, "late");
    assert.deepEqual(await failed, [reason]);
    const buffer = bufferWith("......");
    assert.equal(await file.read(buffer), 4);
    assert.equal(textOf(buffer), "late..");
  });

  test("destroy before anything was read closes the file, and asks for nothing else", async () => {
    const { file, backend } = await openFake(false);
    const readable = file.toReadable();
    readable.destroy();
    await endAll(backend);
    assert.equal(readable.closed, true);
    assert.deepEqual(
      backend.log.map(({ request }) => request.kind),
      ["open", "close"],
    );
  });

  test("what is in the Node stream's own buffer is given back to a file, too", () =>
    withText(async (io) => {
      const file = await io.open("/file");
      const readable = file.toReadable({ close: false, blockBytes: 16, highWaterMark: 100 });
      await once(readable, "readable");
      const head = String(readable.read(10));
      readable.destroy();
      await once(readable, "close");
      const rest: Buffer[] = await file.toReadable().toArray();
      assert.equal(head + Buffer.concat(rest).toString(), TEXT);
    }));

  test("text: setEncoding keeps characters whole", () =>
    withText(async (io) => {
      const readable = (await io.open("/file")).toReadable({ blockBytes: 3 }).setEncoding("utf8");
      let text = "";
      for await (const part of readable) text += part;
      assert.equal(text, TEXT);
    }));

  test("the context of whoever reads stays his", async () => {
    const storage = new AsyncLocalStorage<string>();
    const { file, backend } = await openFake(true);
    const seen: unknown[] = [];
    storage.run("mine", () => {
      const readable = file.toReadable();
      readable.on("data", () => seen.push(storage.getStore()));
      readable.on("end", () => seen.push(storage.getStore()));
    });
    for (const text of ["a", "b"]) {
      await reactions();
      storage.run("the kernel's", () => bring(backend, text));
    }
    await reactions();
    storage.run("the kernel's", () => backend.done(0));
    await endAll(backend);
    assert.deepEqual(seen, ["mine", "mine", "mine"]);
  });

  test("an aborted signal: nothing is read; a later one ends it", async () => {
    for (const isEarly of [true, false]) {
      const { file, backend } = await openFake(true);
      const controller = new AbortController();
      if (isEarly) controller.abort("enough");
      const readable = file.toReadable({ signal: controller.signal }).resume();
      const failed = once(readable, "error");
      await reactions();
      if (!isEarly) controller.abort("enough");
      await endAll(backend);
      const [error] = await failed;
      assert.deepEqual(
        [error.name, error.code, error.cause],
        ["AbortError", "ABORT_ERR", "enough"],
      );
      assert.equal(backend.log.length, isEarly ? 2 : 3);
    }
  });
});

describe("toWritable", () => {
  test("what came while one write was in flight goes with the next, in whole blocks", async () => {
    const { file, backend } = await openFake(false);
    const writable = file.toWritable({ blockBytes: 6, close: false });
    const done: string[] = [];
    for (const text of ["ab", "cde", "f", "ghij", "k"]) writable.write(text, () => done.push(text));
    writable.end();
    const asked: string[] = [];
    for (const count of [2, 6, 3]) {
      await reactions();
      asked.push(...pendingOf(backend));
      backend.done(count);
    }
    await finished(writable);
    assert.deepEqual(asked, ["write@0+2", "write@2+6", "write@8+3"]);
    assert.deepEqual(done, ["ab", "cde", "f", "ghij", "k"]);
    assert.equal(file.state, "open");
  });

  test("back-pressure: drain comes when bytes were taken", async () => {
    const { file, backend } = await openFake(true);
    const writable = file.toWritable({ highWaterMark: 3 });
    assert.equal(writable.write("ab"), true);
    assert.equal(writable.write("cd"), false);
    const drained = once(writable, "drain");
    await reactions();
    assert.equal(await hasSettled(drained), false);
    backend.done(2);
    await reactions();
    backend.done(2);
    await drained;
    writable.destroy();
    await endAll(backend);
  });

  test("finish comes when the file is closed; if it cannot be, error comes instead", async () => {
    for (const isFailing of [false, true]) {
      const { file, backend } = await openFake(false);
      const writable = file.toWritable();
      const heard = listen(writable);
      writable.end("abc");
      await reactions();
      backend.done(3);
      await reactions();
      assert.deepEqual([heard, pendingOf(backend)], [[], ["close"]]);
      backend.answer(isFailing ? { kind: "failed", errno: 28 } : { kind: "done", value: 0 });
      await reactions();
      assert.deepEqual(heard, [isFailing ? "error" : "finish", "close"]);
    }
  });

  test("a failing write: error tells what was written, then close", async () => {
    const { file, backend } = await openFake(false);
    const writable = file.toWritable({ blockBytes: 4 });
    const heard = listen(writable);
    writable.write("abcdefgh");
    await reactions();
    backend.done(4);
    await reactions();
    backend.done(1);
    backend.answer({ kind: "failed", errno: 28 });
    await endAll(backend);
    assert.deepEqual(heard, ["error", "close"]);
    const { code, bytesTransferred } = writable.errored as IoError;
    assert.deepEqual([code, bytesTransferred], ["ENOSPC", 5]);
  });

  test("destroy with close: false: the same, but the file stays open", async () => {
    const { file, backend } = await openFake(true);
    const writable = file.toWritable({ close: false });
    writable.write("abc");
    await reactions();
    const closed = once(writable, "close");
    writable.destroy();
    assert.equal(await hasSettled(closed), false);
    backend.answer({ kind: "canceled" });
    await closed;
    assert.equal(file.state, "open");
  });

  test("destroy while a write is in flight: over when the kernel has answered", async () => {
    const { file, backend } = await openFake(true);
    const writable = file.toWritable();
    const heard = listen(writable);
    const written = new Promise((resolve) => writable.write("abc", resolve));
    await reactions();
    const reason = new Error("enough");
    writable.destroy(reason);
    await reactions();
    assert.deepEqual([heard, backend.canceled.length], [[], 1]);
    backend.answer({ kind: "canceled" });
    backend.done(0);
    await reactions();
    assert.deepEqual(heard, ["error", "close"]);
    assert.equal(writable.errored, reason);
    assert.ok((await written) instanceof Error);
  });
});

describe("the tail of what was given", () => {
  test("is as long as needed, and the last bytes are in order", () => {
    const random = new Prng(5);
    const tail = new Tail();
    let all = Buffer.alloc(0);
    let unread = 0;
    for (let round = 0; round < 300; round++) {
      const chunk = Buffer.alloc(1 + random.below(9), round);
      all = Buffer.concat([all, chunk]);
      unread = random.below(unread + 1) + chunk.byteLength;
      tail.add(chunk, unread);
      assert.ok(tail.byteLength < unread + 9);
      const left = random.below(unread + 1);
      assert.deepEqual(Buffer.from(tail.last(left)), all.subarray(all.byteLength - left));
    }
  });
});

describe("what Node does with streams", () => {
  test("pipeline through others, both ways", () =>
    withText(async (io, contentOf) => {
      const [source, target] = [await io.open("/file"), await io.open("/copy", "w")];
      const through = new PassThrough({ highWaterMark: 5 });
      await pipeline(source.toReadable({ blockBytes: 64 }), through, target.toWritable());
      assert.equal(contentOf("/copy"), TEXT);
      assert.deepEqual([source.state, target.state], ["closed", "closed"]);
    }));

  test("pipeline with a signal: both files are closed", () =>
    simulate({}, async (io, world) => {
      world.makeFifo("/fifo");
      world.makeFile("/file", TEXT);
      const peer = world.peerOf("/fifo");
      peer.fill();
      const [source, target] = [await io.open("/file"), await io.open("/fifo", "r+")];
      const controller = new AbortController();
      const { signal } = controller;
      const [readable, writable] = [source.toReadable(), target.toWritable()];
      const closed = [once(readable, "close"), once(writable, "close")];
      const failing = assert.rejects(pipeline(readable, writable, { signal }), {
        name: "AbortError",
      });
      await io.stat("/");
      controller.abort();
      await Promise.all([failing, ...closed.map((each) => each.catch(() => {}))]);
      while (source.state !== "closed" || target.state !== "closed") await io.stat("/");
      peer.close();
    }));

  test("an async generator between two files", () =>
    withText(async (io, contentOf) => {
      const [source, target] = [await io.open("/file"), await io.open("/copy", "w")];
      await pipeline(
        source.toReadable({ blockBytes: 100 }),
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) yield `${chunk.byteLength},`;
        },
        target.toWritable(),
      );
      const counts = contentOf("/copy").split(",").map(Number);
      assert.equal(
        counts.reduce((sum, count) => sum + count),
        Buffer.byteLength(TEXT),
      );
    }));

  test("no rejection of our own making is left unhandled", async () => {
    const unhandled = await unhandledAfter(async () => {
      const { file, backend } = await openFake(true);
      const readable = file.toReadable().resume();
      const writable = file.toWritable();
      writable.write("x");
      for (const stream of [readable, writable]) stream.on("error", () => {});
      await reactions();
      readable.destroy(new Error("one"));
      writable.destroy(new Error("other"));
      await endAll(backend);
    });
    assert.deepEqual(unhandled, []);
  });
});
