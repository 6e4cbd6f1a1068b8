// A process whose environments come and go. Arguments: how many, how many at once, what each uses,
// and a FIFO. Prints one line of JSON: what the process holds before, and after all have gone.
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { memoryCounters } from "../../src/kernel/memory.ts";
import { makeDirectFile } from "../native/direct-file.ts";
import type { EnvironmentData } from "./environment-worker.ts";

const [count = "1", atOnce = "1", uses = "library", fifo = ""] = process.argv.slice(2);
const ENDINGS = ["terminated", "natural", "process.exit", "throw"] as const;
const FILE_BYTES = 4 * 1024 * 1024;

async function runWorker(workerData: EnvironmentData): Promise<void> {
  const worker = new Worker(new URL("./environment-worker.js", import.meta.url), { workerData });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.on("error", (error: Error) => {
    if (error.message !== "on purpose") throw error;
  });
  worker.once("message", () => {
    if (workerData.ending === "terminated") void worker.terminate();
  });
  await ended;
}

function holdings(): object {
  const { bytesAlive, bytesLeaked } = memoryCounters();
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    mappings: readFileSync("/proc/self/maps", "utf8").split("\n").length,
    bytesAlive,
    bytesLeaked,
  };
}

const file = makeDirectFile(FILE_BYTES);
const { path, flags } = file;

async function runAll(total: number): Promise<void> {
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < total) {
      const ending = ENDINGS[begun % ENDINGS.length] ?? "natural";
      begun += 1;
      await runWorker({ uses: uses as EnvironmentData["uses"], ending, path, flags, fifo });
    }
  };
  await Promise.all(Array.from({ length: Number(atOnce) }, lane));
}

try {
  // As many at once as later, so that the allocator has all its arenas.
  await runAll(Number(atOnce));
  const before = holdings();
  await runAll(Number(count));
  console.log(JSON.stringify({ before, after: holdings() }));
} finally {
  file.remove();
}
