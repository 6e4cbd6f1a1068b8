/**
 * Goal: a thread that outgrows its ring goes on with a bigger one, and the small one is closed from
 * within its own wake-up without harm.
 * Method: more reads of FIFOs than the first ring can answer for, then more, so that two rings
 * live at once; then the reads of the old one end.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type File, IoBuffer, inFlight, type Operation, open, status } from "../../src/index.ts";
import { makeFifo, writeToFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { bytesAliveAfterCollection, collect } from "./collect.ts";
import { ringOnly } from "./ring-available.ts";

/** The first ring answers for 384 at once, the second one for eight times as many. */
const READS = 380;
const READ_BYTES = 16;
const temporary: string = makeTemporary("growth");

/** Reads that wait, each on a handle of its own: a stream has one at a time. */
async function startReads(paths: readonly string[]): Promise<[File, Operation<number>][]> {
  const started: [File, Operation<number>][] = [];
  for (const path of paths) {
    const file = await open(path, "r+");
    started.push([file, file.read(new IoBuffer(READ_BYTES))]);
  }
  await nextTurn();
  return started;
}

function statistic(name: string): number {
  return status().statistics[name] ?? -1;
}

async function growAndShrink(): Promise<void> {
  const paths = ["old", "young"].map((name) => makeFifo(temporary, name));
  const old = await startReads(Array<string>(READS).fill(paths[0]!));
  const young = await startReads(Array<string>(READS).fill(paths[1]!));
  assert.equal(statistic("rings"), 2, "a second ring has come");
  // The first ring has the old reads and a few of the young ones; so it is emptied in its own
  // wake-up.
  writeToFifo(paths[0]!, new Uint8Array(READS * READ_BYTES));
  await Promise.all(old.map(([, read]) => read));
  collect();
  writeToFifo(paths[1]!, new Uint8Array(READS * READ_BYTES));
  await Promise.all(young.map(([, read]) => read));
  while (statistic("rings") > 1) await nextTurn();
  collect();
  await nextTurn();
  for (const [file] of [...old, ...young]) await file.close();
}

test("a ring that was outgrown is closed, and the next one goes on", {
  skip: ringOnly,
}, async () => {
  await (await open(temporary)).close();
  const descriptorsBefore = readdirSync("/proc/self/fd").length;
  await growAndShrink();
  assert.deepEqual(inFlight(), []);
  assert.equal(statistic("rings"), 1);
  assert.ok(statistic("ringEntries") > 256);
  await nextTurn();
  assert.equal(readdirSync("/proc/self/fd").length, descriptorsBefore);
  const bytesAlive = await bytesAliveAfterCollection();
  assert.ok(bytesAlive < 1024 * 1024, `${bytesAlive} bytes are kept`);
});
