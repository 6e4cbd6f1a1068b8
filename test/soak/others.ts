// Actors that start others: workers, which end in every way with everything in flight, and child
// processes, which must not have what is open here.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Actor, Place } from "./place.ts";

/** How a worker ends. */
export type WorkerEnd = "terminated" | "process.exit" | "throw" | "natural";

export interface SoakWorkerData {
  readonly seed: number;
  readonly end: WorkerEnd;
  readonly folder: string;
  readonly disk: string;
  readonly diskBytes: number;
  readonly diskFlags: number;
}

const ENDS: readonly WorkerEnd[] = ["terminated", "terminated", "process.exit", "throw", "natural"];

export const runWorker: Actor = async (place: Place) => {
  const { lot, disk, diskBytes, diskFlags } = place;
  const end = lot.random.pick(ENDS);
  const seed = 1 + lot.random.below(2 ** 30);
  const folder = place.nextName();
  const workerData: SoakWorkerData = { seed, end, folder, disk, diskBytes, diskFlags };
  const worker = new Worker(new URL("./soak-worker.js", import.meta.url), { workerData });
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  let error: Error | null = null;
  worker.on("error", (it: Error) => {
    if (it.message !== "on purpose") error = it;
  });
  let messages = lot.random.below(4);
  worker.on("message", () => {
    messages -= 1;
    if (messages < 0 && end === "terminated") void worker.terminate();
  });
  await ended;
  if (error !== null) throw error;
  lot.count("workers");
};

/** It says which descriptors it has: three, and none of ours. */
const SAY_DESCRIPTORS = "ls -l /proc/self/fd";

export const runChild: Actor = async ({ lot }) => {
  const child = spawn("sh", ["-c", SAY_DESCRIPTORS], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await once(child, "close");
  assert.match(said, / 2 -> /, "it has not said what it has");
  assert.doesNotMatch(said, /io_uring|eventpoll|eventfd|timerfd|inotify|pattern|fifo-/);
  lot.count("children");
};

/** One that would wait for ever, and is killed. */
export const killChild: Actor = async ({ lot }) => {
  const child = spawn("cat", [], { stdio: ["pipe", "ignore", "ignore"] });
  await once(child, "spawn");
  const ended = once(child, "exit");
  if (lot.oneIn(2)) child.kill("SIGKILL");
  else child.stdin.end();
  await ended;
  lot.count("children");
};
