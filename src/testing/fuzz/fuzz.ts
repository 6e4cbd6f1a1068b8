// Session after session, from one seed on, until time or steps are over, or one fails.

import { Coverage } from "./coverage.ts";
import { drawPlan } from "./plan.ts";
import { runSession, type SessionResult } from "./session.ts";
import { type Shrunk, shrink } from "./shrink.ts";

/** Seeds are 32 bits. */
export const SEED_END: number = 0x1_0000_0000;

export interface FuzzOptions {
  /** That of the first session; the next has the next. */
  readonly seed: number;
  readonly turn: () => Promise<void>;
  /** Asked before each session. */
  readonly isOver: (coverage: Coverage) => boolean;
}

export interface FuzzResult {
  readonly coverage: Coverage;
  /** The first session that failed. */
  readonly failed: SessionResult | null;
}

export async function fuzz({ seed, turn, isOver }: FuzzOptions): Promise<FuzzResult> {
  const coverage = new Coverage();
  for (let next = seed; !isOver(coverage); next = (next + 1) % SEED_END) {
    const result = await runSession(drawPlan(next), { turn, coverage });
    if (result.finding !== null) return { coverage, failed: result };
  }
  return { coverage, failed: null };
}

/** Makes a failed session smaller, played in the same way. */
export function shrinkSession(failed: SessionResult, turn: () => Promise<void>): Promise<Shrunk> {
  return shrink(failed, (plan) => runSession(plan, { turn }));
}
