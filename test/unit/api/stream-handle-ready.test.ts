// Goal: ready() tells that a read or write would not wait, wherever the bytes are: with the kernel,
// or in front of the handle.
// Method: the kernel's answers are given by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer } from "../../../src/index.ts";
import { quiet, reactions } from "./fake-file.ts";
import { type FakeStream, openFakeStream, told } from "./stream-handle-bed.ts";
import { bring, endAll } from "./streams-harness.ts";

const POLLIN = 1;
const POLLOUT = 4;

/** A stream with these bytes in front. */
async function openWith(text: string): Promise<FakeStream> {
  const fake = await openFakeStream();
  const reading = told(fake.stream.readExactly(text.length + 1));
  bring(fake.backend, text);
  bring(fake.backend, "");
  await reading;
  return fake;
}

function eventsAsked({ backend }: FakeStream): number[] {
  return backend.pending.flatMap(({ request }) =>
    request.kind === "poll" ? [request.events] : [],
  );
}

describe("ready()", () => {
  test("asks the kernel, and takes its word", async () => {
    const fake = await openFakeStream();
    const waits = [fake.stream.ready("readable"), fake.stream.ready("writable")];
    assert.deepEqual(eventsAsked(fake), [POLLIN, POLLOUT]);
    fake.backend.done(POLLIN);
    fake.backend.done(POLLOUT);
    assert.deepEqual(await Promise.all(waits), [undefined, undefined]);
  });

  test("waits for nobody's turn", async () => {
    const { stream, backend } = await openFakeStream();
    const reading = stream.readExactly(3);
    const writing = stream.write("abc");
    const waits = [stream.ready("readable"), stream.ready("writable")];
    assert.deepEqual(backend.kinds, ["read", "write", "poll", "poll"]);
    bring(backend, "abc");
    for (let count = 0; count < 3; count++) backend.done(1);
    await Promise.all([reading, writing, ...waits]);
  });

  test("bytes in front of the handle: at once, without the kernel", async () => {
    const fake = await openWith("abc");
    await fake.stream.ready("readable");
    assert.deepEqual(fake.backend.kinds, []);
    assert.equal(await told(fake.stream.readExactly(3)), "abc");
    const waiting = fake.stream.ready("readable");
    assert.deepEqual(eventsAsked(fake), [POLLIN]);
    fake.backend.done(POLLIN);
    await waiting;
  });

  test("bytes in front of the handle are no room to write", async () => {
    const fake = await openWith("abc");
    const waiting = quiet(fake.stream.ready("writable", { timeoutMs: 5 }));
    assert.deepEqual(eventsAsked(fake), [POLLOUT]);
    fake.clock.step(5);
    fake.backend.answer({ kind: "canceled" });
    await assert.rejects(waiting, { code: "ETIMEDOUT" });
  });

  test("bytes that go back wake who waits in the kernel already", async () => {
    const { stream, backend } = await openFakeStream();
    const controller = new AbortController();
    const reading = told(stream.readExactly(10, { signal: controller.signal }));
    const waits = [stream.ready("readable"), stream.ready("readable")];
    const room = stream.ready("writable");
    bring(backend, "abc");
    controller.abort();
    backend.answerKind("read", { kind: "canceled" });
    assert.equal(await reading, "ABORT_ERR 3");
    assert.equal(backend.canceled.length, 3, "the read, and the two polls for input");
    // The kernel lets go of one, and says of the other that it is ready anyway.
    backend.answerKind("poll", { kind: "canceled" });
    backend.answerKind("poll", { kind: "done", value: POLLIN });
    assert.deepEqual(await Promise.all(waits), [undefined, undefined]);
    assert.equal(room.state, "submitted");
    backend.done(POLLOUT);
    await room;
  });

  test("bytes of an orphan wake, too", async () => {
    const { stream, backend } = await openFakeStream();
    const orphan = quiet(stream.read(new IoBuffer(5)).abandon());
    const waiting = stream.ready("readable");
    bring(backend, "abc");
    backend.answerKind("poll", { kind: "canceled" });
    await waiting;
    await orphan.outcome();
  });

  test("canceled although the bytes are there: it has completed, and says so", async () => {
    const { stream, backend } = await openFakeStream();
    const orphan = quiet(stream.read(new IoBuffer(5)).abandon());
    const waiting = stream.ready("readable");
    bring(backend, "abc");
    waiting.cancel();
    backend.answerKind("poll", { kind: "canceled" });
    await waiting;
    await orphan.outcome();
  });

  test("what fails, fails: waking does not make it well", async () => {
    const { stream, backend } = await openFakeStream();
    const orphan = quiet(stream.read(new IoBuffer(5)).abandon());
    const waiting = stream.ready("readable");
    bring(backend, "abc");
    backend.answerKind("poll", { kind: "failed", errno: 5 });
    await assert.rejects(waiting, { code: "EIO" });
    await orphan.outcome();
  });

  test("close() ends it", async () => {
    const { stream, backend } = await openFakeStream();
    const waiting = stream.ready("readable");
    const closing = stream.close();
    await endAll(backend);
    await closing;
    await assert.rejects(waiting, { code: "ABORT_ERR" });
    await reactions();
  });
});
