// Goal: what the test runners print is counted as what it is: a case once, and a suite not at all.
// Method: their output for a suite of three cases, as each prints it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf } from "../../scripts/runtimes/counts.ts";

const NODE = `TAP version 13
# Subtest: all
    # Subtest: one
    ok 1 - one
      ---
      duration_ms: 0.4
      ...
    # Subtest: two
    not ok 2 - two
      ---
      duration_ms: 0.2
      failureType: 'testCodeFailure'
      ...
    # Subtest: three
    ok 3 - three # SKIP no reason
      ---
      duration_ms: 0.1
      ...
    1..3
not ok 1 - all
  ---
  duration_ms: 2.5
  type: 'suite'
  failureType: 'subtestsFailed'
  ...
1..1
# tests 3
`;

const BUN = `bun test v1.4.5

(pass) all > one [1.00ms]
error: no
(fail) all > two [0.20ms]
(skip) all > three

1 tests skipped:
(skip) all > three

1 tests failed:
(fail) all > two [0.20ms]
`;

const DENO = `running 1 test from ./all.test.js
all ...
  one ... \u001b[32mok\u001b[0m (1ms)
  two ... FAILED (2ms)
  three ... ignored (0ms)
all ... FAILED (due to 1 failed step) (5ms)

 ERRORS 
`;

for (const [kind, output] of [
  ["node", NODE],
  ["bun", BUN],
  ["deno", DENO],
] as const) {
  test(`${kind}: cases are counted, suites and skipped ones are not`, () => {
    assert.deepEqual(countsOf(kind, output), { passed: 1, failed: ["two"] });
  });
}
