/**
 * Goal: the demo tells the truth about what was measured, in any width, and in a log plainly.
 * Method: it gets made-up reports, and events that do not fit.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { views, wrap } from "../../../src/cli/demo/layout.ts";
import { paintFor, visibleLength, wantsColor } from "../../../src/cli/demo/paint.ts";
import { sentence, summary } from "../../../src/cli/demo/render.ts";
import {
  allSafe,
  type LibraryReport,
  type PartReport,
  type SceneReport,
  together,
} from "../../../src/cli/demo/run-demo.ts";
import { SCENES } from "../../../src/cli/demo/scenes.ts";
import type { Result } from "../../../src/cli/hazards/judge.ts";

function part(result: Result): PartReport {
  const harm = result === "safe" ? null : "bytes lost";
  const findings = [{ text: `a part that is ${result}`, harm }];
  const failure = result === "failed" ? "threw" : null;
  const end = { exitCode: 0, exitSignal: null, isKilled: false };
  const sights = { events: [], facts: {}, waits: {}, cannot: null, hang: null };
  return { title: "A part", result, findings, failure, ...sights, ...end };
}

function report(...results: Result[]): LibraryReport {
  return together("overlapped", results.map(part));
}

function scene(overlapped: LibraryReport, node: LibraryReport = overlapped): SceneReport {
  const libraries = [{ ...node, library: "node:fs" as const }, overlapped];
  return { scene: 1, title: "A title", short: "a short title", libraries };
}

test("a scene is what its worst part is, and only safe is safe", () => {
  const worst: readonly (readonly [parts: readonly Result[], result: Result])[] = [
    [["safe", "safe"], "safe"],
    [["safe", "failed"], "failed"],
    [["failed", "hazard"], "hazard"],
    [["hazard", "hangs"], "hangs"],
    [["cannot", "safe"], "cannot"],
    [[], "failed"],
  ];
  for (const [parts, result] of worst) {
    const whole = report(...parts);
    assert.equal(whole.result, result);
    assert.equal(whole.findings.length, parts.length);
    assert.equal(allSafe([scene(whole)], [SCENES[0]!]), result === "safe");
  }
  assert.equal(allSafe([], SCENES), false);
});

test("the sentence: a node:fs that has improved is reported, an unsafe Overlapped too", () => {
  const [safe, hazard, hangs] = [report("safe"), report("hazard"), report("hangs")];
  assert.match(sentence([scene(safe, hazard)]), /1 went wrong with node:fs, and none with Overl/);
  assert.match(sentence([scene(safe, hangs)]), /1 went wrong with node:fs, and none with Overl/);
  assert.match(sentence([scene(safe, safe)]), /has improved in 1, and none with Overlapped/);
  assert.match(sentence([scene(hazard, hazard)]), /Overlapped was not safe in 1/);
});

test("layout: no line is wider than asked, colored or not, and logs carry no codes", () => {
  const long = `thread 1 waits in ${"read(".repeat(30)} and more`;
  const sides = ["kernel", "app", "app", "kernel", "kernel"] as const;
  const events = sides.map((side, index) => ({ side, atMs: index * 700, text: long }));
  const reports = [scene(report("safe"), report("hazard"))];
  for (const color of [true, false]) {
    const paint = paintFor(color);
    for (const width of [40, 71, 72, 80, 132]) {
      const lines = [...views(events, width, paint), ...summary(reports, width, paint)];
      for (const line of lines) assert.ok(visibleLength(line) <= width, `${width}: ${line}`);
      assert.equal(/\u001b/.test(lines.join("")), color);
    }
  }
  assert.deepEqual(wrap("ab cdefgh i", 4), ["ab", "cdef", "gh i"]);
});

test("colors: for a terminal without NO_COLOR only", () => {
  assert.equal(wantsColor({ isTTY: true }, {}), true);
  assert.equal(wantsColor({ isTTY: true }, { NO_COLOR: "" }), true);
  assert.equal(wantsColor({ isTTY: true }, { NO_COLOR: "1" }), false);
  assert.equal(wantsColor({ isTTY: true }, { TERM: "dumb" }), false);
  assert.equal(wantsColor({}, {}), false);
});
