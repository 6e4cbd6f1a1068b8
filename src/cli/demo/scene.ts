/** The parts that a scene is made of, and what is found in it. */

import type { DemoEvent, Facts, LibraryName } from "./protocol.ts";
import type { Stage } from "./stage.ts";

/** Plays a part; a number asks for process.exit(number) at once, with I/O still pending. */
export type Play = (stage: Stage) => Promise<number | undefined>;

export interface Part {
  /** Shown above the views where a scene has several parts. */
  readonly title: string;
  /** FIFOs made for the part; the parent holds a writing end of each, so "r" does not wait. */
  readonly fifos: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly play: Readonly<Record<LibraryName, Play>>;
  readonly judge: (outcome: PartOutcome) => Finding[];
}

export interface Scene {
  readonly number: number;
  readonly title: string;
  /** For the table at the end. */
  readonly short: string;
  readonly parts: readonly Part[];
}

/** One thing that was measured, and whether it is as it should be. */
export interface Finding {
  readonly text: string;
  /** What went wrong, in two words for the table; null when nothing did. */
  readonly harm: string | null;
}

export interface PartOutcome {
  readonly facts: Facts;
  readonly events: readonly DemoEvent[];
  /** Why there is nothing to judge: the child threw, printed nothing, or overran its bound. */
  readonly failure: string | null;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** On the child's clock. */
  readonly markedAtMs: number | null;
  readonly exitedAtMs: number;
  /** When the parent lost patience and let bytes into the FIFOs; null when it never had to. */
  readonly releasedAtMs: number | null;
  /** How long the parent was ready to wait after the mark. */
  readonly patienceMs: number;
}

export function finding(ok: boolean, texts: { good: string; bad: string; harm: string }): Finding {
  return ok ? { text: texts.good, harm: null } : { text: texts.bad, harm: texts.harm };
}

/** Milliseconds as people read them. */
export function duration(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
