/**
 * Goal: the demo tells the truth about what was measured, in any width, and in a log plainly.
 * Method: the judges get made-up measurements of a library gone wrong, which they must call by
 * name; the layout gets events that do not fit.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { views, wrap } from "../../../src/cli/demo/layout.ts";
import { paintFor, visibleLength, wantsColor } from "../../../src/cli/demo/paint.ts";
import { type Fact, parseLine } from "../../../src/cli/demo/protocol.ts";
import { sentence, summary } from "../../../src/cli/demo/render.ts";
import {
  allSafe,
  judge,
  type LibraryReport,
  type PartReport,
  type SceneReport,
} from "../../../src/cli/demo/run-demo.ts";
import { SCENES } from "../../../src/cli/demo/scenes.ts";

/** What a safe run of each part measures; a test spoils one thing at a time. */
const SAFE: Readonly<Record<string, Record<string, Fact>>> = {
  "1.0": {
    ...{ reachable: false, refusal: "ERR_BUFFER_LENT", intended: "mine", found: "mine" },
    ...{ code: "ETIMEDOUT", heldAfter: 0, waitedMs: 50, completions: 2, sent: "l", nextRead: "l" },
  },
  "2.0": { fileAtMs: 20, fileMs: 1, text: "an ordinary file\n", closed: 4 },
  "2.1": {},
  "3.0": { sent: "HELLO", got: "HELLO", closed: true },
  "4.0": {
    ...{ got: "AAAAAAAA", rounds: 100, own: 60, canceled: 40, foreign: 0 },
    ...{ order: "read, then close", code: "ABORT_ERR", descriptorClosed: true },
  },
};

function outcome(facts: Record<string, Fact>, rest: Partial<PartReport> = {}): PartReport {
  const end = { exitCode: 0, exitSignal: null, markedAtMs: 10, exitedAtMs: 30 };
  const bound = { releasedAtMs: null, patienceMs: 1500, failure: null };
  return { title: "", facts, events: [], ...end, ...bound, ...rest };
}

function judged(
  key: string,
  facts: Record<string, Fact>,
  rest?: Partial<PartReport>,
): LibraryReport {
  const [scene, part] = key.split(".").map(Number);
  const parts = SCENES[scene! - 1]!.parts.slice(part, part! + 1);
  return judge("overlapped", parts, [outcome({ ...SAFE[key], ...facts }, rest)]);
}

test("judges: what is safe is called safe, what is not by its name", () => {
  for (const key of Object.keys(SAFE)) assert.equal(judged(key, {}).result, "safe", key);
  const hazards: [string, Record<string, Fact>, Partial<PartReport>, string][] = [
    ["1.0", { reachable: true }, {}, "buffer shared"],
    ["1.0", { found: "LATE" }, {}, "corrupted"],
    ["1.0", { code: "ABORT_ERR" }, {}, "settled early"],
    ["1.0", { heldAfter: 1 }, {}, "settled early"],
    ["1.0", { completions: 0 }, {}, "settled early"],
    ["1.0", { nextRead: "" }, {}, "bytes lost"],
    ["2.0", { fileAtMs: 1510 }, { releasedAtMs: 1500 }, "pool frozen, close hangs"],
    ["2.0", { closed: 3 }, {}, "close hangs"],
    ["2.0", {}, { releasedAtMs: 1500 }, "close hangs"],
    ["2.1", {}, { releasedAtMs: 1500 }, "exit hangs"],
    ["2.1", {}, { exitCode: 3 }, "exit hangs"],
    ["3.0", { closed: false }, {}, "stream held"],
    ["3.0", { got: "WORLD" }, {}, "bytes lost"],
    ["4.0", { foreign: 1 }, {}, "wrong file read"],
    ["4.0", { order: "close, then read" }, {}, "close did not wait"],
    ["4.0", { descriptorClosed: false }, {}, "close did not wait"],
  ];
  for (const [key, facts, rest, harm] of hazards) {
    const report = judged(key, facts, rest);
    assert.equal(report.result, "hazard", `${key} ${JSON.stringify(facts)}`);
    assert.equal(report.findings.flatMap((each) => each.harm ?? []).join(", "), harm);
    assert.equal(allSafe([scene(report)], [SCENES[0]!]), false);
  }
});

test("judges: what was not measured has failed, and is not safe", () => {
  const silent = judge("overlapped", SCENES[2]!.parts, [outcome({})]);
  assert.equal(silent.result, "failed");
  assert.match(silent.failure!, /did not measure/);
  const crashed = judge("overlapped", SCENES[2]!.parts, [
    outcome({}, { failure: "ended by SIGSEGV" }),
  ]);
  assert.equal(crashed.result, "failed");
  assert.equal(allSafe([scene(crashed)], [SCENES[2]!]), false);
  assert.equal(allSafe([], SCENES), false);
});

function scene(overlapped: LibraryReport, node: LibraryReport = overlapped): SceneReport {
  const libraries = [{ ...node, library: "node:fs" as const }, overlapped];
  return { scene: 1, title: "A title", short: "a short title", libraries };
}

test("the sentence: a node:fs that has improved is reported, an unsafe Overlapped too", () => {
  const [safe, hazard] = [judged("3.0", {}), judged("3.0", { got: "" })];
  assert.match(sentence([scene(safe, hazard)]), /1 went wrong with node:fs, and none with Overl/);
  assert.match(sentence([scene(safe, safe)]), /has improved in 1, and none with Overlapped/);
  assert.match(sentence([scene(hazard, hazard)]), /Overlapped was not safe in 1/);
});

test("layout: no line is wider than asked, colored or not, and logs carry no codes", () => {
  const long = `thread 1 waits in ${"read(".repeat(30)} and more`;
  const sides = ["kernel", "app", "app", "kernel", "kernel"] as const;
  const events = sides.map((side, index) => ({ side, atMs: index * 700, text: long }));
  const reports = [scene(judged("3.0", {}), judged("3.0", { got: "" }))];
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

test("protocol: what is not ours is no line", () => {
  const line = { type: "mark", atMs: 1 } as const;
  assert.deepEqual(parseLine(JSON.stringify(line)), line);
  for (const text of ["", "warning", "null", "{}", '{"type":"other","atMs":1}']) {
    assert.equal(parseLine(text), null);
  }
});
