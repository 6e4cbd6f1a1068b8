// P2: whose a buffer is, and how it comes back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { settlingCases } from "./settling.ts";
import { LONG_MS, needs, type Stage, type Subject } from "./subject.ts";

export function ownershipCases(subject: Subject, stage: () => Stage): void {
  settlingCases(subject, stage);
  describe("P2", needs(subject, "waitingReads"), () => {
    lending(stage);
    outcomes(stage);
    memory(stage);
  });
  describe("P2 of writes", needs(subject, "waitingReads", "waitingWrites"), () => copying(stage));
}

function lending(stage: () => Stage): void {
  test("P2: every way to a lent buffer is shut, for its holder and for other calls", async () => {
    const { file, close } = await openFifo(stage());
    const buffer = IoBuffer.from("secret");
    const whole = buffer.bytes;
    const views = [whole, whole.subarray(1), new Uint8Array(whole.buffer, 2, 2)];
    const read = file.read(buffer);
    assertLent([buffer], views);
    const lent = { name: "TypeError", code: "ERR_BUFFER_LENT" };
    const before = stage().io.status().inFlight;
    assert.throws(() => file.read(buffer), lent);
    assert.throws(() => file.write(buffer), lent);
    assert.throws(() => file.readv([new IoBuffer(1), buffer]), lent);
    assert.throws(() => file.writev([buffer]), lent);
    assert.equal(stage().io.status().inFlight, before);
    await others(stage());
    assertLent([buffer], views);
    read.cancel();
    await read.outcome();
    assertBack([buffer]);
    assert.equal(Buffer.from(buffer.bytes).toString(), "secret");
    assert.ok(views.every((view) => view.byteLength === 0));
    await close();
  });

  test("P2: the buffers of a vector go together and come back together", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffers = ["abc", "def", "ghi"].map((text) => IoBuffer.from(text));
    const views = buffers.map((buffer) => buffer.bytes);
    const read = file.readv(buffers);
    assertLent(buffers, views);
    await others(stage());
    peer.write("1234");
    assertLent(buffers, views);
    assert.equal(await read, 4);
    assertBack(buffers);
    const texts = buffers.map((buffer) => Buffer.from(buffer.bytes).toString());
    assert.deepEqual(texts, ["123", "4ef", "ghi"]);
    const again = file.readv(buffers).cancel();
    await again.outcome();
    assertBack(buffers);
    await close();
  });
}

function outcomes(stage: () => Stage): void {
  test("P2: it comes back with every outcome, the same memory each time", async () => {
    const { io, world } = stage();
    const { file, peer, close } = await openFifo(stage());
    const directory = await io.open(world.makeDirectory());
    const buffer = IoBuffer.from("abcdefgh");
    const seen: string[] = [];
    for (const end of ["completed", "canceled", "timedOut", "abandoned", "failed"]) {
      const target = end === "failed" ? directory : file;
      const read = target.read(buffer, { offset: 4, timeoutMs: LONG_MS });
      read.catch(() => {}); // The outcome tells.
      await others(stage());
      if (end === "completed") peer.write("1234");
      if (end === "canceled") read.cancel();
      if (end === "timedOut") stage().passTime(LONG_MS);
      if (end === "abandoned") read.abandon();
      const { status } = await read.outcome();
      seen.push(status);
      assertBack([buffer]);
      assert.equal(Buffer.from(buffer.bytes).toString(), "abcd1234");
    }
    assert.deepEqual(seen, ["completed", "canceled", "timedOut", "abandoned", "failed"]);
    await directory.close();
    await close();
    assertQuiet(stage());
  });

  test("P2: it comes back with every outcome of a write, as it went", async () => {
    const { io, world } = stage();
    const { file, peer, close } = await openFifo(stage());
    const readable = await io.open(world.makeFile("x"), "r");
    const buffer = IoBuffer.from("abcdefgh");
    const seen: string[] = [];
    for (const end of ["completed", "canceled", "timedOut", "abandoned", "failed"]) {
      if (end !== "completed") peer.fill();
      const target = end === "failed" ? readable : file;
      const write = target.write(buffer, { timeoutMs: LONG_MS });
      write.catch(() => {}); // The outcome tells.
      assertLent([buffer], []);
      if (end !== "completed") await others(stage());
      if (end === "canceled") write.cancel();
      if (end === "timedOut") stage().passTime(LONG_MS);
      if (end === "abandoned") write.abandon();
      seen.push((await write.outcome()).status);
      assertBack([buffer]);
      assert.equal(Buffer.from(buffer.bytes).toString(), "abcdefgh");
      peer.empty();
    }
    assert.deepEqual(seen, ["completed", "canceled", "timedOut", "abandoned", "failed"]);
    await readable.close();
    await close();
    assertQuiet(stage());
  });
}

function memory(stage: () => Stage): void {
  test("P2: nothing is copied: no second memory is made for what is lent", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffer = new IoBuffer(64 * 1024 * 1024);
    const { bytesAlive } = stage().io.status();
    // Others may be freed meanwhile, but so much as a copy is not.
    const assertNoMore = (): void => assert.ok(stage().io.status().bytesAlive <= bytesAlive);
    for (const end of ["completed", "canceled", "abandoned"]) {
      const read = file.read(buffer);
      assertNoMore();
      await others(stage());
      if (end === "completed") peer.write("1234");
      if (end === "canceled") read.cancel();
      if (end === "abandoned") read.abandon();
      assert.equal((await read.outcome()).status, end);
      assertNoMore();
    }
    assert.equal(Buffer.from(buffer.bytes.subarray(0, 5)).toString(), "1234\0");
    await close();
  });

  test("P2: an aborted signal lends nothing", async () => {
    const { file, close } = await openFifo(stage());
    const buffer = new IoBuffer(8);
    const view = buffer.bytes;
    const read = file.read(buffer, { signal: AbortSignal.abort() });
    assert.equal(view.byteLength, 8);
    assert.equal(buffer.isLent, false);
    await assert.rejects(read, { code: "ABORT_ERR" });
    await close();
  });
}

function copying(stage: () => Stage): void {
  test("P2: a write sends what the buffer had at the call", async () => {
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const bytes = new Uint8Array([1, 2, 3]);
    const write = file.write(bytes);
    bytes.fill(9);
    await others(stage());
    assert.equal(write.state, "submitted");
    const sent: number[] = [];
    const take = (): void => void sent.push(...peer.empty().filter((byte) => byte !== 0x2d));
    take();
    assert.equal(await write, 3);
    take();
    assert.deepEqual(sent, [1, 2, 3]);
    await close();
  });
}
