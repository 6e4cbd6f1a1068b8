// A process, or a worker, that ends while threads of the shim make calls for it: more slow ones
// than there are threads, and quick ones behind them.
//
// The slow ones copy a hole of 64 MiB to one and the same file, which the kernel lets only one of
// them do at a time.
import { truncateSync, writeFileSync, writeSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { copyRange, listFile } from "../../src/api/file-work.ts";
import { IoBuffer, inFlight, open, readlink } from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";

const RANGE_BYTES = 64 * 1024 * 1024;
const SLOW_CALLS = 24;
const LIST_BYTES = 4 * 1024 * 1024;

export interface CallsRole {
  readonly way: string;
  readonly folder: string;
}

const [way = "", folder = ""] = isMainThread
  ? process.argv.slice(2)
  : [(workerData as CallsRole).way, (workerData as CallsRole).folder];

/** Synchronous, since a process that ends in mid-flight must not lose it. */
function say(word: string): void {
  writeSync(1, `${word}\n`);
}

async function startSlow(): Promise<Promise<unknown>[]> {
  const source = `${folder}/source-${way}`;
  writeFileSync(source, "");
  truncateSync(source, RANGE_BYTES);
  const from = await open(source);
  const to = await open(`${folder}/target-${way}`, "w");
  const range = { fromPosition: 0, toPosition: 0, length: RANGE_BYTES };
  const calls = Array.from({ length: SLOW_CALLS }, () => copyRange(from, to, range));
  const quick = Array.from({ length: 100 }, () => readlink("/proc/self/exe"));
  return [...calls, ...quick];
}

/** Calls that fill memory, one after the other, for ever. */
async function listOn(): Promise<never> {
  const buffer = new IoBuffer(LIST_BYTES);
  for (;;) {
    await using directory = await open(`${folder}/many`);
    while ((await listFile(directory, buffer)) > 0);
  }
}

process.on("exit", (code) => {
  if (isMainThread) say(`exit ${code}`);
});

switch (way) {
  case "process.exit":
    await startSlow();
    say(`in flight: ${inFlight().length > 100}`);
    process.exit(7);
    break;
  case "natural": {
    const calls = await startSlow();
    void Promise.all(calls).then((ends) => say(`${ends.length} ended`));
    break;
  }
  case "process.exit with a worker": {
    const data = { way: "terminated", folder } satisfies CallsRole;
    const worker = new Worker(new URL(import.meta.url), { workerData: data });
    await new Promise<void>((resolve) => worker.once("message", () => resolve()));
    process.exit(8);
    break;
  }
  case "filling":
  case "filling, not waited for":
    // At once, instead of the usual time that the end of a thread waits for its calls.
    if (way !== "filling") loadAddon().addon?.configure(0);
    for (let count = 0; count < 8; count += 1) void listOn();
    break;
  default:
    await startSlow();
    if (isMainThread) say("in flight");
}
if (!isMainThread) {
  // To be terminated is to be alive until then.
  setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => setImmediate(resolve));
  parentPort!.postMessage("started");
}
