// The backends on which every fault is tried, and what is known of each when something hangs.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import type { TestContext } from "node:test";

import { inFlight, status } from "../../src/index.ts";
import { type Figures, summarize } from "../support/summary.ts";

export interface Variant {
  readonly name: "uring" | "portable" | "without the shim";
  readonly env: Readonly<Record<string, string>>;
  /** Calls on files that can hang before all others have to wait for one of them. */
  readonly hangsMax: number;
  /** Whether a call by path that has begun is asked to stop, by a signal to its thread. */
  readonly isInterrupting: boolean;
  readonly hasShim: boolean;
}

export const URING: Variant = {
  name: "uring",
  env: { OVERLAPPED_BACKEND: "uring" },
  hangsMax: 64,
  isInterrupting: true,
  hasShim: true,
};

export const PORTABLE: Variant = {
  name: "portable",
  env: { OVERLAPPED_BACKEND: "portable" },
  hangsMax: 16,
  isInterrupting: false,
  hasShim: true,
};

export const WITHOUT_SHIM: Variant = {
  name: "without the shim",
  env: { OVERLAPPED_BACKEND: "portable", OVERLAPPED_SHIM: "off" },
  hangsMax: 3,
  isInterrupting: false,
  hasShim: false,
};

/** Chooses it for this process, before anything is asked of the library; false, or why not. */
export function choose(variant: Variant): string | false {
  Object.assign(process.env, variant.env);
  const { backend, reason } = status();
  return backend === null ? `no ${variant.name}: ${reason}` : false;
}

export function report(
  t: TestContext,
  variant: Variant,
  scenario: string,
  figures: Figures = {},
): void {
  summarize(t, { part: "faults", scenario, subject: variant.name, figures });
}

/** Descriptors of this process, but for the one that looks. */
export function descriptorCount(): number {
  return readdirSync("/proc/self/fd").length;
}

export function assertNothingHeld(): void {
  assert.deepEqual(inFlight(), []);
  const { quarantinedOperations, quarantinedBytes, bytesLeaked } = status();
  assert.deepEqual([quarantinedOperations, quarantinedBytes, bytesLeaked], [0, 0, 0]);
}
