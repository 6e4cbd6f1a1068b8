// Soaks one backend in a process of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChildScript } from "../support/children.ts";
import type { Counts, Holdings, SoakLine, SoakReport } from "./report.ts";

export const SUBJECTS = {
  uring: { OVERLAPPED_BACKEND: "uring" },
  portable: { OVERLAPPED_BACKEND: "portable" },
  "without shim": { OVERLAPPED_BACKEND: "portable", OVERLAPPED_SHIM: "off" },
} as const;

export type SubjectName = keyof typeof SUBJECTS;

/** Few arenas, and none that keeps what was freed: so a block that is left is a mapping. */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "16384",
  MALLOC_TRIM_THRESHOLD_: "65536",
};

const child = new URL("./soak-child.js", import.meta.url);
/** To warm up, to stop, and for idle threads to go. */
const REST_MS_MAX = 180_000;

export interface SoakOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly lineSeconds: number;
  /** Told of each line as it comes. */
  readonly onLine?: (line: SoakLine) => void;
}

/** @throws {Error} with what the process said, if it failed. */
export async function soak(name: SubjectName, options: SoakOptions): Promise<SoakReport> {
  const { seed, seconds, lineSeconds, onLine = () => {} } = options;
  const folder = mkdtempSync(join(tmpdir(), "overlapped-soak-"));
  let before: Holdings | null = null;
  let after: Holdings | null = null;
  let counts: Counts = {};
  let left: readonly string[] = [];
  const take = (text: string): void => {
    const line = JSON.parse(text) as SoakLine;
    onLine(line);
    if (line.kind === "before") before = line.holdings;
    if (line.kind === "after") {
      after = line.holdings;
      left = line.left;
    }
    if (line.kind !== "before") counts = line.counts;
  };
  try {
    const args = [seed, seconds, lineSeconds, folder].map(String);
    const end = await new ChildScript(child, args, {
      env: { ...ALLOCATOR, ...SUBJECTS[name] },
      nodeFlags: ["--expose-gc", "--max-semi-space-size=4"],
      boundMs: seconds * 1000 + REST_MS_MAX,
      onLine: take,
    }).ended();
    if (end.isHanging) throw new Error(`${name} hangs, with seed ${seed}:\n${end.err}`);
    if (end.exitCode !== 0 || before === null || after === null) {
      const how = end.signal ?? `exit code ${end.exitCode}`;
      throw new Error(`${name} failed, with seed ${seed}, by ${how}:\n${end.err}`);
    }
    return { name, seed, before, after, counts, left };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
