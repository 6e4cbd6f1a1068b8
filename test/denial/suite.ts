// The conformance suite in a process whose io_uring_setup is answered by a seccomp filter.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Launcher } from "../support/denied.ts";
import { makeTemporary } from "../support/temp.ts";

/** Of which some 1,000 are there without io_uring: fewer, and they were not run. */
const CASES_MIN = 850;

/** What is chosen where io_uring is denied. */
export const CHOSEN: URL = new URL("./chosen-suite.js", import.meta.url);

export const WITHOUT_SHIM: URL = new URL("../conformance/without-shim.test.js", import.meta.url);

export function suitePasses(answer: "EPERM" | "ENOSYS", name: string, suite: URL): void {
  const launcher = new Launcher(makeTemporary("denial"));
  const title = `io_uring_setup answers ${answer}: the suite passes on ${name}`;
  test(title, { skip: launcher.skip }, () => {
    const args = ["--expose-gc", "--test-reporter=tap", fileURLToPath(suite)];
    const { exitCode, out, err } = launcher.run(["--deny", `setup=${answer}`], args);
    const failed = out.split("\n").filter((line) => /^\s*not ok/.test(line));
    assert.deepEqual(failed, []);
    assert.equal(exitCode, 0, err);
    const [, count = "0"] = /^# pass (\d+)$/m.exec(out) ?? [];
    assert.ok(Number(count) >= CASES_MIN, `only ${count} cases passed`);
  });
}
