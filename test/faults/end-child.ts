// A process that ends while a server does not answer: `end-child WAY PATH`. Begins a read, says so,
// and ends in that way when SIGUSR2 tells it to.

import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { drain, IoBuffer, inFlight, open, status } from "../../src/index.ts";

const BYTES = 65_536;
const HOUR_MS = 3_600_000;

async function read(path: string): Promise<void> {
  const file = await open(path);
  file.read(new IoBuffer(BYTES)).outcome();
}

async function terminate(worker: Worker): Promise<void> {
  const code = await worker.terminate();
  console.log(`terminated: ${code}, leaked: ${status().bytesLeaked >= BYTES}`);
}

async function leave(way: string): Promise<void> {
  if (way === "throw") throw new Error("on purpose");
  if (way === "drain") {
    const { held } = await drain({ deadlineMs: 0 });
    console.log(`held: ${held.map(({ kind, byteLength }) => `${kind} ${byteLength}`)}`);
  } else console.log(`in flight: ${inFlight().length}`);
  process.exit(3);
}

async function main(way: string, path: string): Promise<void> {
  const told = once(process, "SIGUSR2");
  setInterval(() => {}, 1000); // Whatever becomes of the read, it waits to be told.
  if (Math.abs(Date.now() - Date.now()) > HOUR_MS) console.log("the clock jumps");
  if (way !== "terminate") {
    await read(path);
    console.log("reading");
    await told;
    await leave(way);
    return;
  }
  const worker = new Worker(new URL(import.meta.url), { workerData: path });
  await once(worker, "message");
  console.log("reading");
  await told;
  await terminate(worker);
  process.exit();
}

if (isMainThread) {
  const [, , way = "", path = ""] = process.argv;
  await main(way, path);
} else {
  await read(workerData as string);
  parentPort?.postMessage("reading");
  setInterval(() => {}, 1000);
}
