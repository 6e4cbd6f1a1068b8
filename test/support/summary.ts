// What a scenario came to, for people and for the script that gathers a page from it: one line of
// JSON each, in the output of the test and, if OVERLAPPED_SUMMARY names a file, at its end.

import { appendFileSync } from "node:fs";
import type { TestContext } from "node:test";

/** Numbers and words that say what happened; never times that a quiet machine would not have. */
export type Figures = Readonly<Record<string, number | string | boolean>>;

export interface Summary {
  /** Of the whole, such as `"faults"`. */
  readonly part: string;
  /** What was done, in words for a table. */
  readonly scenario: string;
  /** On what: a backend, a file system. */
  readonly subject: string;
  readonly figures: Figures;
}

export function summarize(t: TestContext, summary: Summary): void {
  const line = JSON.stringify(summary);
  t.diagnostic(line);
  const path = process.env.OVERLAPPED_SUMMARY;
  if (path !== undefined && path !== "") appendFileSync(path, `${line}\n`);
}
