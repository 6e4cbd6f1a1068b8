// Goal: whatever `enter` answers, each request reaches the kernel once and completes once.
// Method: a fake ring kernel that takes part of the entries, is interrupted, busy or short of
// memory, overflows, puts work off, repeats itself, and whose indices wrap.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { EAGAIN, EBUSY, EFAULT, EINTR, EINVAL, ENOMEM } from "../../../src/kernel/errno.ts";
import { ENTER_GETEVENTS } from "../../../src/kernel/uring-abi.ts";
import { flushed, Harness, NOP, read, turned } from "./uring-harness.ts";

const ENOBUFS = 105;

describe("enter", () => {
  test("requests of one turn are handed over by one call, in order", async () => {
    const h = new Harness();
    const ids = h.submitMany(20, read);
    assert.equal(h.kernel.enters.length, 0);
    await flushed();
    assert.deepEqual(h.kernel.enters, [{ ring: 0, submit: 20, flags: 0 }]);
    assert.deepEqual(
      h.kernel.taken.map((each) => each.userLow),
      ids.map((_, index) => index),
    );
  });

  test("a kernel that takes a part is asked for the rest", async () => {
    const h = new Harness();
    h.kernel.plan.push(3, 4);
    h.submitMany(10, read);
    await flushed();
    assert.deepEqual(
      h.kernel.enters.map((call) => call.submit),
      [10, 7, 3],
    );
    assert.equal(h.kernel.taken.length, 10);
  });

  test("an interrupted call is repeated at once", async () => {
    const h = new Harness();
    h.kernel.plan.push(-EINTR, -EINTR);
    h.submitMany(4, read);
    await flushed();
    assert.equal(h.kernel.enters.length, 3);
    assert.equal(h.kernel.taken.length, 4);
  });

  for (const [name, errno] of Object.entries({ EAGAIN, EBUSY, ENOMEM })) {
    test(`${name}: the loop has a turn, then the kernel is asked again`, async () => {
      const h = new Harness();
      h.kernel.plan.push(-errno, -errno);
      h.submitMany(4, read);
      await flushed();
      assert.equal(h.kernel.enters.length, 1);
      await turned();
      assert.equal(h.kernel.enters.length, 2);
      await turned();
      assert.equal(h.kernel.taken.length, 4);
    });
  }

  test("a call that takes nothing and says nothing counts as out of room", async () => {
    const h = new Harness();
    h.kernel.plan.push(0);
    h.submitMany(2, read);
    await flushed();
    assert.equal(h.kernel.enters.length, 1);
    await turned();
    assert.equal(h.kernel.taken.length, 2);
  });

  test("while the kernel is busy, what it has completed is delivered", async () => {
    const h = new Harness();
    const first = h.submit(read());
    await flushed();
    h.kernel.plan.push(-EBUSY);
    h.kernel.complete(h.kernel.taken[0]!, 8);
    h.submit(read());
    await flushed();
    assert.deepEqual(h.completionOf(first), { kind: "done", value: 8 });
  });

  for (const [name, errno] of Object.entries({ EFAULT, EINVAL })) {
    test(`${name}: an errno that only our bug can cause is not swallowed`, () => {
      const h = new Harness();
      h.submit(read());
      h.kernel.plan.push(-errno);
      assert.throws(() => h.kernel.wake(), { name: "InvariantError" });
      h.kernel.wake();
      assert.equal(h.kernel.taken.length, 1, "the entry is where it was");
    });
  }
});

describe("completions", () => {
  test("an overflow is fetched with GETEVENTS, although nothing is to be submitted", async () => {
    const h = new Harness();
    const ids = h.submitMany(200, read);
    await flushed();
    const ring = h.kernel.ring(0);
    // As if the queue were full: the kernel keeps the completions and raises the flag.
    for (let unused = 0; unused < ring.cqEntries; unused++) ring.post(0xfff, 1, 0);
    for (const taken of h.kernel.taken) h.kernel.complete(taken, 8);
    h.kernel.enters.length = 0;
    h.kernel.wake();
    await turned();
    assert.ok(h.kernel.enters.some((call) => call.flags === ENTER_GETEVENTS && call.submit === 0));
    assert.equal(h.completedCount(ids), 200);
    assert.ok(h.backend.statistics().overflows! > 0);
  });

  test("an overflow is fetched together with what is to be submitted", async () => {
    const h = new Harness();
    const ids = h.submitMany(20, read);
    await flushed();
    const ring = h.kernel.ring(0);
    for (let unused = 0; unused < ring.cqEntries; unused++) ring.post(0xfff, 1, 0);
    for (const taken of h.kernel.taken) h.kernel.complete(taken, 8);
    h.kernel.enters.length = 0;
    h.submit(read());
    await turned();
    await turned();
    assert.deepEqual(h.kernel.enters[0], { ring: 0, submit: 1, flags: ENTER_GETEVENTS });
    assert.equal(h.completedCount(ids), 20);
  });

  test("ENOBUFS of a request is its failure, and nobody else's", async () => {
    const h = new Harness();
    const [first, second] = h.submitMany(2, read);
    await flushed();
    h.answer(0, -ENOBUFS);
    h.answer(1, 8);
    assert.deepEqual(h.completionOf(first!), { kind: "failed", errno: ENOBUFS });
    assert.deepEqual(h.completionOf(second!), { kind: "done", value: 8 });
  });

  test("work that the kernel has put off is run with GETEVENTS", async () => {
    const h = new Harness();
    const id = h.submit(read());
    await flushed();
    h.kernel.putOff(h.kernel.taken[0]!, 8);
    h.kernel.wake();
    assert.deepEqual(h.completionOf(id), { kind: "done", value: 8 });
    assert.equal(h.kernel.enters.at(-1)?.flags, ENTER_GETEVENTS);
  });

  test("a stale completion is counted and reaches nobody", async () => {
    const h = new Harness();
    const id = h.submit(read(), 3, 9);
    await flushed();
    const ring = h.kernel.ring(0);
    ring.post(3, 8, 8); // An older generation of the slot.
    ring.post(4, 9, 8); // A slot that nobody has.
    h.kernel.wake();
    assert.equal(h.completionOf(id), undefined);
    assert.equal(h.backend.statistics().staleCompletions, 2);
  });

  test("a second completion of the same request is counted and reaches nobody", async () => {
    const h = new Harness();
    const id = h.submit(read(), 3, 9);
    await flushed();
    h.answer(0, 8);
    h.kernel.ring(0).post(3, 9, 8);
    h.kernel.wake();
    assert.deepEqual(h.completionOf(id), { kind: "done", value: 8 });
    assert.equal(h.backend.statistics().staleCompletions, 1);
    // And not the next one of the slot either.
    const next = h.submit(read(), 3, 10);
    await flushed();
    h.kernel.ring(0).post(3, 9, 8);
    h.kernel.wake();
    assert.equal(h.completionOf(next), undefined);
    h.answer(1, 5);
    assert.deepEqual(h.completionOf(next), { kind: "done", value: 5 });
  });

  for (const startIndex of [0x7fff_fff0, 0xffff_fff0]) {
    test(`indices wrap at ${startIndex.toString(16)}`, async () => {
      const h = new Harness((kernel) => {
        kernel.startIndex = startIndex;
      });
      h.kernel.answer = () => 0;
      const ids = h.submitMany(100, () => NOP);
      await flushed();
      assert.equal(h.completedCount(ids), 100);
      h.kernel.answer = () => undefined;
      const waiting = h.submitMany(300, read);
      await turned();
      for (const id of waiting) h.backend.cancel(id);
      await turned();
      await turned();
      assert.equal(h.completedCount(waiting), 300);
      assert.deepEqual(h.completionOf(waiting[0]!), { kind: "canceled" });
    });
  }

  test("completions are delivered in the order in which the kernel posted them", async () => {
    const h = new Harness();
    const ids = h.submitMany(3, read);
    await flushed();
    for (const index of [2, 0, 1]) h.kernel.complete(h.kernel.taken[index]!, 8);
    h.kernel.wake();
    assert.deepEqual(h.order, [ids[2], ids[0], ids[1]]);
  });

  test("new work from within a completion is taken up by the same pump", async () => {
    const h = new Harness();
    h.kernel.answer = () => 0;
    let left = 5;
    h.onComplete = () => {
      if (left-- > 0) h.submit(NOP);
    };
    h.submit(NOP);
    await flushed();
    assert.equal(h.order.length, 6);
  });
});
