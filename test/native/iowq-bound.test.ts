/**
 * Goal: opens that wait for ever, one more than the kernel has threads for and then some, delay
 * nobody else, can all be canceled, and leave nothing behind (P10).
 * Method: FIFOs that nobody opens at the other end, through paths that the kernel cannot walk
 * without a thread; meanwhile everything else that needs such a thread has to be answered.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { BLOCKING_OPENS_MAX, BLOCKING_WORKERS_MAX } from "../../src/base/limits.ts";
import {
  type File,
  IoBuffer,
  inFlight,
  type Operation,
  open,
  rename,
  stat,
  status,
  unlink,
} from "../../src/index.ts";
import { memoryCounters } from "../../src/kernel/memory.ts";
import { makeFifos } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { bytesAliveAfterCollection } from "./collect.ts";
import { keepAlive } from "./keep-alive.ts";
import { ringOnly } from "./ring-available.ts";

const temporary: string = makeTemporary("iowq");
keepAlive();
const OPENS: number = BLOCKING_WORKERS_MAX + 16;
/** Far above what the work beside the opens takes. */
const STUCK_MS = 15_000;

/** A link that leads out of /proc is only followed where the kernel may sleep: never inline. */
function neverInline(path: string): string {
  return `/proc/${process.pid}/root${path}`;
}

function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** Kernel threads that do work of this thread's ring. */
function countKernelWorkers(): number {
  const tasks = readdirSync("/proc/self/task").map((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/comm`, "utf8");
    } catch {
      return ""; // It ended in the meantime.
    }
  });
  return tasks.filter((name) => name.startsWith("iou-wrk")).length;
}

/** Waits until as many opens as may be wait in threads of their own, or none has to wait. */
async function untilThreadsAreTaken(opens: readonly Operation<File>[]): Promise<void> {
  const mayWait = (): boolean => opens.some(({ state }) => state !== "settled");
  while (mayWait() && countKernelWorkers() < BLOCKING_OPENS_MAX) await nextTurn();
}

/** Ends each open, one way or the other; those that wait can all be canceled. */
async function endAll(opens: readonly Operation<File>[]): Promise<void> {
  // From the middle first: those that have a thread and those that wait for one.
  const middle = Math.floor(opens.length / 2);
  for (const opening of opens.slice(middle)) opening.cancel();
  for (const opening of opens.slice(0, middle)) opening.cancel();
  for (const opening of opens) {
    const outcome = await opening.outcome();
    if (outcome.status === "completed") await outcome.value.close();
    else assert.equal(outcome.error.code, "ABORT_ERR");
  }
}

/** Work that is delayed for ever would hang the test: at the bound the opens are stopped. */
async function notDelayedBy(
  opens: readonly Operation<File>[],
  work: Promise<unknown>,
): Promise<void> {
  let isStuck = false;
  const bound = setTimeout(() => {
    isStuck = true;
    for (const opening of opens) opening.cancel();
  }, STUCK_MS);
  await work;
  clearTimeout(bound);
  assert.equal(isStuck, false, "others had to wait until the opens were canceled");
}

function startOpens(paths: readonly string[], flags: string): Operation<File>[] {
  return paths.map((path) => {
    const opening = open(neverInline(path), flags);
    opening.catch(() => {});
    return opening;
  });
}

/** What needs a kernel thread, or may: each has to be answered while the opens wait. */
async function useEverythingElse(file: File, directory: string): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    const described = await Promise.all([
      stat(temporary),
      stat(neverInline(temporary)),
      file.stat(),
      stat(join(temporary, "absent")).outcome(),
    ]);
    assert.equal(described[0].type, "directory");
    assert.equal(described[1].ino, described[0].ino);
    const text = `round ${round}, `.repeat(1000);
    await file.writeAll(text, { position: 0 });
    await Promise.all([file.sync(), file.datasync()]);
    const parts = Array.from({ length: 16 }, (_, index) =>
      file.writeAll(Buffer.alloc(65_536, 65 + index), { position: 65_536 * (1 + index) }),
    );
    await Promise.all(parts);
    await file.truncate(text.length);
    await file.allocate(text.length, 4096);
    await file.truncate(text.length);
    const buffer = new IoBuffer(65_536);
    assert.equal(await file.readFully(buffer, { position: 0 }), text.length);
    assert.equal(Buffer.from(buffer.bytes.subarray(0, text.length)).toString(), text);
    await rename(join(directory, "a"), join(directory, "b"));
    await rename(join(directory, "b"), join(directory, "a"));
  }
}

for (const flags of ["r", "w"] as const) {
  test(`${OPENS} opens for "${flags}" that wait delay nobody and end when canceled`, {
    skip: ringOnly,
  }, async () => {
    const directory = join(temporary, flags);
    await mkdir(directory);
    const file = await open(join(directory, "a"), "w+");
    await stat(directory);
    await bytesAliveAfterCollection();
    const descriptorsBefore = countDescriptors();
    const opens = startOpens(makeFifos(directory, "fifo", OPENS), flags);
    await untilThreadsAreTaken(opens);
    await notDelayedBy(opens, useEverythingElse(file, directory));
    // Nobody reads them: opens for writing wait for ever.
    if (flags === "w") assert.ok(opens.every(({ state }) => state === "submitted"));
    await endAll(opens);
    assert.deepEqual(inFlight(), []);
    assert.equal(countDescriptors(), descriptorsBefore);
    await file.close();
    await unlink(join(directory, "a"));
  });
}

test("each open that is let through makes room for the next", { skip: ringOnly }, async () => {
  const paths = makeFifos(temporary, "released", OPENS);
  const descriptorsBefore = countDescriptors();
  const opens = startOpens(paths, "w");
  await untilThreadsAreTaken(opens);
  // The other ends: "r+" needs no peer, and is one for those who wait for it.
  const writers = paths.map((path) => openSync(path, "r+"));
  const files = await Promise.all(opens);
  assert.ok(files.every(({ isStream }) => isStream));
  for (const file of files) await file.close();
  for (const writer of writers) closeSync(writer);
  assert.deepEqual(inFlight(), []);
  assert.equal(countDescriptors(), descriptorsBefore);
});

test("an ordinary open is not delayed by opens that wait", { skip: ringOnly }, async () => {
  const path = join(temporary, "ordinary");
  await (await open(path, "w")).close();
  const opens = startOpens(makeFifos(temporary, "delaying", OPENS), "w");
  await untilThreadsAreTaken(opens);
  const others = [path, neverInline(path)].map((each) => open(each).then((file) => file.close()));
  others.push(open(path, "w").then((file) => file.close()));
  await notDelayedBy(opens, Promise.all(others));
  await endAll(opens);
});

test("a worker with opens that wait ends", { skip: ringOnly }, async () => {
  const paths = makeFifos(temporary, "worker", OPENS);
  const descriptorsBefore = countDescriptors();
  for (let round = 0; round < 5; round += 1) {
    const worker = new Worker(new URL("./opening-worker.js", import.meta.url), {
      workerData: paths.map(neverInline),
    });
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    await once(worker, "message");
    if (round % 2 === 0) await worker.terminate();
    else worker.postMessage("process.exit");
    await ended;
  }
  assert.equal(countDescriptors(), descriptorsBefore);
  assert.equal(memoryCounters().bytesLeaked, 0);
});

test("abandoned opens that succeed later are closed", { skip: ringOnly }, async () => {
  const paths = makeFifos(temporary, "abandoned", OPENS);
  const descriptorsBefore = countDescriptors();
  const opens = startOpens(paths, "w");
  await untilThreadsAreTaken(opens);
  const writers = paths.slice(0, 8).map((path) => openSync(path, "r+"));
  for (const opening of opens) opening.abandon();
  for (const opening of opens) await assert.rejects(opening, { code: "ERR_ABANDONED" });
  await Promise.all(opens.map((opening) => opening.outcome()));
  for (const writer of writers) closeSync(writer);
  while (inFlight().length > 0) await nextTurn();
  assert.equal(countDescriptors(), descriptorsBefore);
  assert.equal(status().quarantinedOperations, 0);
});
