// Goal: what stands for a request in the kernel is used again only when nothing can come for it
// any more: its own completion has been read, and an answer to a cancel that comes later is known
// to be the old one's.
// Method: a ring kernel that answers request and cancel in every order, with the next request in
// between; and on every backend reads that follow at once on canceled ones.
//
// Seen in: https://github.com/JuliaServices/Reseau.jl/pull/134
// Seen in: https://github.com/socketry/io-event/pull/219

import assert from "node:assert/strict";

import { type File, IoBuffer, type Operation } from "../../src/index.ts";
import { assertLent, assertQuiet } from "../conformance/checks.ts";
import { openFifo } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";
import { ENOENT } from "../support/fake-kernel.ts";
import { ECANCELED, onRing, type RingIo } from "../support/ring-io.ts";
import { flushed } from "../unit/backend/uring-harness.ts";

/** Longer than a cancel that found nothing is put off. */
const LATER_MS = 60_000;

function startRead(file: File): Operation<number> {
  return file.read(new IoBuffer(8), { position: 0 });
}

/** Nothing has happened to a read, and it can be answered. */
async function assertUntouched(ring: RingIo, read: Operation<number>): Promise<void> {
  const { length } = ring.kernel.cancels;
  ring.clock.step(LATER_MS);
  await flushed();
  assert.equal(read.state, "submitted");
  assert.equal(ring.kernel.cancels.length, length, "somebody asked it to stop");
  ring.answer(ring.last, 4);
  assert.equal(await read, 4);
}

onRing("a completion waits in the queue while its cancel finds nothing", async (ring) => {
  const file = await ring.open();
  const first = startRead(file);
  await flushed();
  const { userLow } = ring.last;
  ring.kernel.complete(ring.last, 8);
  first.cancel();
  await flushed();
  assert.equal(await first, 8);
  const second = startRead(file);
  await flushed();
  assert.equal(ring.last.userLow, userLow, "it has the same place");
  await assertUntouched(ring, second);
});

onRing("the answer to a cancel comes when its place is another's", async (ring) => {
  const file = await ring.open();
  ring.kernel.answerCancel = () => undefined;
  const first = startRead(file);
  await flushed();
  const taken = ring.last;
  first.cancel();
  await flushed();
  ring.answer(taken, ECANCELED);
  assert.equal((await first.outcome()).status, "canceled");
  const second = startRead(file);
  await flushed();
  assert.equal(ring.last.userLow, taken.userLow, "it has the same place");
  ring.answerCancel(ring.kernel.cancels[0]!, -ENOENT);
  await assertUntouched(ring, second);
});

onRing("the answer to a cancel comes before the completion", async (ring) => {
  const file = await ring.open();
  ring.kernel.answerCancel = () => 0;
  const buffer = new IoBuffer(8);
  const first = file.read(buffer, { position: 0 });
  await flushed();
  const taken = ring.last;
  first.cancel();
  await flushed();
  assertLent([buffer], []);
  const second = startRead(file);
  await flushed();
  assert.notEqual(ring.last.userLow, taken.userLow, "the place is free too early");
  const next = ring.last;
  ring.answer(taken, ECANCELED);
  assert.equal((await first.outcome()).status, "canceled");
  ring.answer(next, 4);
  assert.equal(await second, 4);
});

async function oneAfterTheOther(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  for (let round = 0; round < 200; round++) {
    const first = file.read(new IoBuffer(8));
    if (round % 2 === 0) await Promise.resolve();
    first.cancel();
    const { status } = await first.outcome();
    assert.equal(status, "canceled");
    const buffer = new IoBuffer(8);
    const second = file.read(buffer);
    peer.write(`<${round}>`);
    const count = await second;
    assert.equal(Buffer.from(buffer.bytes.subarray(0, count)).toString(), `<${round}>`);
  }
  await close();
  assertQuiet(stage);
}

onEachBackend("a read follows at once on a canceled one", oneAfterTheOther, {
  needs: ["waitingReads"],
});
