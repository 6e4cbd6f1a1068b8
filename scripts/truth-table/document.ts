// The document: what is measured becomes rows of Markdown.

import { type Case, nameOf, type Way } from "./case.ts";
import type { Facts } from "./machine.ts";
import type { Figures, Spread } from "./measure.ts";

/** What a row has to tell: figures, or why there are none. */
export type Result = Figures | { readonly reason: string };

export interface Row {
  readonly row: Case;
  readonly result: Result;
}

export const WAYS: readonly Way[] = ["open", "read", "write"];

const TITLES: Readonly<Record<Way, string>> = { open: "Opens", read: "Reads", write: "Writes" };

export const COLUMNS: readonly string[] = [
  "kind",
  "waits",
  "cancelable while it waits",
  "cancel() → outcome, µs",
  "call → outcome, µs",
  "conserved",
];

const INTRODUCTION = `# Truth table

What can be stopped on this kernel, and what becomes of the bytes. Made by \`npm run truth-table\`
from what ran, each row in a process of its own; nothing here is from a manual.
What differs on other Nodes, Bun and Deno is in the [table of runtimes](runtimes.md).`;

const EXPLANATION = `- **waits**: where an operation was that had nothing to do yet.
  *until ready*: in the ring, which asks the file to say when it is ready; that costs no thread.
  *in a kernel thread*: of io_uring's own, with the function it waited in. *at the device*: it has
  begun, and ends by itself. *never*: it was over when the call that handed it to the kernel
  returned. With a share, if not all did.
  A terminal always has O_NONBLOCK, asked for or not: without it a write would wait within the
  system call and stop the thread.
- **cancelable while it waits**: of those that waited and were asked to stop, how many were
  canceled. The others came to their end all the same, and said so: what cannot be stopped is not
  said to be. *mostly* and *rarely*: until it has begun, or until a part of it is done.
- **cancel() → outcome**: microseconds from asking it to stop to its outcome, in JavaScript; median
  and 99th percentile. Of what cannot be stopped, this is the time that it takes.
- **call → outcome**: of one that need not wait.
- **conserved**: operations were stopped at random, before, while and after the other end wrote or
  read. Every byte has to arrive once and in order, and every write to have written what it says.`;

export function render(rows: readonly Row[], facts: Facts, lacks: readonly string[]): string {
  const { kernel, node, date, machine, isRoot } = facts;
  const place = [
    `- Kernel: ${kernel}`,
    `- Node: ${node}`,
    `- Date: ${date}`,
    `- Machine: ${machine}; ${isRoot ? "as root" : "not as root"}`,
  ];
  const sections = WAYS.flatMap((way) => [
    `## ${TITLES[way]}`,
    tableOf(rows.filter(({ row }) => row.way === way)),
  ]);
  const parts = [
    ...[INTRODUCTION, place.join("\n"), "## How to read it", EXPLANATION, ...sections],
    ...["## Not on this machine, and so not claimed", lacks.map((lack) => `- ${lack}`).join("\n")],
  ];
  return `${parts.join("\n\n")}\n`;
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ row, result }) => [nameOf(row), ...cellsOf(row, result)]);
  const rule = COLUMNS.map(() => "---");
  return [COLUMNS, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellsOf(row: Case, result: Result): string[] {
  if ("reason" in result) return [`not measured: ${result.reason}`, "", "", "", ""];
  const { waited, canceled, stop, call, conserved } = result;
  return [
    waitsCell(row, result),
    waited === 0 ? "" : cancelableCell(canceled, waited),
    spreadCell(waited === 0 ? null : stop),
    spreadCell(call),
    conserved,
  ];
}

function cancelableCell(canceled: number, waited: number): string {
  const fraction = canceled / waited;
  const word =
    fraction === 1 ? "yes" : fraction === 0 ? "no" : fraction > 0.5 ? "mostly" : "rarely";
  return `${word}: ${share(canceled, waited)}`;
}

function waitsCell(row: Case, figures: Figures): string {
  const { begun, waited, failures } = figures;
  const failing = failures.length === 0 ? "" : `; fails: ${failures.join(", ")}`;
  if (waited === 0) return `never${failing}`;
  const some = waited === begun ? "" : ` (${share(waited, begun)})`;
  return placeOf(row, figures) + some + failing;
}

function placeOf({ waiter }: Case, figures: Figures): string {
  const { hasWorkers, workers, waitsAlone, canceled, waited } = figures;
  if (waiter !== undefined) return `in ${waiter}`;
  if (waitsAlone && canceled === waited) return "until ready";
  if (hasWorkers) {
    const places = workers.filter((place) => place !== "running").map((place) => `\`${place}\``);
    return `in a kernel thread${places.length === 0 ? "" : `, ${places.join(", ")}`}`;
  }
  return "at the device";
}

function share(some: number, all: number): string {
  return `${some.toLocaleString("en")} of ${all.toLocaleString("en")}`;
}

function spreadCell(spread: Spread | null): string {
  return spread === null ? "" : `${short(spread.median)} / ${short(spread.p99)}`;
}

function short(us: number): string {
  return us < 100 ? us.toFixed(1) : Math.round(us).toLocaleString("en");
}
