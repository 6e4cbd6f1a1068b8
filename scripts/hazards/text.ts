// The board for a terminal: the table, and below it what was measured.

import { evidence } from "../../src/cli/hazards/judge.ts";
import { type Board, WORDS } from "./board.ts";

export function renderText({ rows, columns }: Board): string {
  const table = [
    ["", ...columns.map(({ title }) => title)],
    ...rows.map(({ hazard, cells }) => [hazard.name, ...cells.map(({ result }) => WORDS[result])]),
  ];
  const widths = table[0]!.map((_, at) => Math.max(...table.map((cells) => cells[at]!.length)));
  const lines = table.map((cells) =>
    cells
      .map((text, at) => text.padEnd(widths[at]!))
      .join("  ")
      .trimEnd(),
  );
  const details = rows.flatMap(({ hazard, cells }) => [
    "",
    `${hazard.name}: ${hazard.title}`,
    ...cells.map((cell) => `  ${cell.column.title}: ${WORDS[cell.result]}: ${evidence(cell)}`),
  ]);
  return [...lines, ...details].join("\n");
}
