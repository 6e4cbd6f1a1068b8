/**
 * Goal: a worker takes its descriptors with it, however it ends: those of open files, and those of
 * opens that were on their way.
 * Method: workers with open files and opens in flight that end in each way; the main thread counts
 * the descriptors of the process before and after.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { makeTemporary } from "../support/temp.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("descriptors");

function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

async function runWorker(ending: string, path: string): Promise<void> {
  const worker = new Worker(new URL("./files-worker.js", import.meta.url), {
    workerData: { ending, path },
  });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.on("error", (error) => assert.equal((error as Error).message, "on purpose"));
  // An error may come first, and is looked at above.
  await Promise.race([once(worker, "message").catch(() => {}), ended]);
  if (ending === "terminated") await worker.terminate();
  await ended;
}

for (const ending of ["terminated", "natural", "process.exit", "throw"]) {
  test(`a worker takes its descriptors with it: ${ending}`, { skip: noRing }, async () => {
    const path = join(temporary, ending);
    writeFileSync(path, "content");
    await runWorker(ending, path);
    const before = countDescriptors();
    for (let round = 0; round < 5; round += 1) await runWorker(ending, path);
    assert.equal(countDescriptors(), before);
  });
}
