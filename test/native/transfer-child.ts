// A worker that tries to send the memory of a buffer to the main thread, then ends; and that main
// thread, which says whether the memory is whole after the worker's end.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { IoBuffer, open } from "../../src/index.ts";
import { bytesAliveAfterCollection, collect } from "./collect.ts";

interface Loot {
  readonly answer: "refused" | "sent";
  readonly memory: ArrayBuffer | null;
}

function send(buffer: IoBuffer, isMoved: boolean): void {
  let memory = buffer.bytes.buffer as ArrayBuffer;
  try {
    if (isMoved && "transfer" in memory) memory = memory.transfer();
    parentPort!.postMessage({ answer: "sent", memory } satisfies Loot, [memory]);
  } catch {
    parentPort!.postMessage({ answer: "refused", memory: null } satisfies Loot);
  }
}

async function steal(way: string, path: string): Promise<void> {
  const file = await open(path);
  const read = new IoBuffer(64 * 1024);
  await file.read(read, { position: 0 });
  const fresh = IoBuffer.from(Buffer.from(read.bytes));
  send(way.startsWith("new") ? fresh : read, way.endsWith("moved"));
  await file.close();
}

async function watch(way: string, path: string): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { way, path } });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  const [{ answer, memory }] = (await once(worker, "message")) as [Loot];
  await ended;
  const others = Array.from({ length: 64 }, () => IoBuffer.from(Buffer.alloc(64 * 1024, 0xee)));
  const isIntact = memory === null || readFileSync(path).equals(new Uint8Array(memory));
  const isShared = others.some(({ bytes }) => bytes.some((byte) => byte !== 0xee));
  console.log(`${answer}, ${isIntact && !isShared ? "intact" : "not intact"}`);
}

/** The other way round: a worker gets memory of the main thread, which then forgets it. */
async function give(path: string): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { way: "receive", path } });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  await sendTo(worker, path);
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const others = Array.from({ length: 64 }, () => IoBuffer.from(Buffer.alloc(64 * 1024, 0xee)));
  const answer = once(worker, "message");
  worker.postMessage(null);
  const [isIntact] = await answer;
  await ended;
  const isShared = others.some(({ bytes }) => bytes.some((byte) => byte !== 0xee));
  others.length = 0;
  const bytesLeft = await bytesAliveAfterCollection();
  console.log(`sent, ${isIntact && !isShared && bytesLeft < 4096 ? "intact" : "not intact"}`);
}

/** The memory has been with the kernel twice, and can be moved where Node allows that at all. */
async function sendTo(worker: Worker, path: string): Promise<void> {
  const file = await open(path);
  const buffer = new IoBuffer(64 * 1024);
  await file.read(buffer, { position: 0 });
  buffer.bytes.fill(0);
  await file.read(buffer, { position: 0 });
  const memory = buffer.bytes.buffer as ArrayBuffer;
  worker.postMessage(memory, [memory]);
  await file.close();
}

async function receive(path: string): Promise<void> {
  const [memory] = (await once(parentPort!, "message")) as [ArrayBuffer];
  parentPort!.once("message", () => {
    parentPort!.postMessage(readFileSync(path).equals(new Uint8Array(memory)));
    parentPort!.close();
  });
}

if (isMainThread && process.argv[2] === "given") {
  await give(process.argv[3] ?? "");
} else if (isMainThread) {
  await watch(process.argv[2] ?? "", process.argv[3] ?? "");
} else {
  const { way, path } = workerData as { readonly way: string; readonly path: string };
  await (way === "receive" ? receive(path) : steal(way, path));
}
