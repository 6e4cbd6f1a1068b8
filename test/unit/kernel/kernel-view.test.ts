// Goal: a simulated kernel reaches memory whoever has it, and the application only its own.
// Method: write through the view of one and look through that of the other, in the main thread and
// in a worker, where memory is lent in another way.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

import { NativeMemory } from "../../../src/kernel/memory.ts";

const ROUNDS = 20;

function lendAndWrite(wasAttached: boolean): void {
  const memory = new NativeMemory(64, 64);
  if (wasAttached) new Uint8Array(memory.attach())[0] = 7;
  for (let round = 0; round < ROUNDS; round++) {
    memory.lend();
    memory.kernelView()[1] = round;
    memory.kernelView()[2] = memory.kernelView()[0] ?? 0;
    assert.equal(memory.isLent, true);
    assert.throws(() => memory.attach(), { name: "InvariantError" });
    memory.giveBack();
    const bytes = new Uint8Array(memory.attach());
    assert.deepEqual([...bytes.subarray(0, 3)], wasAttached ? [7, round, 7] : [0, round, 0]);
    memory.kernelView()[1] = 99;
    assert.equal(bytes[1], 99, "a late write reaches whoever has the memory");
  }
}

if (isMainThread) {
  for (const wasAttached of [true, false]) {
    test(`memory that ${wasAttached ? "had" : "never had"} an ArrayBuffer`, () => {
      lendAndWrite(wasAttached);
    });
  }

  test("in a worker", async () => {
    const worker = new Worker(new URL(import.meta.url));
    const [answer] = await once(worker, "message");
    assert.equal(answer, "fine");
  });
} else {
  lendAndWrite(true);
  lendAndWrite(false);
  parentPort?.postMessage("fine");
}
