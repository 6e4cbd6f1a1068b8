// docs/hazards.md: the table, how to read it, and each hazard with what was measured.

import { evidence } from "../../src/cli/hazards/judge.ts";
import { bunLibrary } from "../../src/cli/hazards/libraries/bun.ts";
import { denoLibrary } from "../../src/cli/hazards/libraries/deno.ts";
import { nodeLibrary } from "../../src/cli/hazards/libraries/node.ts";
import { overlappedLibrary } from "../../src/cli/hazards/libraries/overlapped.ts";
import type { Calls } from "../../src/cli/hazards/library.ts";
import { PATIENCE_MS } from "../../src/cli/hazards/run-hazard.ts";
import { type Board, countOf, type Row, WORDS } from "./board.ts";

const INTRODUCTION = `# Hazards

What goes wrong when I/O outlives whoever asked for it, played for real with the files of each
runtime and with Overlapped. Made by \`npm run hazards\` from what ran; nothing here is from a
manual. Some of the programs are what \`overlapped demo\` plays on your own machine.

![Hazards by library: safe, hazard, hangs, cannot express](hazards.svg)`;

const READING = `## How to read it

Each hazard is [one program](../src/cli/hazards/programs/), the same for all, against
[one interface](../src/cli/hazards/library.ts) that each library
[adapts itself](../src/cli/hazards/libraries/) to, with the calls that its careful users would
write. Each run is a process of its own. The verdict is on what was seen, from outside or by the
program, and not on what the library says of itself.

* **safe**: it went as it should.
* **hazard**: it went wrong: bytes lost, memory or files that somebody else wrote to.
* **hangs**: what should have happened had not after ${PATIENCE_MS / 1000} seconds, and the process
  was killed. How many of its threads sat in \`read()\` by then is what the kernel says.
* **cannot express**: the library has no way to say it.

A read of a FIFO stands for all that may wait: terminals, devices, serial lines. What nobody can
stop, such as a disk that has begun, is in the [truth table](truth-table.md). Milliseconds are of
one run on a small machine; the verdicts do not hang on them.

To be fair: these are the hazards that people met with Node and others, so it is no wonder that
they have them. Who reads ordinary files to their end meets few of them. And Node can read FIFOs
and terminals without a thread, by \`net.Socket\` and \`tty.ReadStream\` instead of \`fs\`:
Overlapped is made of such parts where there is neither io_uring nor a shim.`;

const CALLS: Readonly<Record<keyof Calls, string>> = {
  memory: "memory to read into",
  read: "a read",
  timeout: "giving up after a while",
  raw: "a descriptor that is closed early",
  readFile: "a whole file, with a signal",
  stream: "a stream, and its end",
  writer: "a writer",
};

export function renderPage(board: Board): string {
  const parts = [
    INTRODUCTION,
    table(board),
    sentence(board),
    READING,
    versions(board),
    ["## What is called", calls()].join("\n\n"),
    ...board.rows.map(section),
  ];
  return `${parts.join("\n\n")}\n`;
}

function table({ rows, columns }: Board): string {
  const heads = columns.map(({ title, group }) =>
    group === "overlapped" ? `Overlapped, ${title}` : title,
  );
  return tableOf(
    ["", ...heads],
    rows.map(({ hazard, cells }) => [
      `[${hazard.short}](#${hazard.name})`,
      ...cells.map(({ result }) => (result === "safe" ? "safe" : `**${WORDS[result]}**`)),
    ]),
  );
}

function sentence(board: Board): string {
  const ours = board.columns.filter(({ group }) => group === "overlapped");
  const unsafe = ours.filter((column) => countOf(board, column, "safe") < board.rows.length);
  if (unsafe.length === 0) return "Overlapped is safe in all of them, on each backend.";
  const names = unsafe.map(({ title }) => title).join(", ");
  return `Overlapped is **not** safe everywhere (${names}): see below why.`;
}

function versions({ columns, kernel }: Board): string {
  const places = columns
    .filter(({ group }) => group === "runtime")
    .map(({ place }) => place)
    .join(", ");
  const [first] = columns.filter(({ group }) => group === "overlapped");
  const linux = /^[\d.]+/.exec(kernel)?.[0] ?? kernel;
  return `## What it ran on

Linux ${linux}. ${places}. Overlapped ran on ${first?.place}: on [io_uring](backends.md),
on the [portable backend](portable.md) with the native shim, and on the same without it
(\`OVERLAPPED_SHIM=off\`); on Bun and Deno without it. \`UV_THREADPOOL_SIZE\` was not set, so each
pool had the threads that it has by default.`;
}

function calls(): string {
  const libraries = [nodeLibrary, bunLibrary, denoLibrary, overlappedLibrary];
  return tableOf(
    ["", "Node", "Bun", "Deno", "Overlapped"],
    Object.entries(CALLS).map(([call, what]) => [
      what,
      ...libraries.map((library) => library.calls[call as keyof Calls]),
    ]),
  );
}

function section({ hazard, cells }: Row): string {
  const { name, title, story, threads } = hazard;
  const places = cells.map((cell) => [
    cell.column.group === "overlapped" ? `Overlapped, ${cell.column.title}` : cell.column.place,
    WORDS[cell.result],
    evidence(cell),
  ]);
  return [
    `## ${name}`,
    `${title}. ${story}`,
    `Program: [${name}.ts](../src/cli/hazards/programs/${name}.ts).`,
    `Met by others: ${links(threads)}.`,
    tableOf(["", "", "evidence"], places),
  ].join("\n\n");
}

/** Named as people name threads: project and number. */
function links(threads: readonly string[]): string {
  return threads
    .map((url) => {
      const [, project, number] = /github\.com\/[^/]+\/([^/]+)\/\w+\/(\d+)$/.exec(url) ?? [];
      return `[${project}#${number}](${url})`;
    })
    .join(", ");
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}
