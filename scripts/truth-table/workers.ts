// The kernel's own threads that do what cannot be done in the call, nor by waiting for readiness.

import { readdirSync, readFileSync } from "node:fs";

/** What a thread without work waits in. */
const IDLE = "io_wq_worker";
const UNKNOWN = "0";

/** Whether it has given us any; they stay for some seconds without work. */
export function hasWorkers(): boolean {
  return tasks().length > 0;
}

/** The kernel's function that each of them is in, such as `wait_for_partner`. */
export function busyWorkers(): string[] {
  return tasks().flatMap((task) => {
    const place = readOf(task, "wchan");
    if (place === IDLE) return [];
    return [place === UNKNOWN || place === "" ? "running" : place];
  });
}

function tasks(): string[] {
  const all = readdirSync("/proc/self/task");
  return all.filter((task) => readOf(task, "comm").startsWith("iou-wrk"));
}

function readOf(task: string, file: string): string {
  try {
    return readFileSync(`/proc/self/task/${task}/${file}`, "utf8").trim();
  } catch {
    return ""; // It ended in the meantime, or is not ours to look at.
  }
}
