/** Two views of the same moments, side by side; one below the other where columns are few. */

import type { HazardEvent } from "../hazards/protocol.ts";
import { type Paint, visibleLength } from "./paint.ts";

const INDENT = "  ";
const GUTTER = " │ ";
const TIME_WIDTH = 5;
const LEAD_WIDTH = TIME_WIDTH + 2;
const HEADS = { kernel: "what the kernel did", app: "what the application sees" };
/** Below this a column could not hold its own head. */
const NARROWEST_PAIR = 72;

/** Breaks at spaces; a word longer than the line is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    let rest = word;
    if (line !== "" && line.length + 1 + rest.length > width) {
      lines.push(line);
      line = "";
    }
    while (rest.length > width) {
      lines.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line === "" ? rest : `${line} ${rest}`;
  }
  return [...lines, line];
}

/** The events as lines of at most `width` columns, in the order in which they happened. */
export function views(events: readonly HazardEvent[], width: number, paint: Paint): string[] {
  return width < NARROWEST_PAIR ? stacked(events, width, paint) : paired(events, width, paint);
}

interface Row {
  kernel?: HazardEvent;
  app?: HazardEvent;
}

function paired(events: readonly HazardEvent[], width: number, paint: Paint): string[] {
  const column = Math.floor((width - INDENT.length - GUTTER.length) / 2);
  const head = (text: string): string => " ".repeat(LEAD_WIDTH) + text;
  const left = paint.kernel(head(HEADS.kernel).padEnd(column));
  const lines = [`${INDENT}${left}${paint.dim(GUTTER)}${head(HEADS.app)}`];
  const rule = (length: number): string => "─".repeat(length);
  lines.push(INDENT + paint.dim(`${rule(column)}─┼─${rule(column)}`));
  for (const row of rowsOf(events)) {
    const [kernel, app] = [cell(row.kernel, column, paint), cell(row.app, column, paint)];
    for (let index = 0; index < Math.max(kernel.length, app.length); index += 1) {
      const before = kernel[index] ?? "";
      const pad = " ".repeat(column - visibleLength(before));
      const line = `${INDENT}${before}${pad}${paint.dim(GUTTER)}${app[index] ?? ""}`;
      lines.push(line.trimEnd());
    }
  }
  return lines;
}

/** Neighbors of different sides share a row: each carries its own time. */
function rowsOf(events: readonly HazardEvent[]): Row[] {
  const rows: Row[] = [];
  for (const event of events) {
    const last = rows.at(-1);
    if (last !== undefined && last[event.side] === undefined) last[event.side] = event;
    else rows.push({ [event.side]: event });
  }
  return rows;
}

function cell(event: HazardEvent | undefined, column: number, paint: Paint): string[] {
  if (event === undefined) return [];
  const time = Math.round(event.atMs).toString().padStart(TIME_WIDTH);
  return wrap(event.text, column - LEAD_WIDTH).map((text, index) => {
    const lead = index === 0 ? paint.dim(time) : " ".repeat(TIME_WIDTH);
    const painted = event.side === "kernel" ? paint.kernel(text) : text;
    return `${lead}  ${painted}`;
  });
}

function stacked(events: readonly HazardEvent[], width: number, paint: Paint): string[] {
  const sides = { kernel: "kernel ", app: "app    " };
  const lead = INDENT.length + LEAD_WIDTH + sides.app.length;
  return events.flatMap((event) => {
    const time = paint.dim(Math.round(event.atMs).toString().padStart(TIME_WIDTH));
    const side = event.side === "kernel" ? paint.kernel(sides.kernel) : sides.app;
    return wrap(event.text, width - lead).map((text, index) =>
      index === 0 ? `${INDENT}${time}  ${side}${text}` : " ".repeat(lead) + text,
    );
  });
}
