// Goal: the model of an operation's life and the code have the same states and transitions, and
// nothing that the model checker says against the model is missed. Spin itself runs with `npm run
// model`, which also demands that it comes to every statement of the model, and so to every edge.
// Method: the statements of the model beside TRANSITIONS; the same with a model that was changed;
// reports as Spin prints them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { readModel } from "../../scripts/model/promela.ts";
import { readReport } from "../../scripts/model/report.ts";
import { TRANSITIONS } from "../../src/operation/operation.ts";

// This file runs as dist/test/unit/model.test.js.
const TEXT = readFileSync(new URL("../../../test/model/operation.pml", import.meta.url), "utf8");

const IN_CODE = Object.entries(TRANSITIONS)
  .flatMap(([from, all]) => all.map((to) => `${from} → ${to}`))
  .sort();

/** The model with one text in the place of another, which must be there. */
function changed(before: string, after: string): string {
  assert.ok(TEXT.includes(before), `not in the model: ${before}`);
  return TEXT.replace(before, after);
}

describe("the model of an operation", () => {
  test("has the states of the code", () => {
    assert.deepEqual([...readModel(TEXT).states].sort(), Object.keys(TRANSITIONS).sort());
  });

  test("has the transitions of the code", () => {
    assert.deepEqual(readModel(TEXT).transitions, IN_CODE);
  });

  test("would differ if it lost a transition", () => {
    const less = changed("enter(i, canceling, abandoned);", "skip;");
    assert.deepEqual(
      readModel(less).transitions,
      IN_CODE.filter((pair) => pair !== "canceling → abandoned"),
    );
  });

  test("would differ if it gained a transition or a state", () => {
    const more = changed("enter(i, submitted, abandoned);", "enter(i, submitted, queued);");
    const { transitions } = readModel(more);
    assert.ok(transitions.includes("submitted → queued"));
    assert.ok(!transitions.includes("submitted → abandoned"));
    const { states } = readModel(changed("abandoned, settled }", "abandoned, lost, settled }"));
    assert.ok(states.includes("lost"));
  });

  test("says nothing in comments", () => {
    const comment = "/* enter(i, settled, queued) */ // enter(i, settled, queued)\ninit {";
    assert.deepEqual(readModel(changed("init {", comment)).transitions, IN_CODE);
  });

  test("changes a state in one way only", () => {
    const ways: readonly (readonly [before: string, after: string])[] = [
      ["isLent[i] = false;", "isLent[i] = false; state[i] = settled;"],
      ["isLent[i] = false;", "isLent[i] = false; state[i]++;"],
      ["assert(state[who] == from);", "skip;"],
      ["state[who] = to", "state[who] = from"],
      ["mtype state[RECORDS] = queued", "mtype state[RECORDS] = submitted"],
      ["tell(i)", "enter(i, TWO, settled + 0); tell(i)"],
      ["init {", "#ifdef SOMETHING\nenter(i, settled, queued)\n#endif\ninit {"],
    ];
    for (const [before, after] of ways) {
      assert.throws(
        () => readModel(changed(before, after)),
        /^Error: Cannot read the model/,
        after,
      );
    }
  });

  test("has mistakes that are compiled in by their names", () => {
    const { mistakes } = readModel(TEXT);
    assert.ok(mistakes.length >= 20, `${mistakes.length} mistakes`);
    for (const { name, kind } of mistakes) {
      assert.match(TEXT, new RegExp(`^#(?:ifn?def|(?:el)?if defined\\()\\s*\\(?${name}\\b`, "m"));
      assert.equal(name.startsWith("UNSAFE_"), kind === "unsafe");
    }
    assert.equal(new Set(mistakes.map(({ name }) => name)).size, mistakes.length);
  });
});

const GOOD = `
(Spin Version 6.5.2 -- 6 December 2019)
	+ Partial Order Reduction

Full statespace search for:
	never claim         	- (not selected)
	assertion violations	+
	invalid end states	+

State-vector 128 byte, depth reached 1474, errors: 0
  1377556 states, stored
 15265579 states, matched
 1.6643135e+07 transitions (= stored+matched)
2.2 atomic steps

unreached in proctype Ring
	operation.pml:551, state 66, "-end-"
	(1 of 66 states)
unreached in init
	(0 of 7 states)
`;

describe("a report of Spin", () => {
  test("without errors", () => {
    assert.deepEqual(readReport(GOOD), {
      states: 1_377_556,
      transitions: 16_643_135,
      depth: 1474,
      violation: null,
      unreached: [],
      gap: null,
    });
  });

  test("of an assertion, of a cycle, and of what has no name", () => {
    const bad = GOOD.replace("errors: 0", "errors: 1");
    const assertion = readReport(`pan:1: assertion violated  (i<9) (at depth 12)\n${bad}`);
    assert.equal(assertion.violation, "assertion violated (i<9)");
    const cycle = readReport(`pan:1: acceptance cycle (at depth 42)\n${bad}`);
    assert.equal(cycle.violation, "acceptance cycle");
    assert.equal(readReport(bad).violation, "an error that Spin does not name");
  });

  test("of what was never reached", () => {
    const line = '\toperation.pml:540, state 60, "isOpen = 0"';
    const { unreached } = readReport(GOOD.replace("unreached in init", `$&\n${line}`));
    assert.deepEqual(unreached, ["operation.pml:540, isOpen = 0"]);
  });

  test("of a search that left something out", () => {
    const texts = [
      GOOD.replace("Full statespace search", "Bit statespace search"),
      GOOD.replace("Full statespace search", "Statespace search"),
      `error: max search depth too small\n${GOOD}`,
      `Warning: Search not completed\n${GOOD}`,
      `pan: out of memory\n${GOOD}`,
    ];
    for (const text of texts) assert.notEqual(readReport(text).gap, null, text.slice(0, 60));
  });

  test("that is none", () => {
    assert.throws(() => readReport("Segmentation fault"), /Cannot read what the verifier says/);
  });
});
