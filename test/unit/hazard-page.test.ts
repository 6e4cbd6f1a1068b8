// Goal: docs/hazards.md and docs/hazards.svg are what their script makes, with a row for each
// hazard, so that they cannot be left behind when one is added, nor be written by hand; and they
// tell of an Overlapped that is not safe. Method: compare their form, which is everything but the
// evidence and the versions, with that of ones made here of made-up results.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Board, Cell } from "../../scripts/hazards/board.ts";
import type { Column } from "../../scripts/hazards/columns.ts";
import { renderPage } from "../../scripts/hazards/page.ts";
import { renderPicture } from "../../scripts/hazards/picture.ts";
import { renderText } from "../../scripts/hazards/text.ts";
import type { Result } from "../../src/cli/hazards/judge.ts";
import { HAZARDS } from "../../src/cli/hazards/programs/list.ts";

// This file runs as dist/test/unit/hazard-page.test.js.
function read(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url)), "utf8");
}

const RUNTIMES = ["Node 20", "Node 22", "Node 24", "Node 26", "Bun", "Deno"];
const OURS = ["io_uring", "portable", "without shim", "on Bun", "on Deno"];

function column(title: string, group: Column["group"]): Column {
  const library = group === "overlapped" ? "overlapped" : "node:fs";
  const player = { library, command: "node", args: [], env: {} } as const;
  const place = group === "overlapped" ? "Node 20.1.2" : `${title.replace(/ \d+/, "")} 20.1.2`;
  return { name: title, title, group, place, player };
}

const COLUMNS: readonly Column[] = [
  ...RUNTIMES.map((title) => column(title, "runtime")),
  ...OURS.map((title) => column(title, "overlapped")),
];

function board(resultOf: (column: Column) => Result): Board {
  const rows = HAZARDS.map((hazard) => {
    const cells = COLUMNS.map((each): Cell => {
      const findings = [{ text: 'it held "<this> & | that"', harm: null }];
      return { column: each, result: resultOf(each), findings, failure: null };
    });
    return { hazard, cells };
  });
  return { rows, columns: COLUMNS, kernel: "6.18.44-some-build" };
}

const AS_IT_IS: Board = board(({ group }) => (group === "overlapped" ? "safe" : "hazard"));

/** The lines without what a run may change: results, evidence and versions. */
function formOf(page: string): string[] {
  return page
    .split("\n")
    .filter((line) => !/^Linux |^on the \[portable|^\(`OVERLAPPED_SHIM/.test(line))
    .map((line) => {
      if (!line.startsWith("| ")) return line;
      const cells = line.slice(2).split(" | ");
      return `${cells[0]?.replace(/ \d[\d.]*$/, "")}: ${cells.length}`;
    });
}

test("the page has the form that the script makes, with every hazard and all columns", () => {
  const page = read("hazards.md");
  assert.deepEqual(formOf(page), formOf(renderPage(AS_IT_IS)));
  const [head] = page.split("\n").filter((line) => line.includes("| Node 20 |"));
  const titles = [...RUNTIMES, ...OURS.map((title) => `Overlapped, ${title}`)];
  assert.equal(head, `|  | ${titles.join(" | ")} |`);
});

test("the page says that Overlapped is safe only if it is", () => {
  assert.match(read("hazards.md"), /\nOverlapped is safe in all of them, on each backend\.\n/);
  const page = renderPage(board(({ title }) => (title === "portable" ? "hangs" : "safe")));
  assert.match(page, /Overlapped is \*\*not\*\* safe everywhere \(portable\)/);
  assert.doesNotMatch(page, /Overlapped is safe in all/);
});

test("the picture has every hazard, a sign for each cell and a count for each column", () => {
  for (const picture of [read("hazards.svg"), renderPicture(AS_IT_IS)]) {
    for (const { short } of HAZARDS) assert.ok(picture.includes(`>${short}</text>`), short);
    const signs = picture.match(/class="sign"/g) ?? [];
    const inLegend = 4;
    assert.equal(signs.length, HAZARDS.length * COLUMNS.length + inLegend);
    const full = `>${HAZARDS.length}/${HAZARDS.length}</text>`;
    assert.equal(picture.split(full).length - 1, OURS.length);
  }
});

test("what programs have found can break neither a table nor a terminal's lines", () => {
  const page = renderPage(AS_IT_IS);
  assert.ok(page.includes('it held "<this> & \\| that"'));
  assert.ok(renderText(AS_IT_IS).includes("  Node 20: hazard: it held"));
});
