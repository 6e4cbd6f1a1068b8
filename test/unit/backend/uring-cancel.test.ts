// Goal: a cancel is a request that is never lost and decides nothing: not its own answer, only the
// completion of the request ends it.
// Method: a fake ring kernel whose cancels find nothing, come too late, or find no room; a clock
// that is stepped.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { slotOf } from "../../../src/backend/contract.ts";
import { EBUSY, EINTR, ENOMEM } from "../../../src/kernel/errno.ts";
import { EALREADY, ENOENT } from "../../support/fake-kernel.ts";
import { flushed, Harness, NOP, openFile, read, turned } from "./uring-harness.ts";

const CANCELED = { kind: "canceled" } as const;

describe("cancel()", () => {
  test("before the flush: canceled at once, the kernel never asked", async () => {
    const h = new Harness();
    const id = h.submit(read());
    h.backend.cancel(id);
    assert.deepEqual(h.completionOf(id), CANCELED);
    await flushed();
    assert.equal(h.kernel.taken.length, 0);
    assert.equal(h.backend.statistics().submissions, 0);
  });

  test("in flight: nothing ends before the completion", async () => {
    const h = new Harness();
    h.kernel.answerCancel = () => undefined;
    const id = h.submit(read());
    await flushed();
    h.backend.cancel(id);
    await flushed();
    const [cancel] = h.kernel.cancels;
    assert.equal(cancel?.addressLow, h.kernel.taken[0]?.userLow);
    assert.equal(cancel?.addressHigh, h.kernel.taken[0]?.userHigh);
    assert.equal(h.completionOf(id), undefined);
    // The cancel "has succeeded". Its target is in the kernel's hands all the same.
    h.kernel.ring(0).post(cancel!.userLow, cancel!.userHigh, 0);
    h.kernel.wake();
    assert.equal(h.completionOf(id), undefined);
    h.answer(0, -125);
    assert.deepEqual(h.completionOf(id), CANCELED);
  });

  test("bytes that arrive after the cancel are delivered", async () => {
    const h = new Harness();
    h.kernel.answerCancel = () => 0;
    const id = h.submit(read(8));
    await flushed();
    h.backend.cancel(id);
    await flushed();
    h.answer(0, 5);
    assert.deepEqual(h.completionOf(id), { kind: "done", value: 5 });
  });

  test("asked twice, it is sent once", async () => {
    const h = new Harness();
    h.kernel.answerCancel = () => undefined;
    const id = h.submit(read());
    await flushed();
    h.backend.cancel(id);
    h.backend.cancel(id);
    await flushed();
    h.backend.cancel(id);
    await flushed();
    assert.equal(h.kernel.cancels.length, 1);
  });

  test("of an id that is unknown, or of another generation, does nothing", async () => {
    const h = new Harness();
    const id = h.submit(read(), 2, 7);
    await flushed();
    h.backend.cancel(id - 2 ** 20);
    h.backend.cancel(id + 1);
    h.backend.cancel(12_345);
    await flushed();
    assert.equal(h.kernel.cancels.length, 0);
    h.answer(0, 8);
    h.backend.cancel(id);
    await flushed();
    assert.equal(h.kernel.cancels.length, 0);
  });

  test("of a close does nothing: nobody could know whether the descriptor is open", async () => {
    const h = new Harness();
    const early = h.submit({ kind: "close", fd: 3 });
    h.backend.cancel(early);
    await flushed();
    h.backend.cancel(early);
    await flushed();
    assert.equal(h.kernel.cancels.length, 0);
    h.answer(0, 0);
    assert.deepEqual(h.completionOf(early), { kind: "done", value: 0 });
  });

  test("goes before the requests of the same turn", async () => {
    const h = new Harness();
    const seen: string[] = [];
    const id = h.submit(read());
    await flushed();
    h.kernel.answerCancel = () => void seen.push("cancel");
    h.kernel.answer = () => void seen.push("request");
    h.submit(NOP);
    h.backend.cancel(id);
    await flushed();
    assert.deepEqual(seen, ["cancel", "request"]);
  });

  test("has entries that requests leave free", async () => {
    const h = new Harness();
    h.kernel.plan.push(-16, -16);
    const ids = h.submitMany(300, read);
    await flushed();
    assert.equal(h.kernel.ring(0).sqEntries, 256);
    for (const id of ids.slice(0, 32)) h.backend.cancel(id);
    h.kernel.answerCancel = () => undefined;
    await turned();
    await turned();
    assert.ok(h.kernel.enters.some(({ submit }) => submit === 256)); // 224 requests, 32 cancels.
  });
});

describe("a cancel that does not fit", () => {
  const SMALLEST = [-ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM];

  test("waits for the next free entry, and keeps its place", async () => {
    const h = new Harness((kernel) => kernel.setupPlan.push(...SMALLEST));
    assert.equal(h.kernel.ring(0).sqEntries, 8);
    const ids = h.submitMany(12, read);
    await flushed();
    assert.equal(h.kernel.taken.length, 12);
    h.kernel.answerCancel = () => undefined;
    for (const id of ids) h.backend.cancel(id);
    h.kernel.plan.push(-EBUSY, 3);
    await flushed();
    assert.equal(h.kernel.enters.at(-1)?.submit, 8, "no entry was free");
    assert.equal(h.kernel.cancels.length, 0);
    await turned();
    const canceled = h.kernel.cancels.map((cancel) => cancel.addressLow);
    assert.deepEqual(canceled, ids.map(slotOf));
    assert.equal(h.completedCount(ids), 0);
  });

  test("is not sent at all if its target completes first", async () => {
    const h = new Harness((kernel) => kernel.setupPlan.push(...SMALLEST));
    const ids = h.submitMany(12, read);
    await flushed();
    for (const id of ids) h.backend.cancel(id);
    h.kernel.plan.push(-EBUSY);
    await flushed();
    h.kernel.complete(h.kernel.taken[11]!, 8);
    await turned();
    await turned();
    assert.equal(h.kernel.cancels.length, 11);
    assert.deepEqual(h.completionOf(ids[11]!), { kind: "done", value: 8 });
    assert.equal(h.completedCount(ids), 12);
  });
});

describe("a cancel that found nothing", () => {
  for (const [name, errno] of Object.entries({ ENOENT, EALREADY })) {
    test(`${name}, and then the target succeeds: its bytes are delivered`, async () => {
      const h = new Harness();
      h.kernel.answerCancel = () => -errno;
      const id = h.submit(read(8));
      await flushed();
      h.backend.cancel(id);
      await flushed();
      assert.equal(h.completionOf(id), undefined, "what the cancel was answered decides nothing");
      h.answer(0, 8);
      assert.deepEqual(h.completionOf(id), { kind: "done", value: 8 });
      assert.equal(h.clock.timerCount, 0);
    });

    test(`${name}, with the target's completion in the queue before it`, async () => {
      const h = new Harness();
      h.kernel.answerCancel = (_cancel, target) => {
        h.kernel.complete(target!, 8);
        return -errno;
      };
      const id = h.submit(read(8));
      await flushed();
      h.backend.cancel(id);
      await flushed();
      assert.deepEqual(h.completionOf(id), { kind: "done", value: 8 });
      assert.equal(h.clock.timerCount, 0);
      assert.equal(h.backend.statistics().staleCompletions, 0);
    });
  }

  for (const [name, errno] of Object.entries({ ENOENT, EALREADY })) {
    test(`${name}: is sent again, ever more rarely, until the request completes`, async () => {
      const h = new Harness();
      h.kernel.answerCancel = () => -errno;
      const id = h.submit(read());
      await flushed();
      h.backend.cancel(id);
      await flushed();
      const delays: number[] = [];
      for (let round = 0; round < 12; round++) {
        assert.equal(h.completionOf(id), undefined);
        assert.equal(h.kernel.cancels.length, round + 1);
        const next = h.clock.nextMs ?? assert.fail("no repeat is planned");
        delays.push(next);
        h.clock.step(next);
        await flushed();
      }
      assert.deepEqual(delays.slice(0, 4), [1, 2, 4, 8]);
      assert.equal(delays.at(-1), 1000);
      h.answer(0, 8);
      assert.deepEqual(h.completionOf(id), { kind: "done", value: 8 });
      assert.equal(h.clock.timerCount, 0);
    });
  }

  test("is sent again once, although it was answered twice", async () => {
    const h = new Harness();
    h.kernel.answerCancel = () => undefined;
    const id = h.submit(read());
    await flushed();
    h.backend.cancel(id);
    await flushed();
    const [cancel] = h.kernel.cancels;
    for (const errno of [ENOENT, EALREADY]) {
      h.kernel.ring(0).post(cancel!.userLow, cancel!.userHigh, -errno);
    }
    h.kernel.wake();
    assert.equal(h.clock.timerCount, 1);
    h.clock.step(10);
    await flushed();
    assert.equal(h.kernel.cancels.length, 2);
  });

  test("is not sent again after its target has completed", async () => {
    const h = new Harness();
    h.kernel.answerCancel = () => -ENOENT;
    const id = h.submit(read());
    await flushed();
    h.backend.cancel(id);
    await flushed();
    h.answer(0, 8);
    h.clock.step(10_000);
    await flushed();
    assert.equal(h.kernel.cancels.length, 1);
  });

  test("does not hit the next request in the same slot", async () => {
    const h = new Harness();
    h.kernel.answerCancel = () => undefined;
    const first = h.submit(read(), 5, 1);
    await flushed();
    h.backend.cancel(first);
    await flushed();
    h.answer(0, 8);
    const second = h.submit(read(), 5, 2);
    await flushed();
    const [cancel] = h.kernel.cancels;
    h.kernel.ring(0).post(cancel!.userLow, cancel!.userHigh, -ENOENT); // Its answer comes late.
    h.kernel.wake();
    h.clock.step(10_000);
    await flushed();
    assert.equal(h.kernel.cancels.length, 1);
    assert.equal(h.completionOf(second), undefined);
  });
});

describe("an interrupted request", () => {
  for (const result of [-EINTR, -512, -513, -514, -516]) {
    test(`${result}: submitted again if nobody wanted it canceled`, async () => {
      const h = new Harness();
      const id = h.submit(read(8));
      await flushed();
      h.answer(0, result);
      await flushed();
      assert.equal(h.completionOf(id), undefined);
      assert.equal(h.kernel.taken.length, 2);
      h.answer(1, 8);
      assert.deepEqual(h.completionOf(id), { kind: "done", value: 8 });
    });

    test(`${result}: canceled if somebody did`, async () => {
      const h = new Harness();
      h.kernel.answerCancel = () => undefined;
      const id = h.submit(read());
      await flushed();
      h.backend.cancel(id);
      await flushed();
      h.answer(0, result);
      assert.deepEqual(h.completionOf(id), CANCELED);
      assert.equal(h.kernel.taken.length, 1);
    });
  }

  test("is not repeated for ever, and gives back what it had just once", async () => {
    const h = new Harness();
    h.kernel.answer = () => -EINTR;
    const id = h.submit(openFile());
    for (let turn = 0; turn < 10; turn++) await turned();
    assert.deepEqual(h.completionOf(id), { kind: "failed", errno: EINTR });
    assert.equal(h.kernel.taken.length, 1001);
    // Scratch memory that was given back twice would now be two requests' own.
    h.kernel.answer = () => undefined;
    h.submit(openFile());
    h.submit(openFile());
    await flushed();
    const [first, second] = h.kernel.taken.slice(-2);
    assert.notEqual(first?.addressLow, second?.addressLow);
  });

  test("can be canceled while it waits to be submitted again", async () => {
    const h = new Harness();
    const id = h.submit(read());
    await flushed();
    h.kernel.complete(h.kernel.taken[0]!, -EINTR);
    h.onComplete = () => {};
    const other = h.submit(NOP);
    h.kernel.answer = (taken) => (taken.opcode === 0 ? 0 : undefined);
    h.onComplete = (completed) => {
      if (completed === other) h.backend.cancel(id);
    };
    h.kernel.wake();
    await turned();
    h.kernel.wake();
    assert.equal(h.completionOf(id)?.kind, "canceled");
  });
});
