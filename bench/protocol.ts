// What the runner asks of a child process, and what the child answers. One child, one sample.

import type { Reading } from "./meter.ts";

/** Who does the reading. `idle` reads nothing: it shows the machine's own timer lag. */
export type Implementation =
  | "overlapped"
  | "overlapped-portable"
  | "overlapped-without-shim"
  | "overlapped-web"
  | "promises"
  | "promises-web"
  | "callback"
  | "sync"
  | "bun-file"
  | "idle";

export type ScenarioName = "read-random" | "read-file" | "read-stream" | "timer-lag";

export interface Parameters {
  /** Reads in flight at any time. */
  readonly depth: number;
  /** Bytes of a read; of a small file at most. */
  readonly blockBytes: number;
}

/** How long the measured phase is: so many operations, or so many milliseconds. */
export type Extent =
  | { readonly kind: "calibrate"; readonly ms: number }
  | { readonly kind: "operations"; readonly count: number }
  | { readonly kind: "duration"; readonly ms: number };

export interface SampleSpec {
  readonly scenario: ScenarioName;
  readonly implementation: Implementation;
  readonly parameters: Parameters;
  /** The file that is read, or the folder of small ones. */
  readonly path: string;
  readonly fileBytes: number;
  readonly warmupMs: number;
  readonly extent: Extent;
}

export interface Sample extends Reading {
  /** Reads done in the measured phase. */
  readonly operationCount: number;
  /** Lag of each timer, actual minus requested, in microseconds. */
  readonly lagsUs?: readonly number[];
}

/** The child prints one line of this. */
export type ChildReport =
  | { readonly ok: true; readonly sample: Sample }
  | { readonly ok: false; readonly reason: string };
