// Goal: the list of mutants fits the code, so that it does not rot while nobody runs it, and has
// every mistake that was promised. Method: look at each entry and the files it names; the run
// itself is `npm run mutants`.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "../../scripts/mutants/list.ts";
import { sourceOf, staleness } from "../../scripts/mutants/mutant.ts";
import { failedTest } from "../../scripts/mutants/run-test.ts";

// This file runs as dist/test/unit/mutants.test.js.
const root: string = fileURLToPath(new URL("../../../", import.meta.url));
const names: readonly string[] = MUTANTS.map(({ name }) => name);

const PROMISED = [
  "release on the cancel's result",
  "release on ENOENT",
  "settle on timeout without completion",
  "free on ring close",
  "cancel dropped when the queue is full",
  "slot reused before the cancel's completion",
  "generation ignored",
  "close does not wait",
  "close twice",
  "new work accepted while closing",
  "bytes of a late completion dropped",
  "abandoned open leaks its descriptor",
  "push-back in the wrong order",
  "fence missing",
  "buffer attached while lent",
  "pool hands out a quarantined buffer",
  "listener not removed",
  "second completion settles twice",
  "short write reported as whole",
  "drain returns with work in flight",
];

test("the mutants are many, and each that was promised is among them", () => {
  assert.ok(MUTANTS.length >= 30, `${MUTANTS.length}`);
  assert.equal(new Set(names).size, names.length, "two of one name");
  assert.deepEqual(
    PROMISED.filter((name) => !names.includes(name)),
    [],
  );
});

test("each mutant's text is in its file, once", () => {
  const stale = MUTANTS.flatMap((mutant) => {
    const why = staleness(root, mutant);
    return why === undefined ? [] : [`${mutant.name}: ${why}`];
  });
  assert.deepEqual(stale, []);
});

test("each mutant names tests, and they are there", () => {
  const missing = MUTANTS.filter(
    ({ killers }) =>
      killers.length === 0 || !killers.every((killer) => existsSync(join(root, sourceOf(killer)))),
  );
  assert.deepEqual(missing, []);
});

test("docs/mutants.md has a row for each mutant, in the order of the list", () => {
  const page = readFileSync(join(root, "docs/mutants.md"), "utf8");
  const rows = [...page.matchAll(/^\| (.+?) \| `[^`]+` \| `test\//gm)].map((match) => match[1]);
  assert.deepEqual(rows, names);
});

test("staleness() notices text that is gone, is there twice, or stays the same", () => {
  const mutant = { ...MUTANTS[0]!, file: "package.json" };
  const why = (find: string, replace = ""): string | undefined =>
    staleness(root, { ...mutant, find, replace });
  assert.match(why("no such text") ?? "", /0 times/);
  assert.match(why('"') ?? "", /\d\d times/);
  assert.match(why('"type": "module"', '"type": "module"') ?? "", /changes nothing/);
  assert.match(staleness(root, { ...mutant, file: "src/none.ts" }) ?? "", /there is no/);
  assert.equal(why('"type": "module"'), undefined);
});

test("failedTest() finds failures in TAP, and no skipped or passing tests", () => {
  assert.equal(failedTest("    not ok 2 - reads \\#1 and \\\\2"), "reads #1 and \\2");
  assert.equal(failedTest(`not ok 1 - later # ${["TO", "DO"].join("")} some day`), undefined);
  assert.equal(failedTest("ok 1 - reads # SKIP no ring"), undefined);
  assert.equal(failedTest("# not ok 1 - said by a test"), undefined);
});
