// A process with a thousand reads that nobody answers: what it is told to do all the same.
//
// It says what it has done, line by line; the test knows which lines have to come.

import { mkdirSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { gzip } from "node:zlib";
import { BLOCKING_OPENS_MAX, BLOCKING_WORKERS_MAX } from "../../src/base/limits.ts";
import {
  type File,
  IoBuffer,
  inFlight,
  type Operation,
  open,
  stat,
  status,
} from "../../src/index.ts";
import { makeFifos, writeToFifo } from "../support/fifo.ts";
import { useEverything } from "./isolation-uses.ts";

const [scenario = "", directory = "", readCount = ""] = process.argv.slice(2);
const READS = Number(readCount);

/** Synchronous, since a process that ends in mid-flight must not lose it. */
function say(word: string): void {
  writeSync(1, `${word}\n`);
}

function sayEnded(): void {
  say("a read ended");
}

interface Pending {
  readonly paths: readonly string[];
  readonly files: readonly File[];
  readonly reads: readonly Operation<number>[];
}

/** As many reads as were asked for, all of them with the kernel. */
async function startReads(isHolding = true): Promise<Pending> {
  const name = isMainThread ? "main" : "worker";
  const paths = makeFifos(directory, name, READS);
  const files = await Promise.all(paths.map((path) => open(path, "r+")));
  if (!isHolding) for (const file of files) file.unref();
  const reads = files.map((file) => file.read(new IoBuffer(16)));
  // The kernel has them once something that was asked after them is answered.
  await stat(directory);
  say(`${reads.filter(({ state }) => state === "submitted").length} reads wait`);
  return { paths, files, reads };
}

interface WaitingOpen {
  readonly path: string;
  readonly opening: Operation<File>;
}

/** Of FIFOs that nobody reads. */
function startOpens(name: string, count: number): WaitingOpen[] {
  return makeFifos(directory, name, count).map((path) => {
    const opening = open(path, "w");
    opening.catch(() => {});
    return { path, opening };
  });
}

async function useAll(when: string): Promise<void> {
  const folder = join(directory, when.replaceAll(" ", "-"));
  mkdirSync(folder);
  const text = await readFile(process.argv[1]!);
  say(`${when}: Node's readFile answers${text.length > 0 ? "" : " with nothing"}`);
  // By a thread of Node's pool, as name lookups and ciphers are.
  const packed = await promisify(gzip)(text);
  say(`${when}: Node's gzip answers${packed.length > 0 ? "" : " with nothing"}`);
  await useEverything(folder);
  say(`${when}: ours answer`);
}

/** Everybody else is served, whatever else waits; and those that wait can still be served, too. */
async function answer(): Promise<void> {
  const { paths, reads } = await startReads();
  await useAll("with reads");
  const opens: WaitingOpen[] = [];
  for (const [bound, total] of [
    ["one open beyond the bound of opens", BLOCKING_OPENS_MAX + 1],
    ["one open beyond the bound of workers", BLOCKING_WORKERS_MAX + 1],
    ["a hundred more", BLOCKING_WORKERS_MAX + 101],
  ] as const) {
    opens.push(...startOpens(`open-${total}`, total - opens.length));
    await useAll(bound);
  }
  say(`${opens.filter(({ opening }) => opening.state === "submitted").length} opens wait`);
  writeToFifo(paths[READS >> 1]!, "late");
  say(`one read: ${await reads[READS >> 1]} bytes`);
  // Whoever has a thread, and whoever waits for one: each ends when its peer comes.
  for (const { path, opening } of [opens[0]!, opens.at(-1)!]) {
    const reader = await open(path, "r");
    const writer = await opening;
    say(`a peer came: ${await writer.write("x")} byte`);
    await Promise.all([reader.close(), writer.close()]);
  }
  process.exit(3);
}

async function startWorker(ending: string): Promise<Worker> {
  const worker = new Worker(new URL(import.meta.url), {
    argv: [ending, directory, readCount],
    stdout: false,
  });
  await new Promise<void>((resolve) => worker.once("message", () => resolve()));
  return worker;
}

async function endWorker(ending: string): Promise<void> {
  const worker = await startWorker(ending);
  const exit = new Promise<number>((resolve) => worker.once("exit", resolve));
  await useAll("with a worker's reads");
  if (ending === "hold") say(`terminate: ${await worker.terminate()}`);
  else worker.postMessage("end");
  say(`worker's exit: ${await exit}`);
  await useAll("after the worker");
  say(`in flight here: ${inFlight().length}, leaked: ${status().bytesLeaked}`);
}

const SCENARIOS: Readonly<Record<string, () => Promise<void>>> = {
  answer,
  "process.exit": async () => {
    for (const read of (await startReads()).reads) read.then(sayEnded, sayEnded);
    process.exit(4);
  },
  throw: async () => {
    for (const read of (await startReads()).reads) read.then(sayEnded, sayEnded);
    setImmediate(() => {
      throw new Error("uncaught on purpose");
    });
  },
  unref: async () => {
    for (const read of (await startReads(false)).reads) read.then(sayEnded, sayEnded);
  },
  abandon: async () => {
    const { reads } = await startReads();
    for (const read of reads) read.abandon();
    say(`${inFlight().length} in flight`);
  },
  "abandon opens as well": async () => {
    const { reads } = await startReads();
    const opens = startOpens("open", BLOCKING_WORKERS_MAX + 1);
    await stat(directory);
    const openings = opens.map(({ opening }) => opening);
    say(`${openings.filter(({ state }) => state === "submitted").length} opens wait`);
    for (const each of [...reads, ...openings]) each.abandon();
  },
  "process.exit with opens as well": async () => {
    await startReads();
    const opens = startOpens("open", BLOCKING_WORKERS_MAX + 1);
    await stat(directory);
    say(`${opens.filter(({ opening }) => opening.state === "submitted").length} opens wait`);
    process.exit(5);
  },
  cancel: async () => {
    const { reads } = await startReads();
    const outcomes = await Promise.all(reads.map((read) => read.cancel().outcome()));
    say(`${outcomes.filter((outcome) => outcome.status === "canceled").length} canceled`);
  },
  close: async () => {
    const { files, reads } = await startReads();
    for (const read of reads) read.catch(() => {});
    await Promise.all(files.map((file) => file.close()));
    say(`${inFlight().length} in flight`);
  },
  "worker.terminate": () => endWorker("hold"),
  "worker's process.exit": () => endWorker("exit when told"),
  "worker's natural end": () => endWorker("unref"),
  hold: async () => void (await startReads()),
  "exit when told": async () => {
    await startReads();
    parentPort!.once("message", () => process.exit(6));
  },
};

if (isMainThread) process.on("exit", (code) => say(`exit ${code}`));
await SCENARIOS[scenario]!();
if (!isMainThread) parentPort!.postMessage("reads wait");
