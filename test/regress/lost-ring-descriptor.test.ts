/**
 * What happened: a program closed the descriptor of a worker's ring by its number. The shim keeps
 * such a number with an eventfd, since Node's loop watches it; at the end of the worker the ring
 * was entered once more, which answered that this is no ring, and the eventfd was taken for
 * somebody else's file and left open: one descriptor for each such worker.
 *
 * Goal: the end of a worker leaves no descriptor behind, also if it had lost its ring.
 * Method: workers that lose their ring with a read in flight and are terminated; the main thread
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

const fifo: string = makeFifo(makeTemporary("lost-ring"), "fifo");

async function loseRing(): Promise<void> {
  const worker = new Worker(new URL("./lost-ring-worker.js", import.meta.url), {
    workerData: fifo,
  });
  const [said] = await once(worker, "message");
  assert.equal(said, "lost");
  await worker.terminate();
}

test("a worker that lost its ring leaves no descriptor behind", { skip: ringOnly }, async () => {
  await loseRing();
  const before = readdirSync("/proc/self/fd").length;
  for (let round = 0; round < 3; round += 1) await loseRing();
  assert.equal(readdirSync("/proc/self/fd").length, before);
});
