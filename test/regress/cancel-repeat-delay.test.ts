// Goal: how long a cancel waits to be sent again depends on its own history, not on that of others:
// a disk read that cannot be stopped must not make every other cancel wait a second (P10).
// Method: a fake ring kernel whose cancels find nothing, and a clock that is stepped.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CANCEL_RETRY_MS_FIRST } from "../../src/base/limits.ts";
import { ENOENT } from "../support/fake-kernel.ts";
import { flushed, Harness, read } from "../unit/backend/uring-harness.ts";

async function repeat(h: Harness, times: number): Promise<void> {
  for (let round = 0; round < times; round++) {
    h.clock.step(h.clock.nextMs ?? assert.fail("no repeat is planned"));
    await flushed();
  }
}

test("a cancel that is answered in vain for the first time is soon sent again", async () => {
  const h = new Harness();
  h.kernel.answerCancel = () => -ENOENT;
  const stuck = h.submit(read());
  await flushed();
  h.backend.cancel(stuck);
  await flushed();
  await repeat(h, 12); // Once a second by now.
  const other = h.submit(read());
  await flushed();
  h.backend.cancel(other);
  await flushed();
  const sent = h.kernel.cancels.length;
  h.clock.step(CANCEL_RETRY_MS_FIRST);
  await flushed();
  assert.equal(h.kernel.cancels.length, sent + 1);
  assert.equal(h.kernel.cancels.at(-1)?.addressLow, 1);
});

test("the delay starts anew after a request that completed with a cancel out", async () => {
  const h = new Harness();
  h.kernel.answerCancel = () => -ENOENT;
  const first = h.submit(read());
  await flushed();
  h.backend.cancel(first);
  await flushed();
  await repeat(h, 11);
  h.kernel.answerCancel = () => undefined; // The twelfth cancel is with the kernel …
  await repeat(h, 1);
  h.answer(0, 8); // … when the read completes.
  h.kernel.answerCancel = () => -ENOENT;
  const second = h.submit(read());
  await flushed();
  h.backend.cancel(second);
  await flushed();
  assert.equal(h.clock.nextMs, CANCEL_RETRY_MS_FIRST);
});
