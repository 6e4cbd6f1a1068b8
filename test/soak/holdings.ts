// What a process has, as the system tells it.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as later } from "node:timers/promises";
import { memoryCounters } from "../../src/kernel/memory.ts";
import { bytesAliveAfterCollection } from "../native/collect.ts";
import type { Holdings } from "./report.ts";

const MEBIBYTE = 1024 * 1024;
const LOOK_MS = 100;
/** Idle threads of the shim and of the kernel go by themselves after at most ten seconds. */
const THREADS_MS_MAX = 40_000;

/** Without the workers that the kernel has for rings: of each kind it keeps one as it likes. */
function threadCount(): number {
  return readdirSync("/proc/self/task").filter((thread) => !isOfKernel(thread)).length;
}

function isOfKernel(thread: string): boolean {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, "utf8").startsWith("iou-");
  } catch {
    return true; // It has ended in the meantime.
  }
}

function mappedBytes(lines: readonly string[]): number {
  let sum = 0;
  for (const line of lines) {
    const [, start = "", end = "", mode = ""] = /^(\w+)-(\w+) (\S+)/.exec(line) ?? [];
    // V8 reserves address space without using it.
    if (mode !== "---p") sum += Number.parseInt(end, 16) - Number.parseInt(start, 16);
  }
  return sum;
}

/** What each descriptor is, by its number. */
export function descriptorsNow(): Map<string, string> {
  const all = new Map<string, string>();
  for (const number of readdirSync("/proc/self/fd")) {
    try {
      all.set(number, readlinkSync(`/proc/self/fd/${number}`));
    } catch {
      // That of the listing itself.
    }
  }
  return all;
}

export function holdingsNow(): Holdings {
  const maps = readFileSync("/proc/self/maps", "utf8").trim().split("\n");
  const { bytesAlive, bytesLeaked } = memoryCounters();
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: threadCount(),
    mappings: maps.length,
    mappedMiB: Math.round(mappedBytes(maps) / MEBIBYTE),
    residentMiB: Math.round(process.memoryUsage.rss() / MEBIBYTE),
    bytesAlive,
    bytesLeaked,
  };
}

/** When all is collected, and no more threads are there than `threads`, or no more go. */
export async function holdingsAtRest(threads: number): Promise<Holdings> {
  for (let waited = 0; threadCount() > threads && waited < THREADS_MS_MAX; waited += LOOK_MS) {
    await later(LOOK_MS);
  }
  await bytesAliveAfterCollection();
  return holdingsNow();
}
