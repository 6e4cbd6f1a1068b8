// What was played, and how a result is told.

import type { Hazard } from "../../src/cli/hazards/hazard.ts";
import type { Result, Verdict } from "../../src/cli/hazards/judge.ts";
import type { Column } from "./columns.ts";

export interface Cell extends Verdict {
  readonly column: Column;
}

export interface Row {
  readonly hazard: Hazard;
  readonly cells: readonly Cell[];
}

export interface Board {
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly kernel: string;
}

export const WORDS: Readonly<Record<Result, string>> = {
  safe: "safe",
  hazard: "hazard",
  hangs: "hangs",
  cannot: "cannot express",
  failed: "not played",
};

/** Of a column, how many of its cells are `results`. */
export function countOf({ rows }: Board, column: Column, ...results: readonly Result[]): number {
  const cells = rows.flatMap((row) => row.cells.filter((cell) => cell.column === column));
  return cells.filter(({ result }) => results.includes(result)).length;
}
