// A worker with everything in flight that the portable backend can have: reads that are watched,
// opens that are held, polls, calls that run, calls that wait for a thread, and closes.

import { readdirSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

import { IoBuffer, open, openPipe, pipe, readFile } from "../../src/index.ts";
import { noShim } from "./portable-here.ts";

interface Given {
  readonly ending: "terminated" | "process.exit" | "throw";
  /** A FIFO that nobody will open for reading. */
  readonly blocked: string;
  /** Files that are opened, read and closed again and again. */
  readonly files: readonly string[];
  /** FIFOs that nobody else has open. */
  readonly fifos: readonly string[];
}

const { ending, blocked, files, fifos } = workerData as Given;
if (noShim !== false) throw new Error(noShim);

/** More than threads can have at once, and closes can be on their way. */
const UNHEARD = 60;

const LOOKS_MAX = 10_000;

const nothing = (): void => {};

const { reader } = pipe();
reader.read(new IoBuffer(100_000)).catch(nothing);
reader.unref();
for (const path of fifos) {
  const stream = await openPipe(path, "r");
  stream.unref();
  stream.read(new IoBuffer(1000)).catch(nothing);
  stream.ready("readable").catch(nothing);
}
for (let count = 0; count < 20; count++) open("/dev/null").catch(nothing);
open(blocked, "w").catch(nothing);

async function busy(path: string): Promise<void> {
  for (;;) {
    const file = await open(path);
    void file.read(new IoBuffer(4096), { position: 0 }).catch(nothing);
    void readFile(path).catch(nothing);
    await file.close();
  }
}

let opened = 0;
for (const path of files) void busy(path).catch(nothing);
for (; opened < 50; opened++) await (await open(files[0] ?? "")).close();
parentPort!.postMessage("busy");
// In the middle of it, so that calls are in every state; and with opens that are over, of which
// this thread has not heard yet.
if (ending !== "terminated") {
  const before = readdirSync("/proc/self/fd").length;
  for (let count = 0; count < UNHEARD; count++) open("/dev/null").catch(nothing);
  await undefined;
  // Without a turn of the event loop. If it was the backend's turn to wait for one, in vain.
  for (let look = 0; look < LOOKS_MAX; look++) {
    if (readdirSync("/proc/self/fd").length >= before + UNHEARD / 2) break;
  }
}
if (ending === "process.exit") process.exit(3);
if (ending === "throw") throw new Error("on purpose");
