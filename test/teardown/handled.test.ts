/**
 * Goal: a process that catches what would end it, a signal or an error, has all its choices: to
 * drain and lose nothing, to leave at once, to say what is held, to fail, or to go on as if nothing
 * had been. Method: child processes with reads that nobody answers, reads of the disk, an orphan,
 * an open that waits and writes that are to land, on each backend; a child that does not end is
 * killed at a bound far above what it needs, and has failed.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { makeDirectFile } from "../native/direct-file.ts";
import { ChildScript } from "../support/children.ts";
import { makeFifos } from "../support/fifo.ts";
import { summarize } from "../support/summary.ts";
import { makeTemporary } from "../support/temp.ts";
import { BACKENDS, type BackendOfTest, WITHOUT_SHIM } from "./backends.ts";
import { HANDLED_WRITES, WRITE_BYTES } from "./handled-roles.ts";

const temporary: string = makeTemporary("handled");
const child = new URL("./handled-child.js", import.meta.url);
const disk = makeDirectFile(16 * 1024 * 1024);
after(() => disk.remove());
let count = 0;

interface Expected {
  readonly exitCode: number;
  readonly lines: readonly string[];
  /** The writes that were in flight have landed. */
  readonly hasLanded: boolean;
}

const WAYS: Readonly<Record<string, Expected>> = {
  drains: { exitCode: 10, lines: ["held: 0, in flight: 0", "exit 10"], hasLanded: true },
  exits: { exitCode: 11, lines: ["exit 11"], hasLanded: false },
  reports: {
    exitCode: 12,
    lines: ["held: write, 1048576 bytes, canceling, age: true, stack: true", "exit 12"],
    hasLanded: false,
  },
  throws: { exitCode: 1, lines: ["exit 1"], hasLanded: false },
  "goes on": { exitCode: 0, lines: ["caught", "6 bytes", "exit 0"], hasLanded: true },
};

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

async function check(
  backend: BackendOfTest,
  event: string,
  way: string,
  expected: Expected,
): Promise<void> {
  count += 1;
  const target = `${temporary}/target-${count}`;
  const [fifo = "", blocked = ""] = makeFifos(temporary, `fifo-${count}`, 2);
  const args = [way, event, fifo, blocked, target, disk.path, String(disk.flags)];
  const script = new ChildScript(child, args, { env: backend.env });
  await script.printed("in flight: true\n");
  if (event.startsWith("SIG")) script.kill(event as NodeJS.Signals);
  const { exitCode, signal, isHanging, out, err } = await script.ended();
  assert.equal(isHanging, false, `it did not end; it said:\n${out}${err}`);
  assert.deepEqual(
    { exitCode, signal, lines: out.split("\n").slice(0, -1) },
    { exitCode: expected.exitCode, signal: null, lines: ["in flight: true", ...expected.lines] },
    err,
  );
  if (!expected.hasLanded) return;
  const written = readFileSync(target);
  assert.equal(written.byteLength, HANDLED_WRITES * WRITE_BYTES);
  assert.ok(written.every((byte) => byte === 1));
}

for (const backend of [...BACKENDS, WITHOUT_SHIM]) {
  const { name, skip } = backend;
  for (const event of SIGNALS) {
    for (const [way, expected] of Object.entries(WAYS)) {
      test(`${event} is caught, and its handler ${way}: ${name}`, { skip }, async () => {
        await check(backend, event, way, expected);
      });
    }
  }

  test(`an error that escapes a scope is caught, and its handler drains: ${name}`, {
    skip,
  }, async (t) => {
    const { exitCode, lines, hasLanded } = WAYS.drains as Expected;
    const all = ["the scope's read ended", ...lines];
    await check(backend, "unhandledRejection", "drains", { exitCode, lines: all, hasLanded });
    summarize(t, {
      part: "teardown",
      scenario: "signals and errors that are caught with work in flight",
      subject: name,
      figures: { ways: SIGNALS.length * Object.keys(WAYS).length + 1 },
    });
  });
}
