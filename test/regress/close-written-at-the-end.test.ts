/**
 * What happened: a soak of ten minutes left five descriptors of a worker open. It had been
 * terminated when their closes were written into the ring and the kernel had not been asked yet.
 * Who writes a close takes the descriptor off the list of those that the end of the thread closes,
 * and the end took back what had not been submitted. The same could happen to closes of a ring that
 * was lost.
 *
 * Goal: the end of a thread closes what was to be closed, at whatever moment it comes.
 * Method: workers that end within the call that would have submitted the closes, with a read in
 * flight and without, or before anybody else closes what a lost ring did not; the main thread
 * counts the descriptors of the process.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { ringOnly } from "../native/ring-available.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const path: string = makeFifo(makeTemporary("close-written"), "fifo");

async function runWorker(way: string): Promise<void> {
  const worker = new Worker(new URL("./close-written-at-the-end-worker.js", import.meta.url), {
    workerData: { path, way },
  });
  const ended = once(worker, "exit");
  assert.deepEqual(await once(worker, "message"), ["open"]);
  assert.deepEqual(await ended, [0]);
}

for (const way of ["with nothing in flight", "with a read in flight", "in a ring that is lost"]) {
  test(`closes that were never submitted: ${way}`, { skip: ringOnly }, async () => {
    await runWorker(way);
    const before = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 3; round++) await runWorker(way);
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });
}
