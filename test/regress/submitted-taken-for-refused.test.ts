// Goal: what the kernel has taken is not taken for refused, and the other way round: of each
// request there is one end, which releases it once, and that is its completion.
// Method: a ring kernel that takes a part of a batch and then nothing, and completes requests with
// errors; simulated kernels whose queues are full and which complete within the call that submits.
// The wrong backend fails some of what it has submitted.
//
// Seen in: https://github.com/tokio-rs/mio/pull/2004

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { EAGAIN, EBUSY, ENOMEM } from "../../src/kernel/errno.ts";
import { assertBack, assertLent, assertQuiet } from "../conformance/checks.ts";
import type { Stage } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { onRing } from "../support/ring-io.ts";
import { Misreading } from "../support/wrong-backends.ts";
import { flushed, turned } from "../unit/backend/uring-harness.ts";

const EINVAL = 22;

onRing("a part of a batch is taken, and its end comes before the rest is", async (ring) => {
  const file = await ring.open();
  ring.kernel.plan.push(1, -EAGAIN);
  const buffers = [1, 2, 3].map(() => new IoBuffer(8));
  const reads = buffers.map((buffer, position) => file.read(buffer, { position }));
  await flushed();
  assert.equal(ring.kernel.taken.length, 1);
  ring.answer(ring.last, -EINVAL);
  const first = await reads[0]!.outcome();
  assert.ok(first.status === "failed");
  assert.equal(first.error.code, "EINVAL");
  assertBack(buffers.slice(0, 1));
  assertLent(buffers.slice(1), []);
  await turned();
  await turned();
  const [, ...rest] = ring.kernel.taken;
  assert.equal(rest.length, 2);
  for (const taken of rest) ring.answer(taken, 8);
  assert.deepEqual(await Promise.all(reads.slice(1)), [8, 8]);
  assertBack(buffers);
});

for (const [name, errno] of Object.entries({ EAGAIN, EBUSY, ENOMEM })) {
  onRing(`${name} of the submission is the end of nothing`, async (ring) => {
    const file = await ring.open();
    ring.kernel.plan.push(-errno, -errno, -errno);
    const buffer = new IoBuffer(8);
    const read = file.read(buffer, { position: 0 });
    for (let round = 0; round < 3; round++) {
      await flushed();
      assert.equal(read.state, "submitted");
      assertLent([buffer], []);
      await turned();
    }
    await turned();
    assert.equal(ring.kernel.taken.length, 1, "submitted again although it was taken");
    ring.answer(ring.last, 8);
    assert.equal(await read, 8);
    assertBack([buffer]);
  });
}

async function oneEndEach(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const file = await io.open(world.makeFile("0123456789"));
  for (let round = 0; round < 20; round++) {
    const buffers = Array.from({ length: 5 }, () => new IoBuffer(2));
    const reads = buffers.map((buffer, at) => file.read(buffer, { position: 2 * at }));
    assert.deepEqual(await Promise.all(reads), [2, 2, 2, 2, 2]);
    const text = Buffer.concat(buffers.map((buffer) => buffer.bytes)).toString();
    assert.equal(text, "0123456789");
  }
  await file.close();
  assertQuiet(stage);
}

const awkward = { rates: { queueFull: 0.5, synchronous: 0.3 } };

onEachBackend("each read of many comes to its own end", oneEndEach, { sim: awkward });
noticesWrong("submitted, and failed all the same", oneEndEach, (...args) => {
  return new Misreading(...args);
});
