// Goal: requests and cancels that found no free entry while the kernel took none are handed over
// when it takes entries again, although no completion and no call comes to remind anybody.
// Method: a fake ring kernel that answers EAGAIN to a full queue, then works.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EAGAIN } from "../../src/kernel/errno.ts";
import { flushed, Harness, read, turned } from "../unit/backend/uring-harness.ts";

test("requests that found no entry go on once the kernel takes entries again", async () => {
  const h = new Harness();
  h.kernel.plan.push(-EAGAIN);
  h.submitMany(300, read); // More than the 224 entries that requests may fill.
  await flushed();
  await turned();
  await turned();
  assert.equal(h.kernel.taken.length, 300);
});

test("cancels that found no entry go on once the kernel takes entries again", async () => {
  const h = new Harness();
  h.kernel.plan.push(-EAGAIN, -EAGAIN);
  h.kernel.answerCancel = () => undefined;
  const ids = h.submitMany(224, read);
  await flushed();
  for (const id of ids.slice(0, 100)) h.backend.cancel(id);
  for (let round = 0; round < 4; round++) await turned();
  assert.equal(h.kernel.taken.length, 224);
  assert.equal(h.kernel.cancels.length, 100);
});
