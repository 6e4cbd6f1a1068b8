// Goal: several Ios of one thread do not hide each other's operations from the shim, which has to
// cancel them when the thread ends; nothing is left to the kernel then.
// Method: a worker with a read in flight on one Io, while the same slot of another is used and
// freed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import { status } from "../../src/index.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const fifo = makeFifo(makeTemporary("two-ios"), "fifo");
const skip = status().backend === null ? `no ring: ${status().reason}` : false;

test("a thread ends with a read in flight on the first of two Ios", { skip }, async () => {
  const worker = new Worker(new URL("./two-ios-worker.js", import.meta.url), { argv: [fifo] });
  await new Promise((resolve) => worker.once("message", resolve));
  await worker.terminate();
  assert.equal(status().bytesLeaked, 0);
});
