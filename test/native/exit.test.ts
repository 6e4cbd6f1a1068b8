/**
 * Goal: no way of ending a process hangs or crashes because the kernel has work of it, and a
 * pending read holds the event loop exactly as long as it is told to. Method: child processes with
 * FIFO reads, file reads, an open that waits, and orphans of each. A child that does not end is
 * killed at a bound far above what it needs, and has failed. All of it on each backend.
 */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type ChildEnd, ChildScript, runScript } from "../support/children.ts";
import { makeFifo } from "../support/fifo.ts";
import { FLAVORS, type Flavor } from "../support/flavors.ts";
import { makeTemporary } from "../support/temp.ts";

const temporary: string = makeTemporary("exit");
const leaver = new URL("./exit-child.js", import.meta.url);
const holder = new URL("./hold-child.js", import.meta.url);
let fifos: string[] = [];

before(() => {
  fifos = ["data", "blocked"].map((name) => makeFifo(temporary, name));
});

interface Expected {
  readonly exitCode: number | null;
  readonly signal?: NodeJS.Signals | null;
  readonly lines: readonly string[];
}

function assertEnd(end: ChildEnd, { exitCode, signal = null, lines }: Expected): void {
  assert.equal(end.isHanging, false, `it did not end; it said:\n${end.out}${end.err}`);
  assert.deepEqual(
    { exitCode: end.exitCode, signal: end.signal, lines: end.out.split("\n").slice(0, -1) },
    { exitCode, signal, lines },
    end.err,
  );
}

const ENDS: Readonly<Record<string, Expected>> = {
  natural: { exitCode: 0, lines: ["exit 0"] },
  "process.exit": { exitCode: 7, lines: ["exit 7"] },
  throw: { exitCode: 1, lines: ["exit 1"] },
  reject: { exitCode: 1, lines: ["exit 1"] },
  "process.exit with a worker": { exitCode: 8, lines: ["in flight: true", "exit 8"] },
};

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const;

const HELD: Readonly<Record<string, readonly string[]>> = {
  read: ["read: 3 bytes"],
  "ref again at once": ["read: 3 bytes"],
  "ref again while pending": ["read: 3 bytes"],
  "ref again some turns later": ["read: 3 bytes"],
  "read after the loop was let go": ["read: 3 bytes"],
  "queued behind an orphan": ["read: 3 bytes"],
  "one file of two": ["read: 3 bytes"],
};

const NOT_HELD: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  unref: [],
  "unref while pending": [],
  "unref some turns later": [],
  "ref and unref again": [],
  timeout: [],
  orphan: ["read: ended"],
  "orphan of a ref'd file": ["read: ended"],
  canceled: ["read: ended"],
  closed: ["read: ended", "closed"],
};

function ends({ name, env, skip }: Flavor): void {
  for (const [way, expected] of Object.entries(ENDS)) {
    test(`a process with work in flight ends: ${way}, ${name}`, { skip }, async () => {
      for (let round = 0; round < 3; round += 1) {
        assertEnd(await runScript(leaver, [way, ...fifos], { env }), expected);
      }
    });
  }

  for (const signal of SIGNALS) {
    test(`a process with work in flight ends: ${signal}, ${name}`, { skip }, async () => {
      const child = new ChildScript(leaver, ["wait", ...fifos], { env });
      await child.printed("in flight");
      child.kill(signal);
      assertEnd(await child.ended(), { exitCode: null, signal, lines: ["in flight: true"] });
    });
  }
}

function holds({ name, env, skip }: Flavor): void {
  for (const [kind, lines] of Object.entries(HELD)) {
    test(`the loop is held until data come: ${kind}, ${name}`, { skip }, async () => {
      const end = await runScript(holder, [kind, ...fifos], { env });
      assertEnd(end, { exitCode: 0, lines: [...lines, "exit"] });
    });
  }

  for (const [kind, lines] of Object.entries(NOT_HELD)) {
    test(`the loop is not held: ${kind}, ${name}`, { skip }, async () => {
      const end = await runScript(holder, [kind, ...fifos], { env });
      assertEnd(end, { exitCode: 0, lines: [...lines, "exit"] });
    });
  }
}

for (const flavor of FLAVORS) {
  ends(flavor);
  holds(flavor);
}
