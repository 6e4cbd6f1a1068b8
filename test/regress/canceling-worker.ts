// A thread with a read in flight, whose signal is aborted by another thread.

import { parentPort, workerData } from "node:worker_threads";

import { Io, IoBuffer, type IoOptions } from "../../src/index.ts";

interface Given extends IoOptions {
  readonly path: string;
  readonly signal: AbortSignal;
}

const { path, signal, backend } = workerData as Given;
const io = new Io({ backend });
const file = await io.open(path, "r+");
const buffer = IoBuffer.from("mine");
const read = file.read(buffer, { signal });
await io.stat("/");
// Called after the library's own listener.
signal.addEventListener("abort", () => {
  const isOutOfReach = buffer.isLent === (read.state === "canceling");
  parentPort?.postMessage(`${read.state}, ${isOutOfReach}`);
});
parentPort?.postMessage("waiting");
const { status } = await read.outcome();
parentPort?.postMessage(`${status}, ${Buffer.from(buffer.bytes).toString()}`);
const count = await file.read(buffer);
parentPort?.postMessage(Buffer.from(buffer.bytes.subarray(0, count)).toString());
await file.close();
