/** What a hazard is: a program, the same for all libraries, and what its sights come to. */

import type { Library } from "./library.ts";
import type { Facts } from "./protocol.ts";
import type { Stage } from "./stage.ts";

export interface Hazard {
  /** That of its file. */
  readonly name: string;
  /** Its row in a table. */
  readonly short: string;
  readonly title: string;
  /** Why it happens, for those who have never met it. */
  readonly story: string;
  /** Where people met it. */
  readonly threads: readonly string[];
  /** FIFOs made for the program; whoever starts it holds a writing end, so "r" does not wait. */
  readonly fifos: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** If it does not expect the end of the process, that is ended and not looked at. */
  readonly play: (stage: Stage, library: Library) => Promise<void>;
  readonly judge: (seen: Seen) => Finding[];
}

/** What was seen of a program that got through. */
export interface Seen {
  readonly facts: Facts;
  /** How long each expectation took to be met, in milliseconds. */
  readonly waits: Readonly<Record<string, number>>;
}

/** One thing that was measured, and whether it is as it should be. */
export interface Finding {
  readonly text: string;
  /** What went wrong, in two words for the table; null when nothing did. */
  readonly harm: string | null;
}

export function finding(ok: boolean, texts: { good: string; bad: string; harm: string }): Finding {
  return ok ? { text: texts.good, harm: null } : { text: texts.bad, harm: texts.harm };
}

/** Milliseconds as people read them. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return `${Math.round(ms).toLocaleString("en")} ms`;
}
