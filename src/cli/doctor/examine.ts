/** The whole examination: facts, backends, kinds of request, and a live check of each promise. */

import { type Status, status } from "../../index.ts";
import { type BackendReport, reportBackends } from "./backends.ts";
import { Bed } from "./bed.ts";
import { CHECKS, type Check } from "./checks.ts";
import { describeMachine, type Machine } from "./machine.ts";

export interface CheckReport {
  readonly promise: string;
  readonly title: string;
  readonly result: "kept" | "broken" | "skipped";
  /** What is wrong, or why it was skipped; null if it is kept. */
  readonly detail: string | null;
  readonly durationMs: number;
}

export interface Examination {
  /** Whether there is a backend, and every promise that was checked is kept. */
  readonly isWell: boolean;
  readonly backend: string | null;
  /** Why there is none. */
  readonly reason: string | null;
  readonly machine: Machine;
  readonly backends: readonly BackendReport[];
  /** Kinds of request, by how they are done. */
  readonly kinds: Readonly<Record<"native" | "emulated" | "absent", readonly string[]>>;
  readonly checks: readonly CheckReport[];
}

export async function examine(): Promise<Examination> {
  const checks = status().backend === null ? [] : await runChecks();
  // After the checks, since a ring may have failed in the middle of them.
  const found = status();
  const { backend, reason, capabilities } = found;
  const backends = reportBackends(found);
  return {
    isWell: backend !== null && checks.every(({ result }) => result !== "broken"),
    backend,
    reason,
    machine: describeMachine(),
    backends,
    kinds: kindsOf(capabilities),
    checks,
  };
}

function kindsOf(capabilities: Status["capabilities"]): Examination["kinds"] {
  const all = Object.entries(capabilities ?? {});
  const of = (wanted: string): string[] =>
    all.filter(([, capability]) => capability === wanted).map(([kind]) => kind);
  return { native: of("native"), emulated: of("emulated"), absent: of("absent") };
}

async function runChecks(): Promise<CheckReport[]> {
  const bed = new Bed();
  const reports: CheckReport[] = [];
  try {
    // One after the other: each looks at what is in flight.
    for (const check of CHECKS) reports.push(await runCheck(check, bed));
  } finally {
    bed.dispose();
  }
  return reports;
}

async function runCheck({ promise, title, run }: Check, bed: Bed): Promise<CheckReport> {
  if (bed.why !== null) {
    return { promise, title, result: "skipped", detail: bed.why, durationMs: 0 };
  }
  const startMs = performance.now();
  let detail: string | null = null;
  try {
    await run(bed);
  } catch (error) {
    detail = error instanceof Error ? error.message : String(error);
  }
  const durationMs = Math.round((performance.now() - startMs) * 10) / 10;
  return { promise, title, result: detail === null ? "kept" : "broken", detail, durationMs };
}
