// Goal: an open that is held, because too many wait for a peer in threads, is tried again from time
// to time: all have their turn, a few at a time, and without a timer when none is held.
// Method: a fake kernel in which no FIFO has a peer until it is said to have one, and stepped time.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OperationId } from "../../../src/backend/contract.ts";
import {
  BLOCKING_OPENS_MAX,
  TRIED_AGAIN_AT_ONCE,
  TRIED_AGAIN_MS,
} from "../../../src/base/limits.ts";
import { ENXIO } from "../../../src/kernel/errno.ts";
import { IOSQE_ASYNC } from "../../../src/kernel/uring-abi.ts";
import { flushed, Harness, openFile, turned } from "./uring-harness.ts";

const FD = 33;

interface Held {
  readonly h: Harness;
  /** In the order of the calls; the first ones have threads. */
  readonly ids: readonly OperationId[];
  /** Opens that the kernel was asked for and that were to be answered at once. */
  readonly attempts: () => number;
}

/** So many more opens than there are threads for. */
async function hold(count: number): Promise<Held> {
  const h = new Harness();
  h.kernel.answer = ({ flags }) => (flags === IOSQE_ASYNC ? undefined : -ENXIO);
  const ids = h.submitMany(BLOCKING_OPENS_MAX + count, openFile);
  while (h.clock.timerCount === 0) await turned();
  await turned();
  const attempts = () => h.kernel.taken.filter(({ flags }) => flags === 0).length;
  return { h, ids, attempts };
}

async function pass(h: Harness, periods: number): Promise<void> {
  for (let period = 0; period < periods; period += 1) {
    h.clock.step(TRIED_AGAIN_MS);
    await turned();
    await turned();
  }
}

test("each is tried again once a period, until its peer has come", async () => {
  const { h, ids, attempts } = await hold(3);
  const before = attempts();
  await pass(h, 2);
  assert.equal(attempts(), before + 6);
  assert.equal(h.completedCount(ids), 0);
  h.kernel.answer = ({ flags }) => (flags === IOSQE_ASYNC ? undefined : FD);
  await pass(h, 1);
  assert.equal(h.completedCount(ids), 3);
  for (const id of ids.slice(-3)) {
    assert.deepEqual(h.completionOf(id), { kind: "opened", fd: FD, isStream: false });
  }
});

test("a few at a time, each in its turn", async () => {
  const { h, ids, attempts } = await hold(2 * TRIED_AGAIN_AT_ONCE + 1);
  const before = attempts();
  h.kernel.answer = ({ flags }) => (flags === IOSQE_ASYNC ? undefined : FD);
  await pass(h, 1);
  assert.equal(attempts(), before + TRIED_AGAIN_AT_ONCE);
  await pass(h, 2);
  assert.equal(attempts(), before + 2 * TRIED_AGAIN_AT_ONCE + 1);
  assert.equal(h.completedCount(ids), 2 * TRIED_AGAIN_AT_ONCE + 1);
});

test("no timer runs while none is held", async () => {
  const { h, ids } = await hold(2);
  assert.equal(h.clock.timerCount, 1);
  for (const id of ids.slice(-2)) h.backend.cancel(id);
  await flushed();
  assert.equal(h.clock.timerCount, 0);
  assert.equal(h.completedCount(ids), 2);
});

test("canceled while it is tried at once, it does not go on to wait", async () => {
  const h = new Harness();
  const id = h.submit(openFile());
  await flushed();
  h.backend.cancel(id);
  h.answer(0, -ENXIO);
  await flushed();
  assert.deepEqual(h.completionOf(id), { kind: "canceled" });
  const inThreads = h.kernel.taken.filter(({ flags }) => flags === IOSQE_ASYNC);
  assert.deepEqual(inThreads, []);
});

test("the thread of one that has ended is for the one held the longest", async () => {
  const { h, ids } = await hold(2);
  const inThreads = () => h.kernel.taken.filter(({ flags }) => flags === IOSQE_ASYNC).length;
  assert.equal(inThreads(), BLOCKING_OPENS_MAX);
  h.backend.cancel(ids[0]!);
  h.backend.cancel(ids[1]!);
  await flushed();
  assert.equal(inThreads(), BLOCKING_OPENS_MAX + 2);
  assert.equal(h.clock.timerCount, 0);
});
