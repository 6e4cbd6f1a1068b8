// The main thread of the worker tests, in a process whose allocator gives out memory again at once:
// what a worker freed, this thread gets next. So a late write of the kernel shows up here.
//
// Arguments: how the workers end, how many there are, the seed, and whether their end is patient.
// Prints one line of JSON.
import { readdirSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { IoBuffer } from "../../src/index.ts";
import { memoryCounters } from "../../src/kernel/memory.ts";
import { makeFifo } from "../support/fifo.ts";
import { Random } from "../support/tree.ts";
import { bytesAliveAfterCollection, collect } from "./collect.ts";
import { type DirectFile, makeDirectFile } from "./direct-file.ts";
import {
  type Ending,
  FILE_BYTES,
  MEBIBYTE,
  type Patience,
  type Progress,
  READS_IN_FLIGHT,
  type WorkerRole,
  type WorkersReport,
} from "./worker-role.ts";

const [ending = "terminated", roundsGiven = "1", seed = "1", patience = "patient"] =
  process.argv.slice(2);
const rounds = Number(roundsGiven);
const random = new Random(Number(seed));
const MESSAGES_BEFORE_END_MAX = 6;
const CANARY_ROUNDS = 2;
const zeros = Buffer.alloc(MEBIBYTE);

/** Memory of this thread that nobody ever writes to. */
class Canaries {
  readonly #rounds: Uint8Array[][] = [];

  /** Takes what the worker has just freed; half through the shim, half through the language. */
  add(): void {
    this.#rounds.push([
      ...Array.from({ length: READS_IN_FLIGHT / 2 }, () => new IoBuffer(MEBIBYTE).bytes),
      ...Array.from({ length: READS_IN_FLIGHT / 2 }, () => new Uint8Array(MEBIBYTE)),
    ]);
    if (this.#rounds.length > CANARY_ROUNDS) this.#rounds.shift();
  }

  /** Blocks that somebody wrote to. */
  countTouched(): number {
    return this.#rounds.flat().filter((canary) => !zeros.equals(canary)).length;
  }

  clear(): void {
    this.#rounds.length = 0;
  }
}

function endWorker(worker: Worker): void {
  let left = 1 + random.below(MESSAGES_BEFORE_END_MAX);
  worker.on("message", () => {
    left -= 1;
    if (left === 0) void worker.terminate();
  });
}

async function runWorker(workerData: WorkerRole): Promise<Progress> {
  const worker = new Worker(new URL("./reading-worker.js", import.meta.url), { workerData });
  let last: Progress = { submissions: 0, completed: 0 };
  worker.on("message", (progress: Progress) => {
    last = progress;
  });
  worker.on("error", (error: Error) => {
    if (error.message !== "on purpose") throw error;
  });
  if (ending === "terminated") endWorker(worker);
  await new Promise((resolve) => worker.once("exit", resolve));
  return last;
}

function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

async function runAll(file: DirectFile): Promise<WorkersReport> {
  const { path, flags } = file;
  // Terminated ones have nothing but reads of the disk: a FIFO's would be too easy to stop.
  const isPlain = ending === "terminated";
  const fifo = isPlain ? "" : makeFifo(file.directory, "fifo");
  const blockedFifo = isPlain ? "" : makeFifo(file.directory, "blocked");
  const how = { ending: ending as Ending, patience: patience as Patience };
  const role: WorkerRole = { ...how, path, flags, fifo, blockedFifo };
  const canaries = new Canaries();
  const report = { touched: 0, readsInFlight: 0, completed: 0, bytesLeaked: 0 };
  const residentMiB: number[] = [];
  const bytesAlive: number[] = [];
  const descriptors: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { submissions, completed } = await runWorker(role);
    canaries.add();
    report.touched += canaries.countTouched();
    report.readsInFlight += submissions - completed;
    report.completed += completed;
    collect();
    if ((round + 1) % (rounds / 10) === 0) {
      report.touched += canaries.countTouched();
      canaries.clear();
      bytesAlive.push((await bytesAliveAfterCollection()) - memoryCounters().bytesLeaked);
      descriptors.push(countDescriptors());
      residentMiB.push(process.memoryUsage().rss >> 20);
    }
  }
  report.bytesLeaked = memoryCounters().bytesLeaked;
  return { ...report, bytesAlive, descriptors, residentMiB };
}

const file = makeDirectFile(FILE_BYTES);
try {
  console.log(JSON.stringify(await runAll(file)));
} finally {
  file.remove();
}
