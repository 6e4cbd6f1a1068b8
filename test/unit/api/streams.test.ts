// Goal: the bytes of a stream come once and in order, whatever becomes of the reads (P7, decision
// 4).
// Method: the kernel's answers are given by hand, so that each order of answers, cancels and
// abandons can be had.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer } from "../../../src/index.ts";
import { bufferWith, openFake, pendingOf, quiet, textOf } from "./fake-file.ts";

describe("reads of a stream", () => {
  test("the kernel has one at a time, in the order of the calls", async () => {
    const { file, backend } = await openFake(true);
    const reads = [1, 2, 3].map((length) => file.read(new IoBuffer(length)));
    assert.deepEqual(
      reads.map((read) => read.state),
      ["submitted", "queued", "queued"],
    );
    for (const [at, read] of reads.entries()) {
      assert.deepEqual(pendingOf(backend), [`read@-1+${at + 1}`]);
      backend.done(at + 1);
      assert.equal(await read, at + 1);
    }
  });

  test("writes have a lane of their own", async () => {
    const { file, backend } = await openFake(true);
    void file.read(new IoBuffer(1));
    void file.writev([new IoBuffer(2)]);
    void file.write(new IoBuffer(3));
    assert.deepEqual(pendingOf(backend), ["read@-1+1", "writev@-1"]);
    backend.done(2, 1);
    assert.deepEqual(pendingOf(backend), ["read@-1+1", "write@-1+3"]);
  });

  test("one that waits is canceled without the kernel, and the next has its turn", async () => {
    const { file, backend } = await openFake(true);
    const [first, second, third] = [1, 2, 3].map((length) => file.read(new IoBuffer(length)));
    second?.cancel();
    assert.equal(second?.state, "settled");
    assert.equal(backend.canceled.length, 0);
    backend.done(1);
    assert.deepEqual(pendingOf(backend), ["read@-1+3"]);
    backend.done(3);
    assert.deepEqual(await Promise.all([first, third]), [1, 3]);
    await assert.rejects(second!, { code: "ABORT_ERR" });
  });

  test("one that times out while it waits was never asked of the kernel", async () => {
    const { file, backend, clock } = await openFake(true);
    void file.read(new IoBuffer(1));
    const second = file.read(new IoBuffer(2), { timeoutMs: 30 });
    clock.step(30);
    await assert.rejects(second, { code: "ETIMEDOUT" });
    assert.deepEqual(pendingOf(backend), ["read@-1+1"]);
  });

  test("a failed one does not stop the next", async () => {
    const { file, backend } = await openFake(true);
    const first = quiet(file.read(new IoBuffer(1)));
    const second = file.read(new IoBuffer(2));
    backend.answer({ kind: "failed", errno: 5 });
    backend.done(2);
    await assert.rejects(first, { code: "EIO" });
    assert.equal(await second, 2);
  });
});

describe("bytes that an orphan took", () => {
  test("the next read waits for the orphan, then has its bytes without the kernel", async () => {
    const { file, backend } = await openFake(true);
    const orphan = file.read(bufferWith("hello", 10)).abandon();
    const next = new IoBuffer(10);
    const read = file.read(next);
    assert.equal(read.state, "queued");
    const submitted = backend.log.length;
    backend.done(5);
    assert.equal(await read, 5);
    assert.equal(textOf(next, 0, 5), "hello");
    assert.equal(backend.log.length, submitted);
    assert.equal((await orphan.outcome()).bytesTransferred, 5);
  });

  test("are given in pieces, in order, over several orphans and reads", async () => {
    const { file, backend } = await openFake(true);
    const one = file.read(bufferWith("abcd", 8));
    const two = file.read(bufferWith("efg", 8));
    const three = file.read(bufferWith("hi", 8));
    one.abandon();
    backend.done(4);
    // The second was waiting: it gets what the first had taken, and so the kernel is not asked.
    assert.equal(await two, 4);
    assert.equal(await Promise.race([three, "pending"]), "pending");
    three.abandon();
    backend.done(2);
    const pieces: string[] = [];
    for (const length of [1, 1]) {
      const buffer = new IoBuffer(length);
      pieces.push(textOf(buffer, 0, await file.read(buffer)));
    }
    assert.deepEqual(pieces, ["h", "i"]);
    assert.equal(backend.pending.length, 0);
  });

  test("several chunks are taken in any pieces, across their borders", async () => {
    const { file, backend } = await openFake(true);
    file.readv(["ab", "cde", "f", "ghij"].map((text) => bufferWith(text))).abandon();
    backend.done(10);
    const pieces: string[] = [];
    for (const length of [1, 3, 3, 9]) {
      const buffer = new IoBuffer(length);
      pieces.push(textOf(buffer, 0, await file.read(buffer)));
    }
    assert.deepEqual(pieces, ["a", "bcd", "efg", "hij"]);
    assert.equal(backend.pending.length, 0);
  });

  test("respect offset and length of the read that gets them", async () => {
    const { file, backend } = await openFake(true);
    file.read(bufferWith("abcdef")).abandon();
    backend.done(6);
    const buffer = bufferWith("..........");
    assert.equal(await file.read(buffer, { offset: 3, length: 2 }), 2);
    assert.equal(textOf(buffer), "...ab.....");
    assert.equal(await file.read(buffer, { offset: 9 }), 1);
    assert.equal(textOf(buffer), "...ab....c");
  });

  test("of a read with an offset are those behind the offset", async () => {
    const { file, backend } = await openFake(true);
    file.read(bufferWith("..xyz.."), { offset: 2, length: 4 }).abandon();
    backend.done(3);
    const buffer = new IoBuffer(7);
    assert.equal(await file.read(buffer), 3);
    assert.equal(textOf(buffer, 0, 3), "xyz");
  });

  test("readFully takes them and asks the kernel for the rest", async () => {
    const { file, backend } = await openFake(true);
    file.read(bufferWith("abc")).abandon();
    backend.done(3);
    const buffer = bufferWith("...de...", 8);
    const whole = file.readFully(buffer, { length: 5 });
    assert.deepEqual(pendingOf(backend), ["read@-1+2"]);
    backend.done(2);
    assert.equal(await whole, 5);
    assert.equal(textOf(buffer, 0, 5), "abcde");
  });

  test("readFully that they fill does not ask the kernel", async () => {
    const { file, backend } = await openFake(true);
    file.read(bufferWith("abcdef")).abandon();
    backend.done(6);
    const buffer = new IoBuffer(4);
    assert.equal(await file.readFully(buffer), 4);
    assert.equal(textOf(buffer), "abcd");
    const rest = new IoBuffer(4);
    assert.equal(await file.read(rest), 2);
    assert.equal(textOf(rest, 0, 2), "ef");
  });

  test("readFully, canceled while it waits for the rest, tells of those it has", async () => {
    const { file, backend } = await openFake(true);
    file.read(bufferWith("abc")).abandon();
    backend.done(3);
    const buffer = new IoBuffer(8);
    const whole = file.readFully(buffer).cancel();
    backend.answer({ kind: "canceled" });
    await assert.rejects(whole, { code: "ABORT_ERR", bytesTransferred: 3 });
    assert.equal(textOf(buffer, 0, 3), "abc");
  });

  test("readFully, abandoned in turn, puts all of them back, old before new", async () => {
    const { file, backend } = await openFake(true);
    file.read(bufferWith("abc")).abandon();
    backend.done(3);
    file.readFully(bufferWith("...de", 8)).abandon();
    backend.done(2);
    const buffer = new IoBuffer(8);
    assert.equal(await file.read(buffer), 5);
    assert.equal(textOf(buffer, 0, 5), "abcde");
  });

  test("readv fills its buffers one after the other, and ends when they are used up", async () => {
    const { file, backend } = await openFake(true);
    file.read(bufferWith("abcdefg")).abandon();
    backend.done(7);
    const buffers = [new IoBuffer(2), new IoBuffer(3), new IoBuffer(4)];
    const submitted = backend.log.length;
    assert.equal(await file.readv(buffers), 7);
    assert.deepEqual(
      [textOf(buffers[0]!), textOf(buffers[1]!), textOf(buffers[2]!, 0, 2)],
      ["ab", "cde", "fg"],
    );
    assert.equal(backend.log.length, submitted);
  });

  test("those of an abandoned readv come from all its buffers, in order", async () => {
    const { file, backend } = await openFake(true);
    file.readv([bufferWith("ab"), bufferWith("cde"), bufferWith("fg")]).abandon();
    backend.done(6);
    const buffer = new IoBuffer(10);
    assert.equal(await file.read(buffer), 6);
    assert.equal(textOf(buffer, 0, 6), "abcdef");
  });

  test("an orphan that brought nothing leaves nothing", async () => {
    const { file, backend } = await openFake(true);
    for (const completion of [
      { kind: "canceled" },
      { kind: "failed", errno: 5 },
      { kind: "done", value: 0 },
    ] as const) {
      file.read(bufferWith("abc")).abandon();
      backend.answer(completion);
    }
    void file.read(new IoBuffer(3));
    assert.deepEqual(pendingOf(backend), ["read@-1+3"]);
  });

  test("the buffer they were in is free again, and changing it changes nothing", async () => {
    const { file, backend } = await openFake(true);
    const lost = bufferWith("abc");
    file.read(lost).abandon();
    backend.done(3);
    lost.bytes.fill(0);
    const buffer = new IoBuffer(3);
    await file.read(buffer);
    assert.equal(textOf(buffer), "abc");
  });

  test("a file has no use for them: the next read asks the kernel", async () => {
    const { file, backend } = await openFake(false);
    file.read(bufferWith("abc"), { position: 0 }).abandon();
    backend.done(3);
    void file.read(new IoBuffer(3));
    assert.deepEqual(pendingOf(backend), ["read@0+3"]);
  });

  test("a canceled read keeps its bytes to itself: completed wins", async () => {
    const { file, backend } = await openFake(true);
    const buffer = bufferWith("abc");
    const read = file.read(buffer).cancel();
    backend.done(3);
    assert.equal(await read, 3);
    void file.read(new IoBuffer(3));
    assert.equal(backend.pending.length, 1, "nothing was put back");
  });
});
