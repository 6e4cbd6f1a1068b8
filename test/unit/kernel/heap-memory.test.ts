// Goal: memory of JavaScript's own is the application's or a backend's, never both (P2).
// Method: lend and give back, and try while it is lent, and after, all that takes an ArrayBuffer
// away: transfer(), postMessage(), structuredClone(); in the main thread and in a worker.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import {
  isMainThread,
  MessageChannel,
  parentPort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";

import { HeapMemory } from "../../../src/kernel/heap-memory.ts";
import { findMove } from "../../../src/kernel/move.ts";

const BYTES = 64;
const INVARIANT = { name: "InvariantError" };

/** Each tries to take it away from whoever has it. */
const THIEVES: Readonly<Record<string, (buffer: ArrayBuffer) => unknown>> = {
  "structuredClone()": (buffer) => structuredClone(buffer, { transfer: [buffer] }),
  "postMessage()": (buffer) => {
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(buffer, [buffer]);
      return receiveMessageOnPort(port2)?.message;
    } finally {
      port1.close();
    }
  },
  "transfer()": (buffer) => findMove()?.call(buffer),
};

function lendAndWrite(): void {
  const memory = new HeapMemory(BYTES);
  for (let round = 0; round < 20; round++) {
    const attached = memory.attach();
    const views = [new Uint8Array(attached), new Uint8Array(attached, 5, 7)];
    assert.equal(views[0]?.[1] ?? -1, round === 0 ? 0 : round - 1, "the same bytes come back");
    (views[0] as Uint8Array)[0] = 100 + round;
    memory.lend();
    const lent = memory.kernelView();
    assert.deepEqual([lent.byteLength, lent[0]], [BYTES, 100 + round]);
    lent[1] = round;
    assert.equal(attached.byteLength, 0);
    assert.ok(views.every((view) => view.byteLength === 0));
    assert.notEqual(lent.buffer, attached);
    assert.throws(() => memory.attach(), INVARIANT);
    assert.throws(() => memory.lend(), INVARIANT);
    assert.deepEqual([memory.isLent, memory.isTransferred], [true, false]);
    memory.giveBack();
    assert.equal(memory.isLent, false);
    assert.equal(attached.byteLength, 0, "the old way to the memory stays shut");
  }
}

if (isMainThread) {
  describe("HeapMemory", () => {
    test("is zeroed, and is where nobody can say", () => {
      const memory = new HeapMemory(BYTES);
      assert.deepEqual([...new Uint8Array(memory.attach())], new Array(BYTES).fill(0));
      assert.deepEqual([memory.byteLength, memory.addressLow, memory.addressHigh], [BYTES, 0, 0]);
    });

    test("lend() detaches every view; giveBack() brings the same bytes", lendAndWrite);

    for (const [name, steal] of Object.entries(THIEVES)) {
      test(`lent, it cannot be taken away by ${name}`, () => {
        const memory = new HeapMemory(BYTES);
        const attached = memory.attach();
        new Uint8Array(attached).fill(7);
        memory.lend();
        const lent = memory.kernelView();
        try {
          const stolen = steal(attached) as ArrayBuffer | undefined;
          assert.equal(stolen?.byteLength ?? 0, 0);
        } catch (error) {
          assert.match(String(error), /detached|transfer/i);
        }
        assert.deepEqual([...lent], new Array(BYTES).fill(7));
        memory.giveBack();
        assert.equal(new Uint8Array(memory.attach())[BYTES - 1], 7);
      });
    }

    test("what its holder has taken away while it was his cannot be lent", () => {
      const memory = new HeapMemory(BYTES);
      assert.equal(memory.isTransferred, false);
      const attached = memory.attach();
      structuredClone(attached, { transfer: [attached] });
      assert.equal(memory.isTransferred, true);
      assert.throws(() => memory.lend(), INVARIANT);
      assert.equal(memory.isLent, false);
    });

    test("is given back once", () => {
      const memory = new HeapMemory(BYTES);
      assert.throws(() => memory.giveBack(), INVARIANT);
      memory.lend();
      memory.giveBack();
      assert.throws(() => memory.giveBack(), INVARIANT);
    });

    test("more than there can be is an error that says so", () => {
      assert.throws(() => new HeapMemory(2 ** 53 - 1), { code: "ERR_NO_MEMORY" });
    });

    test("in a worker", async () => {
      const worker = new Worker(new URL(import.meta.url));
      const [answer] = await once(worker, "message");
      assert.equal(answer, "fine");
    });
  });
} else {
  lendAndWrite();
  parentPort?.postMessage("fine");
}
