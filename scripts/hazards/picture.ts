// docs/hazards.svg: the board at a glance, readable on light and on dark pages.

import type { Result } from "../../src/cli/hazards/judge.ts";
import { type Board, countOf, WORDS } from "./board.ts";
import type { Column } from "./columns.ts";

const LEFT = 284;
const TOP = 76;
const CELL = { width: 50, height: 24 };
const STEP = { x: 54, y: 29 };
/** Between the runtimes and Overlapped. */
const GAP = 18;
const MARGIN = 16;
const LEGEND_HEIGHT = 50;

/** Dark enough for a white sign on it, and to be told apart without color by that sign. */
const COLORS: Readonly<Record<Result, string>> = {
  safe: "#2c8a50",
  hazard: "#c4650d",
  hangs: "#b5293c",
  cannot: "#7d8590",
  failed: "#000000",
};

/** Around the middle of a cell; paths, because fonts differ. */
const SIGNS: Readonly<Record<Result, string>> = {
  safe: "M-6 0.5 L-2 4.5 L6 -4.5",
  hazard: "M0 -6 L0 1.5 M0 5.4 L0 5.6",
  hangs: "M-5 -6 L5 -6 M-5 6 L5 6 M-4 -6 C-4 -1 4 1 4 6 M4 -6 C4 -1 -4 1 -4 6",
  cannot: "M-5 0 L5 0",
  failed: "M-4 -4 L4 4 M4 -4 L-4 4",
};

const STYLE = `
    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
    .group { font-weight: 600; }
    .count { font-weight: 600; }
    .small { font-size: 12px; fill: #59636e; }
    .line { stroke: #d1d9e0; }
    .sign { fill: none; stroke: #fff; stroke-width: 2.2; stroke-linecap: round; }
    .page { fill: #fff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .small { fill: #9198a1; }
      .line { stroke: #3d444d; }
      .page { fill: #0d1117; }
    }`;

export function renderPicture(board: Board): string {
  const { rows, columns } = board;
  const places = placesOf(columns);
  const width = (places.at(-1) ?? LEFT) + CELL.width + MARGIN;
  const bottom = TOP + (rows.length + 1) * STEP.y + 12;
  const height = bottom + LEGEND_HEIGHT;
  const parts = [
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    ...heads(columns, places),
    ...rows.flatMap(({ hazard, cells }, at) => [
      text(MARGIN, middleOf(at), hazard.short),
      ...cells.map((cell, column) => {
        const tip = `${hazard.title}; ${cell.column.place}: ${WORDS[cell.result]}`;
        return cellOf(places[column]!, topOf(at), cell.result, tip);
      }),
    ]),
    ...counts(board, places),
    ...legend(bottom + 14),
  ];
  const lines = parts.map((part) => `  ${part}`).join("\n");
  const title = "Hazards of I/O that outlives its caller, by library";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
  <title>${title}</title>
  <style>${STYLE}
  </style>
${lines}
</svg>
`;
}

function placesOf(columns: readonly Column[]): number[] {
  return columns.map(({ group }, at) => LEFT + at * STEP.x + (group === "overlapped" ? GAP : 0));
}

function topOf(row: number): number {
  return TOP + row * STEP.y;
}

function middleOf(row: number): number {
  return topOf(row) + CELL.height / 2 + 4.5;
}

function heads(columns: readonly Column[], places: readonly number[]): string[] {
  const groups = (["runtime", "overlapped"] as const).flatMap((group) => {
    const its = places.filter((_, at) => columns[at]!.group === group);
    if (its.length === 0) return [];
    const [left, right] = [its[0]!, its.at(-1)! + CELL.width];
    const name = group === "overlapped" ? "Overlapped" : "the runtime's own fs";
    return [
      text((left + right) / 2, 26, name, "group", "middle"),
      `<path class="line" d="M${left} 35 L${right} 35"/>`,
    ];
  });
  const names = columns.flatMap(({ title }, at) => {
    const middle = places[at]! + CELL.width / 2;
    const words = title.split(" ");
    const lines = words.length === 2 ? words : [title];
    return lines.map((line, row) =>
      text(middle, (lines.length === 1 ? 60 : 52) + row * 14, line, "small", "middle"),
    );
  });
  return [...groups, ...names];
}

function cellOf(left: number, top: number, result: Result, tip: string): string {
  const { width, height } = CELL;
  const middle = `translate(${left + width / 2} ${top + height / 2})`;
  return (
    `<g><title>${escaped(tip)}</title>` +
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="5" ` +
    `fill="${COLORS[result]}"/>` +
    `<path class="sign" transform="${middle}" d="${SIGNS[result]}"/></g>`
  );
}

/** How many are safe, of all. */
function counts(board: Board, places: readonly number[]): string[] {
  const row = board.rows.length;
  const all = board.columns.map((column, at) => {
    const safe = countOf(board, column, "safe");
    const middle = places[at]! + CELL.width / 2;
    return text(middle, middleOf(row), `${safe}/${row}`, "count", "middle");
  });
  return [text(MARGIN, middleOf(row), "safe", "count"), ...all];
}

function legend(top: number): string[] {
  const results = ["safe", "hazard", "hangs", "cannot"] as const;
  return results.flatMap((result, at) => {
    const left = MARGIN + at * 150;
    return [
      cellOf(left, top - 6, result, WORDS[result]),
      text(left + CELL.width + 8, top + 10.5, WORDS[result], "small"),
    ];
  });
}

function text(x: number, y: number, content: string, style = "", anchor = ""): string {
  const attributes = [
    ...(style === "" ? [] : [` class="${style}"`]),
    ...(anchor === "" ? [] : [` text-anchor="${anchor}"`]),
  ];
  return `<text x="${x}" y="${y}"${attributes.join("")}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
