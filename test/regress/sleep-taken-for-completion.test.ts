// Goal: no time that passes stands for a completion: a request that was canceled is the kernel's
// for as long as it has not completed, be it half a second or half a day.
// Method: the kernel is silent, and the clock runs on. The wrong backend waits for half a second
// after the cancel, and then gives the memory back.
//
// Seen in: https://github.com/cezanne/usbip-win/pull/61

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet, holdKernel, Witness } from "../conformance/checks.ts";
import { openFifo } from "../conformance/fifo-case.ts";
import { LONG_MS, type Stage, turn } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { ECANCELED, onRing } from "../support/ring-io.ts";
import { Sleepy } from "../support/wrong-backends.ts";
import { flushed } from "../unit/backend/uring-harness.ts";

async function lentHoweverLong(stage: Stage): Promise<void> {
  const { file, close } = await openFifo(stage);
  const buffer = IoBuffer.from("mine");
  const views = [buffer.bytes];
  const release = holdKernel(stage);
  const read = file.read(buffer);
  const witness = new Witness(read);
  try {
    await turn();
    read.cancel();
    for (let count = 0; count < 10; count++) {
      stage.passTime(LONG_MS);
      await turn();
      assertLent([buffer], views);
      assert.deepEqual(witness.heard, []);
    }
  } finally {
    release();
  }
  assert.equal((await read.outcome()).status, "canceled");
  assertBack([buffer]);
  await close();
  assertQuiet(stage);
}

onEachBackend("memory is lent however long it takes", lentHoweverLong, {
  needs: ["waitingReads", "holding"],
});
noticesWrong("it sleeps instead", lentHoweverLong, (...args) => new Sleepy(...args));

onRing("memory is lent however long it takes", async (ring) => {
  const file = await ring.open();
  ring.kernel.answerCancel = () => undefined;
  const buffer = new IoBuffer(8);
  const read = file.read(buffer, { position: 0 });
  await flushed();
  read.cancel();
  for (let count = 0; count < 10; count++) {
    ring.clock.step(LONG_MS);
    await flushed();
    assert.equal(read.state, "canceling");
    assertLent([buffer], []);
  }
  ring.answer(ring.last, ECANCELED);
  assert.equal((await read.outcome()).status, "canceled");
  assertBack([buffer]);
});
