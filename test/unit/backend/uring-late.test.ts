// Goal: a transfer of a stream for which others were too quick (EAGAIN) is no failure: it is tried
// again after a while, can be stopped meanwhile, and holds no timer when it is over.
// Method: a fake kernel that answers so, and stepped time.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Request } from "../../../src/backend/contract.ts";
import { TRIED_AGAIN_MS } from "../../../src/base/limits.ts";
import { EAGAIN } from "../../../src/kernel/errno.ts";
import { flushed, Harness, read } from "./uring-harness.ts";

const AT_A_POSITION = { ...read(), position: 0 } as Request;

async function step(h: Harness): Promise<void> {
  h.clock.step(TRIED_AGAIN_MS);
  await flushed();
}

describe("a transfer that was too late", () => {
  for (const kind of ["read", "write"] as const) {
    test(`a ${kind} is tried again, as often as it takes`, async () => {
      const h = new Harness();
      const id = h.submit({ ...read(8), kind } as Request);
      await flushed();
      for (let round = 0; round < 3; round++) {
        h.answer(round, -EAGAIN);
        await flushed();
        assert.equal(h.kernel.taken.length, round + 1);
        await step(h);
        assert.equal(h.kernel.taken.length, round + 2);
      }
      h.answer(3, 5);
      assert.deepEqual(h.completionOf(id), { kind: "done", value: 5 });
      assert.equal(h.clock.timerCount, 0);
    });
  }

  test("is canceled while it waits, and never tried again", async () => {
    const h = new Harness();
    const id = h.submit(read());
    await flushed();
    h.answer(0, -EAGAIN);
    h.backend.cancel(id);
    assert.deepEqual(h.completionOf(id), { kind: "canceled" });
    assert.equal(h.clock.timerCount, 0);
    await step(h);
    assert.equal(h.kernel.taken.length, 1);
  });

  test("is canceled if somebody wanted that before the answer", async () => {
    const h = new Harness();
    h.kernel.answerCancel = () => undefined;
    const id = h.submit(read());
    await flushed();
    h.backend.cancel(id);
    await flushed();
    h.answer(0, -EAGAIN);
    assert.deepEqual(h.completionOf(id), { kind: "canceled" });
  });

  test("at a position, there is nobody to be quicker: it has failed", async () => {
    const h = new Harness();
    const id = h.submit(AT_A_POSITION);
    await flushed();
    h.answer(0, -EAGAIN);
    assert.deepEqual(h.completionOf(id), { kind: "failed", errno: EAGAIN });
  });
});
