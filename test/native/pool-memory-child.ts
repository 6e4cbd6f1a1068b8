// A worker whose read libuv's pool has begun is terminated; the read ends when the main thread
// says so.

import { constants, openSync, read, readSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const FIFO = process.argv[2] ?? "";
/** Far more than an end takes that waits for nothing. */
const CALLS = 200;

async function end(): Promise<void> {
  const peer = openSync(FIFO, constants.O_RDWR | constants.O_NONBLOCK);
  const worker = new Worker(new URL(import.meta.url), { workerData: FIFO });
  await new Promise<void>((resolve) => worker.once("message", () => resolve()));
  let isOver = false;
  const ended = worker.terminate().then(() => {
    isOver = true;
  });
  for (let count = 0; count < CALLS; count++) await readFile(import.meta.filename);
  console.log(`ended while the pool was reading: ${isOver}`);
  writeSync(peer, "bytes");
  await ended;
  let left = 0;
  try {
    left = readSync(peer, Buffer.alloc(5));
  } catch {
    // EAGAIN: the read has taken them.
  }
  console.log(`ended when it had read: ${isOver}, left: ${left}`);
}

if (isMainThread) await end();
else {
  const reader = openSync(workerData as string, constants.O_RDWR);
  read(reader, Buffer.alloc(5), 0, 5, null, () => {});
  // Begun later, and so only when the pool has begun the read.
  await readFile(import.meta.filename);
  parentPort!.postMessage("reads");
}
