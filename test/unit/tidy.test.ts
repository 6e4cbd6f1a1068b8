// Goal: tidy notices what it says it notices, and nothing else. Method: for each rule a bad and a
// good tree of a few lines; then the rules on the real tree.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { format, RULES, tidy } from "../../scripts/tidy/rules.ts";
import { readTree, treeOf } from "../../scripts/tidy/tree.ts";
import { CASES } from "./tidy-cases.ts";

describe("tidy rules", () => {
  for (const { rule, bad, good, at } of CASES) {
    test(`${rule.name} finds what is wrong at ${at}`, () => {
      const findings = rule(treeOf(bad));
      const places = findings.map(({ path, line }) => `${path}:${line}`);
      assert.deepEqual(places, [at], findings.map(format).join("\n"));
      assert.match(format(findings[0]!), /^[\w./-]+:\d+: .+; .+$/);
    });
    test(`${rule.name} accepts what is right (${Object.keys(good).join(", ")})`, () => {
      assert.deepEqual(rule(treeOf(good)).map(format), []);
    });
  }

  test("every rule has a case", () => {
    const tested = new Set(CASES.map(({ rule }) => rule));
    assert.deepEqual(
      RULES.filter((rule) => !tested.has(rule)),
      [],
    );
  });
});

test("tidy() finds nothing in this repository", () => {
  // This file runs as dist/test/unit/tidy.test.js.
  const tree = readTree(fileURLToPath(new URL("../../../", import.meta.url)));
  assert.ok(tree.has("package.json"));
  const findings = tidy(tree).map(format);
  // No comparison of strings: its report would leave most findings out.
  if (findings.length > 0) assert.fail(`\n${findings.join("\n")}`);
});
