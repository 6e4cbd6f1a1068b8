/** From what was seen of a program to a verdict; what was not seen has failed, and is not safe. */

import { duration, type Finding, type Hazard } from "./hazard.ts";
import type { Facts, HazardEvent } from "./protocol.ts";

/**
 * - `safe`: it went as it should.
 * - `hazard`: it went wrong.
 * - `hangs`: what was expected did not happen, and the process was killed.
 * - `cannot`: the library has no way to say it.
 * - `failed`: the program could not be played, so nothing is known.
 */
export type Result = "safe" | "hazard" | "hangs" | "cannot" | "failed";

/** What was seen from outside, and what the program told. */
export interface Observation {
  readonly facts: Facts;
  readonly events: readonly HazardEvent[];
  readonly waits: Readonly<Record<string, number>>;
  /** What the library cannot say; null if it could. */
  readonly cannot: string | null;
  readonly hang: Hang | null;
  /** Why there is nothing to judge: it threw, said nothing, or overran its bound. */
  readonly failure: string | null;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** It was ended from outside, by its process id. */
  readonly isKilled: boolean;
}

/** What did not happen. */
export interface Hang {
  readonly text: string;
  /** For how long it was waited for, in milliseconds. */
  readonly patienceMs: number;
  /** Threads that sat in a read by then; null if the system does not show it. */
  readonly threads: number | null;
}

export interface Verdict {
  readonly result: Result;
  readonly findings: readonly Finding[];
  /** Why it could not be judged; null when it could. */
  readonly failure: string | null;
}

export function judge(hazard: Hazard, seen: Observation): Verdict {
  const { cannot, hang, failure, exitSignal, isKilled } = seen;
  if (exitSignal !== null && !isKilled) {
    const text = `the process was ended by ${exitSignal}`;
    return { result: "hazard", findings: [{ text, harm: "crashed" }], failure: null };
  }
  if (failure !== null) return { result: "failed", findings: [], failure };
  if (cannot !== null) {
    const findings = [{ text: cannot, harm: "cannot be said" }];
    return { result: "cannot", findings, failure: null };
  }
  if (hang !== null) return { result: "hangs", findings: [findingOf(hang)], failure: null };
  try {
    const findings = hazard.judge(seen);
    const isHarmed = findings.some(({ harm }) => harm !== null);
    return { result: isHarmed ? "hazard" : "safe", findings, failure: null };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { result: "failed", findings: [], failure: text };
  }
}

function findingOf({ text, patienceMs, threads }: Hang): Finding {
  const waiting = threads === null || threads === 0 ? "" : ` with ${reads(threads)}`;
  const killed = `the process was killed${waiting}`;
  return { text: `${text} did not come within ${duration(patienceMs)}: ${killed}`, harm: "hangs" };
}

function reads(threads: number): string {
  return threads === 1 ? "a thread in read()" : `${threads} threads in read()`;
}

/** What went wrong, or if nothing did all that was measured, as sentences. */
export function evidence({ findings, failure }: Verdict): string {
  if (failure !== null) return failure.split("\n")[0] ?? failure;
  const harms = findings.filter(({ harm }) => harm !== null);
  return (harms.length > 0 ? harms : findings).map(({ text }) => text).join("; ");
}
