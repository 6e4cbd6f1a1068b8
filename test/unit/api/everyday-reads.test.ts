// Goal: readFile asks for little, believes the kernel and not the file's size, and closes what it
// opened whatever happens, before it settles.
// Method: the kernel's answers are given by hand, time is stepped.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Completion } from "../../../src/backend/contract.ts";
import type { IoError } from "../../../src/index.ts";
import { type FakeBackend, type FakeIo, makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { pendingOf, reactions } from "./fake-file.ts";

const FIRST = 65_536;
const NEXT = 262_144;
const EIO: Completion = { kind: "failed", errno: 5 };
const CANCELED: Completion = { kind: "canceled" };

/** Opened as descriptor 7, with so many of its bytes. */
function answerHead({ backend }: FakeIo, count: number, isStream = false): void {
  assert.deepEqual(backend.kinds, ["readFile"]);
  backend.answer({ kind: "opened", fd: 7, isStream, bytes: new Uint8Array(count).fill(1) });
}

function answerStat(backend: FakeBackend, size: number, mode = 0o100644): void {
  backend.answerKind("stat", { kind: "described", stat: { mode, size } as never });
}

async function answerClose(backend: FakeBackend, completion?: Completion): Promise<void> {
  await reactions();
  assert.deepEqual(backend.kinds, ["close"]);
  backend.answer(completion ?? { kind: "done", value: 0 });
}

async function failureOf(call: Promise<unknown>): Promise<IoError> {
  return call.then(
    () => assert.fail("it did not fail"),
    (error: IoError) => error,
  );
}

describe("readFile() of a small file", () => {
  test("is one request, and its bytes are copied before they are used for others", async () => {
    const { io, backend } = makeFakeIo();
    const reading = io.readFile("/a");
    const [request] = backend.pending.map((each) => each.request);
    assert.deepEqual(request, { kind: "readFile", path: "/a", length: FIRST });
    const bytes = new Uint8Array([1, 2, 3]);
    backend.answer({ kind: "content", bytes });
    bytes.fill(9);
    assert.deepEqual(await reading, new Uint8Array([1, 2, 3]));
    assert.equal(backend.log.length, 1);
    assert.deepEqual(io.inFlight(), []);
  });

  test("as text", async () => {
    const { io, backend } = makeFakeIo();
    const reading = io.readFile("/a", { encoding: "utf8" });
    const bytes = Buffer.from("text");
    backend.answer({ kind: "content", bytes });
    bytes.fill(0);
    assert.equal(await reading, "text");
  });

  test("maxBytes bounds what is asked for: one byte more is one too many", async () => {
    const fake = makeFakeIo();
    const { backend } = fake;
    const reading = failureOf(fake.io.readFile("/a", { maxBytes: 10 }));
    const [request] = backend.pending.map((each) => each.request);
    assert.ok(request?.kind === "readFile" && request.length === 11);
    answerHead(fake, 11);
    await answerClose(backend);
    const { code, bytesTransferred } = await reading;
    assert.deepEqual([code, bytesTransferred], ["ERR_TOO_BIG", 11]);
  });
});

describe("readFile() of a stream", () => {
  test("is read without positions", async () => {
    const fake = makeFakeIo();
    const reading = fake.io.readFile("/fifo", { encoding: "utf8" });
    answerHead(fake, 0, true);
    await reactions();
    assert.deepEqual(pendingOf(fake.backend), [`read@-1+${NEXT}`]);
    fake.backend.done(0);
    await answerClose(fake.backend);
    assert.equal(await reading, "");
  });

  test("what came before it is known for one is not lost", async () => {
    const fake = makeFakeIo();
    const reading = fake.io.readFile("/dev/one");
    answerHead(fake, 3, true);
    await reactions();
    fake.backend.done(0);
    await answerClose(fake.backend);
    assert.deepEqual(await reading, new Uint8Array([1, 1, 1]));
  });
});

describe("readFile() of a bigger file", () => {
  /** Its first bytes have come; what the next read asks for. */
  async function startBig(options = {}): Promise<[FakeIo, Promise<Uint8Array>]> {
    const fake = makeFakeIo();
    const reading = fake.io.readFile("/a", options);
    reading.catch(() => {}); // Looked at by the test.
    answerHead(fake, FIRST);
    await reactions();
    return [fake, reading];
  }

  async function done(backend: FakeBackend, ...counts: readonly number[]): Promise<void> {
    for (const count of counts) {
      backend.done(count);
      await reactions();
    }
  }

  test("that ends with the second read: nobody asks for its size", async () => {
    const [{ backend }, reading] = await startBig();
    assert.deepEqual(pendingOf(backend), [`read@${FIRST}+${NEXT}`]);
    await done(backend, 7, 0);
    await answerClose(backend);
    const bytes = await reading;
    assert.deepEqual([bytes.byteLength, bytes.buffer.byteLength], [FIRST + 7, FIRST + 7]);
  });

  test("that has grown: it is read to its end", async () => {
    const [{ backend }, reading] = await startBig();
    await done(backend, NEXT);
    answerStat(backend, FIRST + NEXT + 10);
    await reactions();
    await done(backend, NEXT, NEXT, 7, 0);
    await answerClose(backend);
    const bytes = await reading;
    assert.equal(bytes.byteLength, FIRST + 3 * NEXT + 7);
    assert.equal(bytes.buffer.byteLength, bytes.byteLength);
  });

  test("that has shrunk: what is there is given, and no more memory", async () => {
    const [{ backend }, reading] = await startBig();
    await done(backend, NEXT);
    answerStat(backend, 10 * NEXT);
    await reactions();
    await done(backend, 0);
    await answerClose(backend);
    const bytes = await reading;
    assert.deepEqual([bytes.byteLength, bytes.buffer.byteLength], [FIRST + NEXT, FIRST + NEXT]);
  });

  test("whose size is too big: it is read no further", async () => {
    const [{ backend }, reading] = await startBig({ maxBytes: 2 * NEXT });
    await done(backend, NEXT);
    answerStat(backend, 2 * NEXT + 1);
    await answerClose(backend);
    const { code, bytesTransferred } = await failureOf(reading);
    assert.deepEqual([code, bytesTransferred], ["ERR_TOO_BIG", FIRST + NEXT]);
  });

  test("that is bigger than allowed: it is read no further than that", async () => {
    const [{ backend }, reading] = await startBig({ maxBytes: FIRST + 100 });
    assert.deepEqual(pendingOf(backend), [`read@${FIRST}+101`]);
    await done(backend, 101);
    await answerClose(backend);
    assert.equal((await failureOf(reading)).code, "ERR_TOO_BIG");
  });

  test("that fails in the middle: the error tells how far it came", async () => {
    const [{ backend }, reading] = await startBig();
    await done(backend, NEXT);
    answerStat(backend, 3 * NEXT);
    await reactions();
    await done(backend, 50);
    backend.answer(EIO);
    await answerClose(backend);
    const { code, errno, syscall, path, bytesTransferred, cause } = await failureOf(reading);
    assert.deepEqual([code, errno, syscall, path], ["EIO", -5, "readFile", "/a"]);
    assert.equal(bytesTransferred, FIRST + NEXT + 50);
    assert.equal((cause as IoError).syscall, "read");
  });
});

describe("readFile() that does not come to its end", () => {
  test("a failure leaves nothing to close, and is that of the call", async () => {
    const { io, backend } = makeFakeIo();
    const reading = failureOf(io.readFile("/a"));
    backend.answer({ kind: "failed", errno: 13 });
    const { code, syscall, path, bytesTransferred, cause } = await reading;
    assert.deepEqual([code, syscall, path], ["EACCES", "readFile", "/a"]);
    assert.deepEqual([bytesTransferred, cause], [0, undefined]);
    assert.equal(backend.log.length, 1);
  });

  test("of a failed read and a failed close the first counts; the other alone, too", async () => {
    for (const isRead of [true, false]) {
      const fake = makeFakeIo();
      const reading = failureOf(fake.io.readFile("/a"));
      answerHead(fake, FIRST);
      await reactions();
      if (isRead) fake.backend.answer(EIO);
      else fake.backend.done(0);
      await answerClose(fake.backend, { kind: "failed", errno: 28 });
      assert.equal((await reading).code, isRead ? "EIO" : "ENOSPC");
    }
  });

  test("canceled: it waits for the kernel's answer", async () => {
    const { io, backend } = makeFakeIo();
    const controller = new AbortController();
    const reading = failureOf(io.readFile("/a", { signal: controller.signal }));
    const reason = new Error("enough");
    controller.abort(reason);
    assert.equal(backend.canceled.length, 1);
    assert.deepEqual(backend.kinds, ["readFile"]);
    backend.answer(CANCELED);
    const { code, cause } = await reading;
    assert.deepEqual([code, cause], ["ABORT_ERR", reason]);
  });

  test("a file that is handed over although it was asked to stop is closed", async () => {
    const fake = makeFakeIo();
    const controller = new AbortController();
    const reading = failureOf(fake.io.readFile("/a", { signal: controller.signal }));
    controller.abort();
    answerHead(fake, FIRST);
    await answerClose(fake.backend);
    const { code, bytesTransferred } = await reading;
    assert.deepEqual([code, bytesTransferred], ["ABORT_ERR", FIRST]);
    assert.equal(fake.backend.log.length, 2, "no read was asked for");
  });

  test("content that comes although it was asked to stop counts", async () => {
    const { io, backend } = makeFakeIo();
    const controller = new AbortController();
    const reading = io.readFile("/a", { signal: controller.signal });
    controller.abort();
    backend.answer({ kind: "content", bytes: new Uint8Array(20) });
    assert.equal((await reading).byteLength, 20);
  });

  test("timed out, it waits for the kernel's answer and closes", async () => {
    const fake = makeFakeIo();
    const { backend, clock } = fake;
    const reading = failureOf(fake.io.readFile("/a", { timeoutMs: 50 }));
    answerHead(fake, FIRST);
    await reactions();
    backend.done(20);
    clock.step(50);
    assert.equal(backend.canceled.length, 1);
    await reactions();
    assert.deepEqual(pendingOf(backend), [`read@${FIRST + 20}+${NEXT - 20}`]);
    backend.answer(CANCELED);
    clock.step(1000);
    await answerClose(backend);
    const { code, bytesTransferred, cause } = await reading;
    assert.deepEqual([code, bytesTransferred, cause], ["ETIMEDOUT", FIRST + 20, undefined]);
    assert.equal(clock.timerCount, 0);
  });
});
