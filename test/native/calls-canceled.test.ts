// Goal: a call that was canceled while it waited for a thread is never made; one that a thread is
// at goes on, and is told of when it is over.
// Method: slow calls take the threads. Behind them others are canceled, and the files that they
// would have changed are looked at when the threads have come to what was asked for later.

import assert from "node:assert/strict";
import { statSync, truncateSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";

import { copyRange } from "../../src/api/file-work.ts";
import { chmod, type File, type Operation, open } from "../../src/index.ts";
import { makeTemporary } from "../support/temp.ts";
import { noRing } from "./ring-available.ts";

const folder: string = makeTemporary("calls-canceled");
const THREADS_MAX = 16;
const RANGE_BYTES = 64 * 1024 * 1024;
const [OLD_MODE, NEW_MODE] = [0o644, 0o600];

before(() => truncateSync(makeFile("source"), RANGE_BYTES));

function makeFile(name: string): string {
  const path = `${folder}/${name}`;
  writeFileSync(path, "", { mode: OLD_MODE });
  return path;
}

function makeFiles(count: number): string[] {
  return Array.from({ length: count }, (_, at) => makeFile(`file-${at}`));
}

/** Each into the same file, and so one after the other. */
function slowCalls(count: number, from: File, to: File): Operation<number>[] {
  const range = { fromPosition: 0, toPosition: 0, length: RANGE_BYTES };
  return Array.from({ length: count }, () => copyRange(from, to, range));
}

test("what was canceled while it waited for a thread leaves no trace", {
  skip: noRing,
}, async () => {
  await using from = await open(`${folder}/source`);
  await using to = await open(`${folder}/target`, "w");
  const paths = makeFiles(2 * THREADS_MAX);
  const slow = slowCalls(THREADS_MAX, from, to);
  const calls = paths.map((path) => chmod(path, NEW_MODE).cancel());
  const ends = await Promise.all(calls.map((call) => call.outcome()));
  await Promise.all(slow);
  // Behind all that may have been left in the queue.
  await Promise.all(Array.from({ length: THREADS_MAX }, () => chmod(folder, 0o700)));
  const canceled = ends.filter(({ status }) => status === "canceled").length;
  assert.ok(canceled >= THREADS_MAX, `only ${canceled} waited for a thread`);
  for (const [at, { status }] of ends.entries()) {
    const { mode } = statSync(paths[at] ?? "");
    assert.equal(mode & 0o777, status === "completed" ? NEW_MODE : OLD_MODE, `${at} is ${status}`);
  }
});

test("what a thread is at goes on although it is canceled", { skip: noRing }, async () => {
  await using from = await open(`${folder}/source`);
  await using to = await open(`${folder}/target`, "w");
  const slow = slowCalls(THREADS_MAX - 1, from, to);
  await chmod(folder, 0o700); // The one thread that is left has come to it, past all the others.
  for (const call of slow) call.cancel();
  assert.deepEqual(
    (await Promise.all(slow.map((call) => call.outcome()))).map(({ status }) => status),
    slow.map(() => "completed"),
  );
});
