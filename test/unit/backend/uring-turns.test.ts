// Goal: the event loop stays fair, the rings are as big as needed and no bigger, opens that may
// wait for ever leave threads to others, and the process is held alive exactly when it should be.
// Method: a fake ring kernel that answers at once, or refuses memory; turns of the event loop.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openUring } from "../../../src/backend/uring/open.ts";
import { RingRefusal } from "../../../src/backend/uring/refusal.ts";
import { TURN_BUDGET_BYTES } from "../../../src/base/limits.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { EINVAL, ENOMEM } from "../../../src/kernel/errno.ts";
import {
  IOSQE_ASYNC,
  OP_FSYNC,
  OP_OPENAT,
  REGISTER_ENABLE_RINGS,
  REGISTER_IOWQ_MAX_WORKERS,
  REGISTER_PROBE,
  REGISTER_RESTRICTIONS,
} from "../../../src/kernel/uring-abi.ts";
import { FakeKernel } from "../../support/fake-kernel.ts";
import { flushed, Harness, NOP, openFile, read, turned } from "./uring-harness.ts";

const KIB = 1024;
const REGISTRATIONS: Readonly<Record<string, number>> = {
  "the probe": REGISTER_PROBE,
  "the restrictions": REGISTER_RESTRICTIONS,
  "letting it begin": REGISTER_ENABLE_RINGS,
};
const EMFILE = 24;
const EPERM = 1;
const ENXIO = 6;

describe("budget", () => {
  test("after its budget the loop has a turn, then it goes on", async () => {
    const h = new Harness();
    h.kernel.answer = (taken) => taken.length;
    const ids = h.submitMany(400, () => read(64 * KIB));
    await flushed();
    const perTurn = Math.ceil(TURN_BUDGET_BYTES / (80 * KIB));
    assert.equal(h.completedCount(ids), perTurn);
    await turned();
    assert.equal(h.completedCount(ids), 2 * perTurn);
    for (let turn = 0; turn < 10; turn++) await turned();
    assert.equal(h.completedCount(ids), 400);
  });

  test("a big batch of small things does not run in one turn", async () => {
    const h = new Harness();
    h.kernel.answer = () => 0;
    const ids = h.submitMany(2000, () => NOP);
    await flushed();
    const first = h.completedCount(ids);
    assert.ok(first > 0 && first <= TURN_BUDGET_BYTES / (16 * KIB), `${first}`);
    let turns = 0;
    while (h.completedCount(ids) < 2000) {
      await turned();
      turns++;
      assert.ok(turns < 20);
    }
    assert.ok(turns >= 5, `${turns}`);
  });

  test("what the kernel has completed waits for the next turn, and is not forgotten", async () => {
    const h = new Harness();
    const ids = h.submitMany(100, () => read(64 * KIB));
    await turned();
    await turned();
    assert.equal(h.kernel.taken.length, 100);
    for (const taken of h.kernel.taken) h.kernel.complete(taken, 64 * KIB);
    h.kernel.wake();
    const first = h.completedCount(ids);
    assert.ok(first < 100, `${first}`);
    await turned();
    await turned();
    assert.equal(h.completedCount(ids), 100);
  });

  test("one transfer bigger than the budget still goes", async () => {
    const h = new Harness();
    const ids = h.submitMany(3, () => read(64 * 1024 * KIB));
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.equal(h.kernel.taken.length, 3);
    for (const index of [0, 1, 2]) h.answer(index, 64 * 1024 * KIB);
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.equal(h.completedCount(ids), 3);
  });
});

describe("rings", () => {
  test("a bigger one takes new work when many are in flight; the old one is retired", async () => {
    const h = new Harness();
    const ids = h.submitMany(1000, read);
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.equal(h.kernel.taken.length, 1000);
    assert.deepEqual(h.kernel.setups, [256, 2048]);
    assert.equal(h.backend.statistics().rings, 2);
    // A cancel goes to the ring that has the request.
    h.backend.cancel(ids[0]!);
    h.backend.cancel(ids[999]!);
    await flushed();
    assert.deepEqual(h.kernel.cancels.map((cancel) => cancel.ring).sort(), [0, 1]);
    assert.deepEqual(h.completionOf(ids[0]!), { kind: "canceled" });
    assert.deepEqual(h.completionOf(ids[999]!), { kind: "canceled" });
    assert.deepEqual(h.kernel.closed, []);
    const inFirst = h.kernel.taken.filter((taken) => taken.ring === 0);
    for (const taken of inFirst.slice(1)) h.kernel.complete(taken, 8);
    h.kernel.wake(0);
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.deepEqual(h.kernel.closed, [0]);
    assert.equal(h.kernel.isHeld, true, "the wake-up that holds the process moved along");
    assert.equal(h.backend.statistics().ringEntries, 2048);
  });

  test("an outgrown ring stays while a single request of it is in flight", async () => {
    const h = new Harness();
    h.submitMany(1000, read);
    for (let turn = 0; turn < 4; turn++) await turned();
    const inFirst = h.kernel.taken.filter((taken) => taken.ring === 0);
    for (const taken of inFirst.slice(1)) h.kernel.complete(taken, 8);
    h.kernel.wake(0);
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.deepEqual(h.kernel.closed, []);
    h.answer(0, 8);
    assert.deepEqual(h.kernel.closed, [0]);
  });

  test("an outgrown ring stays for its last request, whatever is answered twice", async () => {
    const h = new Harness();
    h.submitMany(1000, read);
    for (let turn = 0; turn < 4; turn++) await turned();
    const inFirst = h.kernel.taken.filter((taken) => taken.ring === 0);
    for (const taken of inFirst.slice(1)) h.kernel.complete(taken, 8);
    const again = inFirst.at(-1)!;
    h.kernel.ring(0).post(again.userLow, again.userHigh, 8);
    h.kernel.wake(0);
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.deepEqual(h.kernel.closed, []);
    h.answer(0, 8);
    assert.deepEqual(h.kernel.closed, [0]);
  });

  test("without memory or places for a bigger one, new work waits for completions", async () => {
    const h = new Harness();
    h.kernel.setupPlan.push(-EMFILE);
    const ids = h.submitMany(500, read);
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.equal(h.kernel.taken.length, 384); // Three quarters of the completion queue.
    for (let index = 0; index < 384; index++) h.kernel.complete(h.kernel.taken[index]!, 8);
    h.kernel.wake();
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.equal(h.kernel.taken.length, 500);
    assert.equal(h.completedCount(ids), 384);
  });

  test("ENOMEM halves a bigger one, too, but never to what there is, or less", async () => {
    const h = new Harness();
    h.kernel.setupPlan.push(...new Array<number>(20).fill(-ENOMEM));
    h.submitMany(500, read);
    for (let turn = 0; turn < 4; turn++) await turned();
    assert.deepEqual(h.kernel.setups, [256, 2048, 1024, 512]);
    assert.equal(h.backend.statistics().ringEntries, 256);
    assert.equal(h.kernel.taken.length, 384);
  });

  for (const [what, op] of Object.entries(REGISTRATIONS)) {
    test(`ENOMEM for ${what}: no backend, why, and no ring is left`, () => {
      const kernel = new FakeKernel();
      kernel.registerAnswers.set(op, -ENOMEM);
      const sink = { complete: () => {}, holders: () => 0 };
      assert.throws(
        () => openUring(kernel, sink, new StepClock()),
        (error) =>
          error instanceof RingRefusal &&
          error.call === "io_uring_register" &&
          error.errno === ENOMEM,
      );
      assert.deepEqual([kernel.closed, kernel.rings.size], [[0], 0]);
    });

    // The first ring has been probed, and others are not.
    if (op === REGISTER_PROBE) continue;
    test(`ENOMEM for ${what} of a bigger ring: what there is has to do`, async () => {
      const h = new Harness();
      h.kernel.registerAnswers.set(op, -ENOMEM);
      h.submitMany(500, read);
      for (let turn = 0; turn < 4; turn++) await turned();
      assert.deepEqual([h.kernel.closed, h.kernel.rings.size], [[1], 1]);
      assert.equal(h.kernel.taken.length, 384);
    });
  }

  test("a kernel without restrictions has a ring all the same, and workers are no reason", () => {
    const h = new Harness((kernel) => {
      kernel.registerAnswers.set(REGISTER_RESTRICTIONS, -EINVAL);
      kernel.registerAnswers.set(REGISTER_IOWQ_MAX_WORKERS, -ENOMEM);
    });
    assert.equal(h.backend.statistics().ringEntries, 256);
  });

  test("ENOMEM halves the first ring", () => {
    const h = new Harness((kernel) => kernel.setupPlan.push(-ENOMEM, -ENOMEM));
    assert.deepEqual(h.kernel.setups, [256, 128, 64]);
    assert.equal(h.backend.statistics().ringEntries, 64);
  });

  test("ENOMEM for the smallest ring, or EPERM for the first: no backend, and why", () => {
    for (const [plan, cause] of [
      [new Array<number>(10).fill(-ENOMEM), /ENOMEM/],
      [[-EPERM], /EPERM/],
    ] as const) {
      const kernel = new FakeKernel();
      kernel.setupPlan.push(...plan);
      const sink = { complete: () => {}, holders: () => 0 };
      assert.throws(
        () => openUring(kernel, sink, new StepClock()),
        (error: unknown) => error instanceof RingRefusal && cause.test(error.message),
      );
    }
  });

  test("a kind that the kernel does not know is declared absent and answered", async () => {
    const h = new Harness((kernel) => kernel.absentOpcodes.add(OP_FSYNC));
    assert.equal(h.backend.capabilities.fsync, "absent");
    assert.equal(h.backend.capabilities.fdatasync, "absent");
    assert.equal(h.backend.capabilities.read, "native");
    const id = h.submit({ kind: "fsync", fd: 3 });
    await flushed();
    assert.deepEqual(h.completionOf(id), { kind: "unsupported" });
    assert.equal(h.kernel.taken.length, 0);
  });
});

describe("opens", () => {
  const opened = (h: Harness) => h.kernel.taken.filter((taken) => taken.opcode === OP_OPENAT);

  test("no more than the bound wait in threads; others wait here, and hold up nobody", async () => {
    const h = new Harness();
    const threads = () => opened(h).filter((taken) => taken.flags === IOSQE_ASYNC);
    h.kernel.answer = (taken) => (taken.flags === IOSQE_ASYNC ? undefined : -ENXIO);
    const ids = h.submitMany(50, openFile);
    await flushed();
    assert.equal(threads().length, 48);
    h.kernel.answer = (taken) => (taken.flags === IOSQE_ASYNC ? undefined : 33);
    const plain = h.submit(openFile());
    await flushed();
    assert.deepEqual(h.completionOf(plain), { kind: "opened", fd: 33, isStream: false });
    h.backend.cancel(ids[49]!); // It waits still: the kernel need not be asked.
    assert.deepEqual(h.completionOf(ids[49]!), { kind: "canceled" });
    h.backend.cancel(ids[0]!);
    await flushed();
    assert.deepEqual(h.completionOf(ids[0]!), { kind: "canceled" });
    assert.equal(threads().length, 49, "the next has its turn");
  });

  test("one that found no peer is given to a thread, and can be canceled there", async () => {
    const h = new Harness();
    const id = h.submit(openFile());
    await flushed();
    assert.equal(h.kernel.taken[0]?.flags, 0);
    h.answer(0, -ENXIO);
    await flushed();
    assert.equal(h.completionOf(id), undefined);
    assert.equal(h.kernel.taken[1]?.flags, IOSQE_ASYNC);
    h.backend.cancel(id);
    await flushed();
    assert.deepEqual(h.completionOf(id), { kind: "canceled" });
  });

  test("a thread that has no peer either says so", async () => {
    const h = new Harness();
    h.kernel.answer = () => -ENXIO;
    const id = h.submit(openFile());
    await flushed();
    assert.deepEqual(h.completionOf(id), { kind: "failed", errno: ENXIO });
    assert.equal(h.kernel.taken.length, 2);
  });

  test("a descriptor that cannot seek is a stream", async () => {
    const h = new Harness();
    h.kernel.seekable = (fd) => (fd === 7 ? 0 : 1);
    h.kernel.answer = () => 7;
    const id = h.submit(openFile());
    await flushed();
    assert.deepEqual(h.completionOf(id), { kind: "opened", fd: 7, isStream: true });
  });
});

describe("holding the process alive", () => {
  test("held while somebody holds, let go a turn later", async () => {
    const h = new Harness();
    h.submit(read());
    await flushed();
    assert.equal(h.kernel.isHeld, true);
    h.holdersCount = 0;
    h.backend.refresh();
    await flushed();
    assert.equal(h.kernel.isHeld, true, "the next call may be on its way");
    await turned();
    assert.equal(h.kernel.isHeld, false);
    h.holdersCount = 1;
    h.backend.refresh();
    await flushed();
    assert.equal(h.kernel.isHeld, true);
  });

  test("not let go if a new holder came in between", async () => {
    const h = new Harness();
    h.submit(read());
    await flushed();
    h.holdersCount = 0;
    h.backend.refresh();
    await flushed();
    h.holdersCount = 1;
    await turned();
    assert.equal(h.kernel.isHeld, true);
  });
});

test("the roster has the generation of what the kernel has, and nothing else", async () => {
  const h = new Harness();
  const roster = new Uint32Array(h.kernel.rosterBuffer);
  h.submit(read(), 3, 77);
  assert.equal(roster[2 * 3], 0);
  await flushed();
  assert.equal(roster[2 * 3], 77);
  assert.equal(roster.at(-1), 4, "it says how far the end of the thread has to look");
  h.answer(0, 8);
  assert.equal(roster[2 * 3], 0);
});
