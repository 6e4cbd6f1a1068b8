/**
 * Goal: calls that the shim's threads make are canceled if they have not begun, and hinder no
 * process and no worker from ending; memory that one of them fills is not freed under it; and the
 * event loop goes on.
 * Method: more slow calls than there are threads, in processes and workers that end in every way; a
 * directory of many names, read into big buffers by workers that are terminated meanwhile. Wrong
 * arguments of the shim's own functions.
 */

import assert from "node:assert/strict";
import { linkSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { copyRange } from "../../src/api/file-work.ts";
import { inFlight, open, readlink, status } from "../../src/index.ts";
import { type Addon, loadAddon } from "../../src/kernel/addon.ts";
import { CALL_WORDS, RESULTS_AT_ONCE } from "../../src/kernel/calls.ts";
import { type ChildEnd, ChildScript, runScript } from "../support/children.ts";
import { makeTemporary } from "../support/temp.ts";
import type { CallsRole } from "./calls-child.ts";
import { noRing } from "./ring-available.ts";

const folder: string = makeTemporary("calls");
const child = new URL("./calls-child.js", import.meta.url);
const THREADS_MAX = 16;
const RANGE_BYTES = 64 * 1024 * 1024;
const NAMES = 20_000;
const CHAINED_CALLS = 5000;

before(() => {
  mkdirSync(`${folder}/many`);
  writeFileSync(`${folder}/one`, "");
  for (let count = 0; count < NAMES; count += 1) {
    linkSync(`${folder}/one`, `${folder}/many/a-name-of-some-length-${count}`);
  }
});

function assertEnd(end: ChildEnd, exitCode: number | null, lines: readonly string[]): void {
  assert.equal(end.isHanging, false, `it did not end; it said:\n${end.out}${end.err}`);
  assert.deepEqual([end.exitCode, end.out.split("\n").slice(0, -1)], [exitCode, lines], end.err);
}

function threadCount(): number {
  return readdirSync("/proc/self/task").length;
}

test("a call that waits for a thread is canceled, one that runs is not", {
  skip: noRing,
}, async () => {
  writeFileSync(`${folder}/source`, "");
  truncateSync(`${folder}/source`, RANGE_BYTES);
  const from = await open(`${folder}/source`);
  const to = await open(`${folder}/target`, "w");
  const range = { fromPosition: 0, toPosition: 0, length: RANGE_BYTES };
  // What is made by a call is made within it, and nobody else has a turn in between.
  const threadsBefore = threadCount();
  const calls = Array.from({ length: 3 * THREADS_MAX }, () => copyRange(from, to, range));
  const made = threadCount() - threadsBefore;
  assert.ok(made <= THREADS_MAX, `${made} threads were made`);
  for (const call of calls) call.cancel();
  const settled = calls.filter(({ state }) => state === "settled").length;
  assert.ok(settled >= THREADS_MAX, `only ${settled} ended without a thread`);
  const ends = await Promise.all(calls.map((call) => call.outcome()));
  const completed = ends.filter((end) => end.status === "completed");
  assert.ok(completed.length <= THREADS_MAX, `${completed.length} had begun`);
  assert.ok(completed.every((end) => end.status === "completed" && end.value === RANGE_BYTES));
  assert.ok(ends.every((end) => end.status === "completed" || end.status === "canceled"));
  await Promise.all([from.close(), to.close()]);
  assert.deepEqual(inFlight(), []);
});

test("a turn of the event loop brings few results, however fast calls end and follow", {
  skip: noRing,
}, async () => {
  let ended = 0;
  let mostInTurn = 0;
  const lane = async (): Promise<void> => {
    while (ended < CHAINED_CALLS) {
      await readlink("/proc/self/exe");
      ended += 1;
    }
  };
  const lanes = Promise.all(Array.from({ length: 4 * RESULTS_AT_ONCE }, lane));
  for (let before = 0; ended < CHAINED_CALLS; before = ended) {
    await new Promise((resolve) => setImmediate(resolve));
    mostInTurn = Math.max(mostInTurn, ended - before);
  }
  await lanes;
  assert.ok(mostInTurn <= RESULTS_AT_ONCE, `${mostInTurn} before anybody else had a turn`);
});

test("a process ends with calls running: process.exit", { skip: noRing }, async () => {
  const lines = ["in flight: true", "exit 7"];
  assertEnd(await runScript(child, ["process.exit", folder]), 7, lines);
});

test("a process ends with calls running: those of a worker", { skip: noRing }, async () => {
  assertEnd(await runScript(child, ["process.exit with a worker", folder]), 8, ["exit 8"]);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`a process ends with calls running: ${signal}`, { skip: noRing }, async () => {
    const script = new ChildScript(child, ["wait", folder]);
    await script.printed("in flight");
    script.kill(signal);
    const end = await script.ended();
    assertEnd(end, null, ["in flight"]);
    assert.equal(end.signal, signal);
  });
}

test("a process that only waits for calls lives until they have ended", {
  skip: noRing,
}, async () => {
  assertEnd(await runScript(child, ["natural", folder]), 0, ["124 ended", "exit 0"]);
});

async function terminate(way: string): Promise<void> {
  const data = { way, folder } satisfies CallsRole;
  const worker = new Worker(child, { workerData: data });
  const failed = new Promise<never>((_, reject) => worker.once("error", reject));
  await Promise.race([new Promise((resolve) => worker.once("message", resolve)), failed]);
  assert.equal(await worker.terminate(), 1);
}

test("a worker is terminated with calls running and waiting", { skip: noRing }, async () => {
  for (let round = 0; round < 3; round += 1) await terminate("terminated");
  // The threads are the process's, and go on for others.
  const from = await open(`${folder}/one`);
  const to = await open(`${folder}/empty`, "w");
  const range = { fromPosition: 0, toPosition: 0, length: 10 };
  assert.equal(await copyRange(from, to, range), 0);
  await Promise.all([from.close(), to.close()]);
});

test("memory that a call fills at the end of its thread stays its own", {
  skip: noRing,
}, async () => {
  const before = status().bytesLeaked;
  for (let round = 0; round < 5; round += 1) await terminate("filling");
  assert.equal(status().bytesLeaked, before, "they had the time to end");
  let rounds = 0;
  // Which are in the middle of a call is a matter of chance, and hardly ever none.
  while (status().bytesLeaked === before && rounds < 100) {
    await terminate("filling, not waited for");
    rounds += 1;
  }
  assert.ok(status().bytesLeaked > before, `nothing was kept in ${rounds} rounds`);
});

test("the shim's functions throw for wrong arguments", { skip: noRing }, () => {
  const shim: Addon = loadAddon().addon as Addon;
  const words = new Float64Array(CALL_WORDS);
  const wrong: readonly (readonly [keyof Addon, ...unknown[]])[] = [
    ["openCalls", () => {}, new Float64Array(8)], // It is open already.
    ["call"],
    ["call", 0, 1],
    ["call", 99, 1, words], // No such kind.
    ["call", -1, 1, words],
    ["call", "0", 1, words],
    ["call", 0, "1", words],
    ["call", 0, 1, new Float64Array(7)],
    ["call", 0, 1, new Uint32Array(16)],
    ["call", 0, 1, {}],
    ["cancelCall"],
    ["cancelCall", "1"],
  ];
  for (const [name, ...given] of wrong) {
    const call = shim[name] as (...args: readonly unknown[]) => unknown;
    assert.throws(() => call(...given), Error, `${name}(${given.map(String).join(", ")})`);
  }
  assert.equal(shim.cancelCall(1e9), false);
});
