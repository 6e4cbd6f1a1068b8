// Goal: a cancel names one activation and no other: if it comes late, it does not hit what has
// taken the place of its target since, be that another operation or the next part of the same.
// Method: a ring kernel that looks for a cancel's target only when the place is another's; on
// every backend cancels of reads that are over, while the next one waits.
//
// Seen in: https://github.com/mitchellh/libxev/issues/233

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";
import { ECANCELED, onRing } from "../support/ring-io.ts";
import { flushed } from "../unit/backend/uring-harness.ts";

onRing("a cancel looks for its target when that is over", async (ring) => {
  const file = await ring.open();
  ring.kernel.answerCancel = () => undefined;
  const first = file.read(new IoBuffer(8), { position: 0 });
  await flushed();
  const taken = ring.last;
  first.cancel();
  await flushed();
  const [cancel] = ring.kernel.cancels;
  assert.equal(ring.targetOf(cancel!), taken);
  ring.answer(taken, 8);
  assert.equal(await first, 8);
  const second = file.read(new IoBuffer(8), { position: 0 });
  await flushed();
  assert.equal(ring.last.userLow, taken.userLow, "it has the same place");
  assert.equal(ring.targetOf(cancel!), undefined, "the cancel would hit the next one");
  ring.answer(ring.last, 4);
  assert.equal(await second, 4);
});

onRing("a write goes on with its rest, and is canceled then", async (ring) => {
  const file = await ring.open();
  const write = file.writeAll("12345678", { position: 0 });
  await flushed();
  const first = ring.last;
  ring.answer(first, 5);
  await flushed();
  const second = ring.last;
  assert.equal(second.length, 3);
  assert.notEqual(second.userHigh, first.userHigh, "both parts have one name");
  ring.kernel.answerCancel = () => undefined;
  write.cancel();
  await flushed();
  assert.equal(ring.targetOf(ring.kernel.cancels[0]!), second);
  ring.answer(second, ECANCELED);
  const outcome = await write.outcome();
  assert.deepEqual([outcome.status, outcome.bytesTransferred], ["canceled", 5]);
});

async function nobodyElse(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  let last = file.read(new IoBuffer(8));
  for (let round = 0; round < 100; round++) {
    await others(stage);
    peer.write("bytes");
    const over = last;
    // In the moment in which they come, or when they have been told of.
    if (round % 2 === 0) await over;
    else await turn();
    last = file.read(new IoBuffer(8));
    over.cancel();
    const outcome = await over.outcome();
    if (outcome.status !== "completed") assert.equal(await last, 5);
    if (last.state === "settled") last = file.read(new IoBuffer(8));
    await others(stage);
    assert.equal(last.state, "submitted", "a late cancel has hit the next one");
  }
  await last.cancel().outcome();
  await close();
  assertQuiet(stage);
}

onEachBackend("a late cancel hits nobody", nobodyElse, { needs: ["waitingReads"] });
