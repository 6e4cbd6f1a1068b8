/**
 * What happened: without the shim a worker waited for a FIFO by a socket over a descriptor that
 * `fs` had opened. In workers Node remembers such numbers until `fs` closes them; the socket closed
 * its own. So at its end the worker closed that number once more, whoever had it by then, and a
 * write of another thread failed with EBADF, or would have gone to another file.
 *
 * Goal: the end of a worker closes nothing of others. Method: a worker without the shim reads a
 * FIFO; then the main thread opens files, which take the numbers that are free; when the worker has
 * ended they are still there.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, fstatSync, openSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const fifo: string = makeFifo(makeTemporary("closes-others"), "fifo");
const FILES = 100;

test("a worker without the shim closes nothing of others at its end", async () => {
  const worker = new Worker(new URL("./worker-end-worker.js", import.meta.url), {
    workerData: fifo,
    env: { ...process.env, OVERLAPPED_BACKEND: "portable", OVERLAPPED_SHIM: "off" },
  });
  assert.deepEqual(await once(worker, "message"), ["answer"]);
  const numbers = Array.from({ length: FILES }, () => openSync("/dev/null", "r"));
  await worker.terminate();
  const gone = numbers.filter((number) => {
    try {
      return !fstatSync(number).isCharacterDevice();
    } catch {
      return true;
    }
  });
  for (const number of numbers) if (!gone.includes(number)) closeSync(number);
  assert.deepEqual(gone, []);
});
