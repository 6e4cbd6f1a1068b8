// Goal: drain() asks to stop what is in flight at its deadline, and nothing that begins after it.
// Method: a timer that is due with the deadline and runs after it begins another operation, before
// whoever waits for drain() has heard. Found by fuzzing, seed 100274.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeFakeIo } from "../support/fake-kernel-backend.ts";

test("what begins after the deadline is left alone", async () => {
  const { io, backend, clock } = makeFakeIo();
  const before = io.stat("/before");
  const draining = io.drain({ deadlineMs: 50 });
  let after: ReturnType<typeof io.stat> | undefined;
  clock.after(50, () => {
    after = io.stat("/after");
  });
  clock.step(50);
  const { held } = await draining;
  assert.deepEqual(
    held.map(({ path, state }) => [path, state]),
    [["/before", "canceling"]],
  );
  assert.equal(after?.state, "submitted");
  backend.answer({ kind: "canceled" });
  backend.answer({ kind: "unsupported" });
  assert.equal((await before.outcome()).status, "canceled");
  assert.equal((await after?.outcome())?.status, "failed");
});
