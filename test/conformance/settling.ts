// P1: an operation settles once, when the kernel has answered or never saw it; nothing else that
// happens meanwhile settles it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, type Operation } from "../../src/index.ts";
import {
  assertBack,
  assertLent,
  assertQuiet,
  holdKernel,
  submissionsOf,
  Witness,
} from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";

export function settlingCases(subject: Subject, stage: () => Stage): void {
  describe("P1", needs(subject, "waitingReads"), () => {
    asking(stage);
    answers(stage);
    unseen(stage);
  });
  describe("P1 for certain", needs(subject, "waitingReads", "holding"), () => held(stage));
}

interface Asked {
  readonly file: File;
  readonly read: Operation<number>;
  readonly signal: AbortController;
}

type Ask = (it: Asked, stage: Stage) => unknown;

/** Every way to ask a read to stop. */
const WAYS: Readonly<Record<string, Ask>> = {
  "cancel()": ({ read }) => read.cancel(),
  "its signal": ({ signal }) => signal.abort(),
  "its timeout": (_it, { passTime }) => passTime(LONG_MS),
  "cancelAll()": ({ file }) => file.cancelAll(),
  "close()": ({ file }) => file.close(),
  "drain()": (_it, { io }) => io.drain({ deadlineMs: 2 * LONG_MS }),
};

function startRead(file: File, buffer: IoBuffer): Asked {
  const signal = new AbortController();
  const read = file.read(buffer, { signal: signal.signal, timeoutMs: LONG_MS });
  return { file, read, signal };
}

function asking(stage: () => Stage): void {
  test("P1: asking in every way at once settles once, with the kernel's answer", async () => {
    const { file, close } = await openFifo(stage());
    const buffer = new IoBuffer(64);
    const it = startRead(file, buffer);
    const witness = new Witness(it.read);
    await others(stage());
    const asked = Object.values(WAYS).map((ask) => ask(it, stage()));
    assert.deepEqual(witness.heard, []);
    assert.equal(it.read.state, "canceling");
    assertLent([buffer], []);
    await file.close();
    assert.deepEqual(witness.heard, ["ABORT_ERR"]);
    assertBack([buffer]);
    await Promise.allSettled(asked);
    await close();
    assertQuiet(stage());
  });

  test("P1: no way of asking settles anything by itself", async () => {
    for (const [name, ask] of Object.entries(WAYS)) {
      const { file, close } = await openFifo(stage());
      const buffer = new IoBuffer(64);
      const it = startRead(file, buffer);
      await others(stage());
      const asked = ask(it, stage());
      assert.equal(it.read.state, "canceling", name);
      assertLent([buffer], []);
      assert.notEqual((await it.read.outcome()).status, "completed", name);
      assertBack([buffer]);
      await Promise.allSettled([asked]);
      await close();
      assertQuiet(stage());
    }
  });

  test("P1: what has settled is not touched any more: later bytes stay put", async () => {
    const ways: Readonly<Record<string, Ask>> = {
      ...WAYS,
      "abandon()": ({ read }) => read.abandon(),
    };
    for (const [name, ask] of Object.entries(ways)) {
      for (let round = 0; round < 10; round++) {
        const { file, peer, close } = await openFifo(stage());
        const buffer = new IoBuffer(64);
        const it = startRead(file, buffer);
        await others(stage());
        const asked = ask(it, stage());
        await it.read.outcome();
        peer.write("late");
        await others(stage());
        assert.ok(
          buffer.bytes.every((byte) => byte === 0),
          name,
        );
        assert.equal(Buffer.from(peer.empty()).toString(), "late", name);
        await Promise.allSettled([asked]);
        await close();
      }
    }
    assertQuiet(stage());
  });
}

function answers(stage: () => Stage): void {
  test("P1: a timeout settles nothing by itself", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffer = new IoBuffer(64);
    const read = file.read(buffer, { timeoutMs: LONG_MS });
    const witness = new Witness(read);
    await others(stage());
    peer.write("in time");
    stage().passTime(LONG_MS);
    await Promise.resolve();
    assert.ok(witness.heard.length === 0 || !buffer.isLent, "settled while the kernel has it");
    const outcome = await read.outcome();
    if (outcome.status === "completed") assert.equal(outcome.value, 7);
    else assert.equal(outcome.status, "timedOut");
    assert.equal(witness.heard.length, 1);
    await close();
  });

  test("P1: an operation that is left alone is answered all the same", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffer = new IoBuffer(64);
    void file.read(buffer);
    await others(stage());
    peer.write("x");
    while (buffer.isLent) await turn();
    assert.equal(buffer.bytes[0], 0x78);
    await close();
    assertQuiet(stage());
  });
}

function unseen(stage: () => Stage): void {
  test("P1: what the kernel never saw ends at once, and the kernel is never asked", async () => {
    const { file, peer, close } = await openFifo(stage());
    const first = file.read(new IoBuffer(8));
    await others(stage());
    const before = submissionsOf(stage());
    const buffers = [new IoBuffer(8), new IoBuffer(8), new IoBuffer(8)];
    const its = buffers.map((buffer) => startRead(file, buffer));
    assert.ok(its.every(({ read }) => read.state === "queued"));
    its[0]?.read.cancel();
    its[1]?.signal.abort();
    its[2]?.read.abandon();
    assert.ok(its.every(({ read }) => read.state === "settled"));
    assertBack(buffers);
    const ends = await Promise.all(its.map(({ read }) => read.outcome()));
    assert.deepEqual(
      ends.map(({ status, bytesTransferred }) => [status, bytesTransferred]),
      [
        ["canceled", 0],
        ["canceled", 0],
        ["abandoned", 0],
      ],
    );
    peer.write("x");
    assert.equal(await first, 1);
    assert.equal(submissionsOf(stage()), before);
    await close();
    assertQuiet(stage());
  });
}

function held(stage: () => Stage): void {
  test("P1: while the kernel is silent nothing settles: no cancel, timer or close", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffer = new IoBuffer(64);
    const release = holdKernel(stage());
    const it = startRead(file, buffer);
    const witness = new Witness(it.read);
    const asked: unknown[] = [];
    try {
      await turn();
      for (const ask of Object.values(WAYS)) {
        asked.push(ask(it, stage()));
        for (let count = 0; count < 3; count++) await turn();
        assert.deepEqual(witness.heard, []);
        assert.equal(it.read.state, "canceling");
        assertLent([buffer], []);
      }
      // The deadline of drain(), too.
      stage().passTime(2 * LONG_MS);
      await turn();
      assert.deepEqual(witness.heard, []);
      assert.equal(file.state, "closing");
      peer.write("at last");
    } finally {
      release();
    }
    const outcome = await it.read.outcome();
    const count = outcome.status === "completed" ? outcome.value : 0;
    assert.equal(outcome.bytesTransferred, count);
    const text = Buffer.from(buffer.bytes.subarray(0, count)).toString();
    await Promise.allSettled(asked);
    assert.equal(text + Buffer.from(peer.empty()).toString(), "at last");
    assert.equal(witness.heard.length, 1);
    await close();
    assertQuiet(stage());
  });
}
