// The table of trials. A trial is a scenario, its parameters, who takes part and what it shows.

import type { Implementation, Parameters, ScenarioName } from "./protocol.ts";
import type { RuntimeKind } from "./runtimes.ts";
import { SMALL_FILE_BYTES_MAX } from "./small-files.ts";

/** Printed beside the figures as pass or fail; no test depends on it. */
export type Target =
  | {
      readonly kind: "ratio";
      readonly over: Implementation;
      readonly atLeast: number;
      /** On this Node only; on each if left out. */
      readonly major?: number;
      /** On that runtime, such as Bun, by Overlapped on any Node; on the same Node if left out. */
      readonly on?: RuntimeKind;
    }
  | { readonly kind: "lagP99"; readonly belowMs: number };

export interface Trial {
  readonly scenario: ScenarioName;
  readonly parameters: Parameters;
  readonly shows: string;
  readonly implementations: readonly Implementation[];
  /** What Overlapped is to reach on the same Node in the same run. */
  readonly targets: readonly Target[];
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** A multiple of every block size, small enough to stay in the page cache. */
export const FILE_BYTES: number = 64 * MIB;

const BLOCK_READERS: readonly Implementation[] = [
  "overlapped",
  "overlapped-portable",
  "overlapped-without-shim",
  "promises",
  "callback",
  "sync",
];

const FILE_READERS: readonly Implementation[] = [...BLOCK_READERS, "bun-file"];

const FILE_TARGETS: readonly Target[] = [
  { kind: "ratio", over: "promises", atLeast: 1 },
  { kind: "ratio", over: "promises", atLeast: 1, on: "bun" },
  { kind: "ratio", over: "bun-file", atLeast: 1, on: "bun" },
];

export const TRIALS: readonly Trial[] = [
  {
    scenario: "read-random",
    parameters: { depth: 1, blockBytes: 4 * KIB },
    shows: "cached random reads, one at a time: the latency of asking and being told",
    implementations: BLOCK_READERS,
    targets: [{ kind: "ratio", over: "promises", atLeast: 5 }],
  },
  {
    scenario: "read-random",
    parameters: { depth: 32, blockBytes: 4 * KIB },
    shows: "cached random reads, 32 in flight: the cost of each operation",
    implementations: BLOCK_READERS,
    targets: [
      { kind: "ratio", over: "promises", atLeast: 2.5, major: 20 },
      { kind: "ratio", over: "promises", atLeast: 2, major: 24 },
    ],
  },
  {
    scenario: "read-file",
    parameters: { depth: 32, blockBytes: SMALL_FILE_BYTES_MAX },
    shows: "10,000 small cached files read whole, 32 at a time",
    implementations: FILE_READERS,
    targets: FILE_TARGETS,
  },
  {
    scenario: "read-file",
    parameters: { depth: 1, blockBytes: SMALL_FILE_BYTES_MAX },
    shows: "the same files one after the other",
    implementations: FILE_READERS,
    targets: [],
  },
  {
    scenario: "read-file",
    parameters: { depth: 10_000, blockBytes: SMALL_FILE_BYTES_MAX },
    shows: "the same files, 10,000 in flight",
    implementations: FILE_READERS,
    targets: [],
  },
  {
    scenario: "read-stream",
    parameters: { depth: 4, blockBytes: 64 * KIB },
    shows: "a cached file through streams, to its end: blocks of 64 KiB, 4 ahead with Overlapped",
    implementations: ["overlapped", "overlapped-web", "promises", "promises-web"],
    targets: [],
  },
  {
    scenario: "timer-lag",
    parameters: { depth: 32, blockBytes: 4 * KIB },
    shows: "how late a 1 ms timer is while small reads run flat out",
    implementations: ["idle", ...BLOCK_READERS.slice(0, 4)],
    targets: [{ kind: "lagP99", belowMs: 1 }],
  },
  {
    scenario: "timer-lag",
    parameters: { depth: 4, blockBytes: MIB },
    shows: "how late a 1 ms timer is while large reads run flat out",
    implementations: ["idle", ...BLOCK_READERS.slice(0, 4)],
    targets: [{ kind: "lagP99", belowMs: 1 }],
  },
];

export function formatBytes(bytes: number): string {
  return bytes >= MIB ? `${bytes / MIB}MiB` : `${bytes / KIB}KiB`;
}

export function trialTitle(trial: Trial): string {
  const { depth, blockBytes } = trial.parameters;
  return `${trial.scenario} depth=${depth} block=${formatBytes(blockBytes)}`;
}

/** A word `name=value` must match in full (depth=1 is not depth=16), any other one in part. */
export function matchesWords(trial: Trial, words: readonly string[]): boolean {
  const title = trialTitle(trial).toLowerCase();
  const tokens = title.split(" ");
  return words.every((word) => {
    const wanted = word.toLowerCase();
    return wanted.includes("=") ? tokens.includes(wanted) : title.includes(wanted);
  });
}
