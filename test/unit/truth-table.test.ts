// Goal: docs/truth-table.md is what its script makes, with a row for each kind, so that it cannot
// be left behind when a kind is added, nor be written by hand. Method: compare its form, which is
// everything but the figures, with that of a document made here; and see that rows tell the truth
// about figures that are made up.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { nameOf } from "../../scripts/truth-table/case.ts";
import { COLUMNS, type Result, render, WAYS } from "../../scripts/truth-table/document.ts";
import { CASES } from "../../scripts/truth-table/list.ts";
import type { Facts } from "../../scripts/truth-table/machine.ts";
import type { Figures } from "../../scripts/truth-table/measure.ts";

// This file runs as dist/test/unit/truth-table.test.js.
const PAGE: string = fileURLToPath(new URL("../../../docs/truth-table.md", import.meta.url));

const FACTS: Facts = {
  kernel: "Linux 6.18.44",
  node: "20.20.2",
  date: "2026-01-01",
  machine: "a machine",
  isRoot: true,
};

const FIGURES: Figures = {
  begun: 500,
  waited: 500,
  canceled: 500,
  stop: { median: 10.04, p99: 1234.5 },
  call: { median: 9, p99: 20 },
  hasWorkers: false,
  workers: [],
  waitsAlone: true,
  failures: [],
  conserved: "yes: all",
};

/** The lines without what differs from machine to machine: cells but for names, facts, lacks. */
function formOf(text: string): string[] {
  const [most = ""] = text.split("\n## Not on this machine");
  return most.split("\n").map((line) => {
    if (/^- (?:Kernel: Linux \d|Node: \d|Date: \d{4}-|Machine: )/.test(line))
      return line.replace(/:.*/, ":");
    if (!line.startsWith("| ") || line.startsWith("| ---")) return line;
    const [name, ...cells] = line.slice(2, -2).split(" | ");
    assert.equal(cells.length, COLUMNS.length - 1, line);
    return name === COLUMNS[0] ? line : `${name}: ${cells.length}`;
  });
}

function made(result: Result): string {
  const rows = CASES.map((row) => ({ row, result }));
  return render(rows, FACTS, ["nothing"]);
}

test("the page has the form that the script makes, and every row", () => {
  const text = readFileSync(PAGE, "utf8");
  assert.deepEqual(formOf(text), formOf(made(FIGURES)));
  assert.match(text, /\n## Not on this machine, and so not claimed\n\n(?:- .+\n)+$/);
  assert.doesNotMatch(text, /\| NO/, "bytes were lost when it was made");
});

test("every way has rows, each name once", () => {
  for (const way of WAYS) {
    const names = CASES.filter((row) => row.way === way).map(nameOf);
    assert.ok(names.length >= 7, way);
    assert.equal(new Set(names).size, names.length, way);
  }
});

function cells(figures: Partial<Figures>): string[] {
  const row = CASES.find(({ kind }) => kind === "pipe")!;
  const text = render([{ row, result: { ...FIGURES, ...figures } }], FACTS, []);
  const line = text.split("\n").find((each) => each.startsWith("| pipe |"))!;
  return line.slice(2, -2).split(" | ").slice(1);
}

test("a row says where it waited, and what could be stopped", () => {
  assert.deepEqual(cells({}), [
    "until ready",
    "yes: 500 of 500",
    "10.0 / 1,235",
    "9.0 / 20.0",
    "yes: all",
  ]);
  assert.deepEqual(cells({ waited: 0, canceled: 0 }).slice(0, 3), ["never", "", ""]);
  const stuck = { canceled: 3, waited: 400 };
  assert.deepEqual(cells(stuck).slice(0, 2), ["at the device (400 of 500)", "rarely: 3 of 400"]);
  assert.equal(cells({ canceled: 0 })[1], "no: 0 of 500");
  assert.equal(cells({ canceled: 499 })[1], "mostly: 499 of 500");
  assert.equal(cells({ waitsAlone: false })[0], "at the device");
  const queued = { waitsAlone: true, hasWorkers: true, workers: ["running"], canceled: 499 };
  assert.equal(cells(queued)[0], "in a kernel thread");
  const inThread = { waitsAlone: false, hasWorkers: true, workers: ["running", "pipe_read"] };
  assert.equal(cells(inThread)[0], "in a kernel thread, `pipe_read`");
  assert.equal(cells({ failures: ["ENOSPC"] })[0], "until ready; fails: ENOSPC");
});

test("what is not to be had is not claimed", () => {
  const text = made({ reason: "it takes root" });
  assert.equal(text.match(/\| not measured: it takes root \|/g)?.length, CASES.length);
});
