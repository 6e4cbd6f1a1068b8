// Goal: a part of each ring's entries is for cancels alone, so that a cancel need not wait until
// the kernel takes the requests in front of it.
// Method: a fake ring kernel that takes nothing while there are more requests than entries.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EAGAIN } from "../../src/kernel/errno.ts";
import { flushed, Harness, read, turned } from "../unit/backend/uring-harness.ts";

test("a cancel has an entry when requests have used up theirs", async () => {
  const h = new Harness();
  h.kernel.answerCancel = () => undefined;
  const id = h.submit(read());
  await flushed();
  h.kernel.plan.push(-EAGAIN, -EAGAIN);
  h.submitMany(300, read);
  await flushed();
  h.backend.cancel(id);
  await turned();
  assert.equal(h.kernel.taken.length, 1);
  assert.equal(h.backend.statistics().cancelsSent, 1);
});
