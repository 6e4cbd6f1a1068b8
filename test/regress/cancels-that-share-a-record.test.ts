// Goal: each cancel is one of its own, however many are on their way: what one of them is answered
// says nothing about another, and each is repeated until its own request has ended.
// Method: a ring kernel that answers none of three cancels, and then each differently; on every
// backend fifty files that are closed at once, each with a read in flight.
//
// Seen in: https://github.com/libuv/libuv/pull/5216

import assert from "node:assert/strict";

import { IoBuffer, type IoError } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { ENOENT } from "../support/fake-kernel.ts";
import { ECANCELED, onRing } from "../support/ring-io.ts";
import { Deaf } from "../support/wrong-backends.ts";
import { flushed } from "../unit/backend/uring-harness.ts";

const FILES = 50;
const LATER_MS = 60_000;

onRing("three cancels are on their way", async (ring) => {
  const file = await ring.open();
  const { kernel } = ring;
  kernel.answerCancel = () => undefined;
  const buffers = [0, 1, 2].map(() => new IoBuffer(8));
  const reads = buffers.map((buffer, position) => file.read(buffer, { position }));
  await flushed();
  const taken = [...kernel.taken];
  for (const read of reads) read.cancel();
  await flushed();
  const cancels = [...kernel.cancels];
  const names = cancels.map(({ userLow, userHigh }) => `${userHigh}:${userLow}`);
  assert.equal(new Set(names).size, 3, "two cancels have one name");
  ring.answerCancel(cancels[0]!, -ENOENT);
  ring.answerCancel(cancels[2]!, -ENOENT);
  ring.clock.step(LATER_MS);
  await flushed();
  const again = kernel.cancels.slice(3).map((cancel) => ring.targetOf(cancel));
  assert.deepEqual(new Set(again), new Set([taken[0], taken[2]]));
  assertLent(buffers, []);
  for (const each of taken) ring.answer(each, ECANCELED);
  const ends = await Promise.all(reads.map((read) => read.outcome()));
  assert.ok(ends.every(({ status }) => status === "canceled"));
  assertBack(buffers);
});

async function closedAtOnce(stage: Stage): Promise<void> {
  const all = await Promise.all(Array.from({ length: FILES }, () => openFifo(stage)));
  const buffers = all.map(() => new IoBuffer(8));
  const reads = all.map(({ file }, at) => file.read(buffers[at]!));
  await others(stage);
  await Promise.all(all.map(({ file }) => file.close()));
  for (const read of reads) {
    const outcome = await read.outcome();
    assert.ok(outcome.status === "canceled");
    assert.equal((outcome.error.cause as IoError).code, "ERR_CLOSED");
  }
  assertBack(buffers);
  for (const { peer } of all) peer.close();
  assertQuiet(stage);
}

onEachBackend("fifty files are closed at once", closedAtOnce, { needs: ["waitingReads"] });
noticesWrong("a cancel that reaches nobody", closedAtOnce, (...args) => new Deaf(...args));
