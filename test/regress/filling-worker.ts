// A worker for which the shim's threads are always at reads that fill memory. At its end nobody
// waits for them.

import { parentPort, workerData } from "node:worker_threads";

import { type File, Io, IoBuffer } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";

interface Given {
  readonly path: string;
  readonly flags: number;
}

const MEBIBYTE = 1024 * 1024;
/** As many as the shim has threads. */
const LANES = 16;
const READS_BEFORE = 32;

const { path, flags } = workerData as Given;
const io = new Io({ backend: "portable" });
let completed = 0;

async function readOn(file: File, lane: number): Promise<void> {
  const buffer = new IoBuffer(MEBIBYTE);
  for (;;) {
    await file.read(buffer, { position: (lane % 4) * MEBIBYTE });
    if (++completed === READS_BEFORE) parentPort?.postMessage("at it");
  }
}

loadAddon().addon?.configure(0);
const file = await io.open(path, flags);
for (let lane = 0; lane < LANES; lane++) void readOn(file, lane);
