// A worker of the soak: at work like the main thread, until it ends in the middle of it.
import { mkdirSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { IoBuffer, inFlight, open } from "../../src/index.ts";
import { makeFifos } from "../support/fifo.ts";
import { possibleActors, runLanes } from "./lanes.ts";
import { Lot } from "./lot.ts";
import type { SoakWorkerData } from "./others.ts";

const { seed, end, folder, disk, diskBytes, diskFlags } = workerData as SoakWorkerData;
const READS = 32;
const READ_BYTES = 256 * 1024;

mkdirSync(folder);
const lot = new Lot(seed);
const [silentPath = "", ...fifos] = makeFifos(folder, "fifo", 4);
let names = 0;
const nextName = (): string => `${folder}/worker-${++names}`;
const place = { lot, folder, disk, diskBytes, diskFlags, fifos, nextName };

/** Reads that are in flight at the end: of the disk, and of somebody who never answers. */
async function startReads(): Promise<void> {
  const file = await open(disk, diskFlags);
  for (let at = 0; at < READS; at += 1) {
    const position = (at * READ_BYTES) % diskBytes;
    file.read(new IoBuffer(READ_BYTES), { position }).catch(() => {});
  }
  const silent = await open(silentPath, "r+");
  silent
    .unref()
    .read(new IoBuffer(READ_BYTES))
    .catch(() => {});
}

const actors = await possibleActors(place);
parentPort!.postMessage("begun");
if (end === "natural") {
  await startReads();
} else {
  void runLanes(place, actors, false);
  for (let round = 0; round < 3; round += 1) {
    await startReads();
    parentPort!.postMessage("reads");
  }
  if (inFlight().length === 0) throw new Error("nothing is in flight");
  if (end === "process.exit") process.exit(2);
  if (end === "throw") throw new Error("on purpose");
}
