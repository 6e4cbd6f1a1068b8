// What has to be true of a process with a thousand reads that nobody answers, on any backend.

import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { BLOCKING_WORKERS_MAX } from "../../src/base/limits.ts";
import { runScript } from "../support/children.ts";

const READS = 1000;
const child = new URL("./isolation-child.js", import.meta.url);

function answers(when: string): string[] {
  const node = [`${when}: Node's readFile answers`, `${when}: Node's gzip answers`];
  return [...node, `${when}: ours answer`];
}

interface Expected {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

const WAIT = `${READS} reads wait`;
const OPENS_WAIT = `${BLOCKING_WORKERS_MAX + 1} opens wait`;

function ofWorker(exitCode: number, more: readonly string[] = []): Expected {
  const lines = [
    ...[WAIT, ...answers("with a worker's reads"), ...more, `worker's exit: ${exitCode}`],
    ...[...answers("after the worker"), "in flight here: 0, leaked: 0", "exit 0"],
  ];
  return { exitCode: 0, lines };
}

const SCENARIOS: Readonly<Record<string, Expected>> = {
  answer: {
    exitCode: 3,
    lines: [
      WAIT,
      ...answers("with reads"),
      ...answers("one open beyond the bound of opens"),
      ...answers("one open beyond the bound of workers"),
      ...answers("a hundred more"),
      `${BLOCKING_WORKERS_MAX + 101} opens wait`,
      "one read: 4 bytes",
      "a peer came: 1 byte",
      "a peer came: 1 byte",
      "exit 3",
    ],
  },
  "process.exit": { exitCode: 4, lines: [WAIT, "exit 4"] },
  throw: { exitCode: 1, lines: [WAIT, "exit 1"] },
  unref: { exitCode: 0, lines: [WAIT, "exit 0"] },
  abandon: { exitCode: 0, lines: [WAIT, `${READS} in flight`, "exit 0"] },
  "abandon opens as well": { exitCode: 0, lines: [WAIT, OPENS_WAIT, "exit 0"] },
  "process.exit with opens as well": { exitCode: 5, lines: [WAIT, OPENS_WAIT, "exit 5"] },
  cancel: { exitCode: 0, lines: [WAIT, `${READS} canceled`, "exit 0"] },
  close: { exitCode: 0, lines: [WAIT, "0 in flight", "exit 0"] },
  "worker.terminate": ofWorker(1, ["terminate: 1"]),
  "worker's process.exit": ofWorker(6),
  "worker's natural end": ofWorker(0),
};

export function isolationTests(temporary: string, skip: string | false): void {
  for (const [scenario, { exitCode, lines }] of Object.entries(SCENARIOS)) {
    test(`with ${READS} reads that nobody answers: ${scenario}`, { skip }, async () => {
      const directory = join(temporary, scenario);
      mkdirSync(directory);
      const end = await runScript(child, [scenario, directory, String(READS)]);
      assert.equal(end.isHanging, false, `it hangs; it said:\n${end.out}${end.err}`);
      assert.deepEqual(end.out.split("\n").slice(0, -1), lines, end.err);
      assert.deepEqual([end.exitCode, end.signal], [exitCode, null], end.err);
      rmSync(directory, { recursive: true });
    });
  }
}
