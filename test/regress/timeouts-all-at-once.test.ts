// Goal: when very many operations run out of time in the same moment, each of them is asked to
// stop, although no queue has room for so many cancels: none is dropped, and none waits for ever.
// Method: six hundred reads with one timeout; a thousand of a ring kernel that takes a few entries
// at a time, and now and then none.
//
// Seen in: https://github.com/lalinsky/zio/issues/623

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { EAGAIN } from "../../src/kernel/errno.ts";
import { assertBack, assertQuiet } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import { LONG_MS, type Stage } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { onRing } from "../support/ring-io.ts";
import { Deaf } from "../support/wrong-backends.ts";
import { turned } from "../unit/backend/uring-harness.ts";

const FILES = 600;
const READS = 1000;
const TURNS_MAX = 2000;

async function allTimeOut(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const files = await Promise.all(Array.from({ length: FILES }, () => io.open(path, "r+")));
  const buffers = files.map(() => new IoBuffer(8));
  const reads = files.map((file, at) => file.read(buffers[at]!, { timeoutMs: LONG_MS }));
  await others(stage);
  stage.passTime(LONG_MS);
  const ends = await Promise.all(reads.map((read) => read.outcome()));
  assert.ok(ends.every(({ status }) => status === "timedOut"));
  assertBack(buffers);
  await Promise.all(files.map((file) => file.close()));
  peer.close();
  assertQuiet(stage);
}

onEachBackend("all reads end at their timeout", allTimeOut, { needs: ["waitingReads"] });
noticesWrong("cancels are dropped", allTimeOut, (...args) => new Deaf(...args));

onRing("all reads end at their timeout, though entries are few", async (ring) => {
  const file = await ring.open();
  const options = { position: 0, timeoutMs: LONG_MS };
  const reads = Array.from({ length: READS }, () => file.read(new IoBuffer(8), options));
  for (let count = 0; count < 10; count++) await turned();
  assert.equal(ring.kernel.taken.length, READS);
  let ended = 0;
  for (const read of reads) {
    void read.outcome().then(({ status }) => {
      if (status === "timedOut") ended++;
    });
  }
  for (let count = 0; count < 50; count++) ring.kernel.plan.push(-EAGAIN, 7);
  ring.clock.step(LONG_MS);
  for (let count = 0; count < TURNS_MAX && ended < READS; count++) await turned();
  assert.equal(ended, READS, "some have never been asked to stop");
  assert.equal(ring.kernel.inFlight.size, 0);
});
