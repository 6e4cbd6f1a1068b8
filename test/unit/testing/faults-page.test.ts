// Goal: the page of `overlapped/testing` lists every fault, what it means, and the first set that
// has it. Method: its table is compared with what the simulated kernel knows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type FaultSet, faultsIn } from "../../../src/testing/fault-sets.ts";
import { FAULTS } from "../../../src/testing.ts";

const PAGE = readFileSync(new URL("../../../../docs/testing.md", import.meta.url), "utf8");

test("docs/testing.md has every fault, what it means, and the first set that has it", () => {
  const rows = PAGE.matchAll(/^\| `(\w+)` \| ([^|]+) \| `"(\w+)"` \|$/gm);
  const listed = Array.from(rows, ([, name, meaning, set]) => [name, meaning, set]);
  const sets: readonly FaultSet[] = ["benign", "failures", "all"];
  const known = Object.entries(FAULTS).map(([name, meaning]) => {
    const has = (set: FaultSet): boolean => (faultsIn(set) as readonly string[]).includes(name);
    return [name, meaning, sets.find(has)];
  });
  assert.deepEqual(listed, known);
});
