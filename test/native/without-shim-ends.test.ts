/**
 * Goal: without the shim, a thousand reads that nobody answers delay nobody else, Node's own calls
 * included, and keep neither the process nor a worker from ending (P10); nor do reads of files that
 * libuv's pool is at. Method: the children of `isolation.test.ts` and `exit.test.ts`.
 */

import "./without-shim-here.ts";

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type ChildEnd, ChildScript, runScript } from "../support/children.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { isolationTests } from "./isolation-cases.ts";

const temporary: string = makeTemporary("without-shim-ends");
const leaver = new URL("./exit-child.js", import.meta.url);
let fifos: readonly string[] = [];

before(() => {
  fifos = ["data", "blocked"].map((name) => makeFifo(temporary, name));
});

function assertEnd(end: ChildEnd, exitCode: number | null, lines: readonly string[]): void {
  assert.equal(end.isHanging, false, `it hangs; it said:\n${end.out}${end.err}`);
  assert.deepEqual(end.out.split("\n").slice(0, -1), lines, end.err);
  assert.equal(end.exitCode, exitCode, end.err);
}

isolationTests(temporary, false);

const ENDS: Readonly<Record<string, readonly [exitCode: number, lines: readonly string[]]>> = {
  natural: [0, ["exit 0"]],
  "process.exit": [7, ["exit 7"]],
  throw: [1, ["exit 1"]],
  reject: [1, ["exit 1"]],
  "process.exit with a worker": [8, ["in flight: true", "exit 8"]],
};

for (const [way, [exitCode, lines]] of Object.entries(ENDS)) {
  test(`a process with work in flight ends: ${way}`, async () => {
    assertEnd(await runScript(leaver, [way, ...fifos]), exitCode, lines);
  });
}

for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
  test(`a process with work in flight ends: ${signal}`, async () => {
    const child = new ChildScript(leaver, ["wait", ...fifos]);
    await child.printed("in flight");
    child.kill(signal);
    const end = await child.ended();
    assertEnd(end, null, ["in flight: true"]);
    assert.equal(end.signal, signal);
  });
}
