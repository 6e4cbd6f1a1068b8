// Goal: when the kernel takes nothing from a ring any more, what it has not got is done by another,
// once, and what it has got stays its own until it answers.
// Method: a fake ring kernel that refuses `enter` from some moment on, and a successor that notes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { OperationId, Request } from "../../../src/backend/contract.ts";
import { UringBackend } from "../../../src/backend/uring/backend.ts";
import { EAGAIN, EBADF } from "../../../src/kernel/errno.ts";
import { FakeBackend } from "../../support/fake-kernel-backend.ts";
import { flushed, Harness, openFile, read, turned } from "./uring-harness.ts";

const CLOSED = new Array<number>(1000).fill(-EBADF);
const READ_FILE: Request = { kind: "readFile", path: "a", length: 100 };

interface Failing {
  readonly h: Harness;
  readonly successor: FakeBackend;
  /** What the backend said when it failed. */
  readonly errnos: number[];
  readonly fail: () => void;
}

function failing(): Failing {
  const h = new Harness();
  const successor = new FakeBackend(h);
  const errnos: number[] = [];
  const backend = new UringBackend(h.kernel, h, h.clock, null, (errno) => {
    errnos.push(errno);
    return successor;
  });
  Object.assign(h, { backend });
  return { h, successor, errnos, fail: () => void h.kernel.plan.push(...CLOSED) };
}

const idsOf = (successor: FakeBackend): OperationId[] => successor.log.map(({ id }) => id);

describe("a ring that takes nothing any more", () => {
  test("hands over what the kernel has not got, in order, and all that follows", async () => {
    const { h, successor, errnos, fail } = failing();
    fail();
    const ids = h.submitMany(5, read);
    await flushed();
    assert.deepEqual(errnos, [EBADF]);
    assert.deepEqual(idsOf(successor), ids);
    assert.deepEqual(successor.log[0]?.request, read());
    const later = h.submit(read());
    assert.deepEqual(idsOf(successor), [...ids, later]);
    assert.equal(h.kernel.taken.length, 0);
    assert.equal(h.kernel.enters.length, 1, "the kernel was asked again");
    successor.done(8);
    assert.deepEqual(h.completionOf(ids[0]!), { kind: "done", value: 8 });
  });

  test("leaves to the kernel what it has got, and hears its answer", async () => {
    const { h, successor, fail } = failing();
    const first = h.submit(read());
    await flushed();
    fail();
    const second = h.submit(read());
    await flushed();
    assert.deepEqual(idsOf(successor), [second]);
    h.backend.cancel(first);
    await turned();
    assert.equal(h.completionOf(first), undefined, "a cancel that nobody heard ended it");
    h.answer(0, 3);
    assert.deepEqual(h.completionOf(first), { kind: "done", value: 3 });
  });

  test("is looked at from time to time, since the loop may watch something else", async () => {
    const { h, fail } = failing();
    const first = h.submit(read());
    await flushed();
    fail();
    h.submit(read());
    await flushed();
    h.kernel.complete(h.kernel.taken[0]!, 3); // Nobody is woken.
    assert.equal(h.clock.timerCount, 1);
    h.clock.step(1000);
    assert.deepEqual(h.completionOf(first), { kind: "done", value: 3 });
    assert.equal(h.clock.timerCount, 0, "it is looked at for ever");
  });

  test("is not asked again, whatever it has put off", async () => {
    const { h, fail } = failing();
    h.submitMany(2, read);
    await flushed();
    fail();
    h.submit(read());
    await flushed();
    const { length } = h.kernel.enters;
    h.kernel.putOff(h.kernel.taken[0]!, 3); // A ring that works would be asked for it.
    h.answer(1, 3);
    assert.equal(h.kernel.enters.length, length);
  });

  test("passes cancels on for what it has handed over", async () => {
    const { h, successor, fail } = failing();
    successor.isQuick = true;
    fail();
    const id = h.submit(read());
    await flushed();
    h.backend.cancel(id);
    assert.deepEqual(successor.canceled, [id]);
    assert.deepEqual(h.completionOf(id), { kind: "canceled" });
  });

  test("a request whose cancel came in the same turn is not handed over", async () => {
    const { h, successor, fail } = failing();
    const first = h.submit(read());
    await flushed();
    fail();
    const second = h.submit(read());
    h.backend.cancel(second);
    h.backend.cancel(first);
    await flushed();
    assert.deepEqual(idsOf(successor), []);
    assert.deepEqual(h.completionOf(second), { kind: "canceled" });
    assert.equal(h.completionOf(first), undefined);
  });

  test("one that was written, not taken and canceled meanwhile is not handed over", async () => {
    const { h, successor, fail } = failing();
    h.kernel.plan.push(-EAGAIN);
    const id = h.submit(read());
    await flushed();
    h.backend.cancel(id);
    fail();
    await turned();
    assert.deepEqual(h.completionOf(id), { kind: "canceled" });
    assert.deepEqual(idsOf(successor), []);
  });

  test("a small file begins again, and its descriptor is closed", async () => {
    const { h, successor, fail } = failing();
    const id = h.submit(READ_FILE);
    await flushed();
    fail();
    h.answer(0, 7); // Its open. The read that follows finds no kernel.
    await flushed();
    assert.deepEqual(h.kernel.closedAtOnce, [7]);
    assert.deepEqual(successor.log, [{ id, request: READ_FILE, snapshot: READ_FILE }]);
  });

  test("a small file of which only the close is missing is told", async () => {
    const { h, successor, fail } = failing();
    const id = h.submit(READ_FILE);
    await flushed();
    h.answer(0, 7);
    await flushed();
    fail();
    h.answer(1, 0); // Its end.
    await flushed();
    assert.deepEqual(h.kernel.closedAtOnce, [7]);
    assert.equal(successor.log.length, 0);
    assert.equal(h.completionOf(id)?.kind, "content");
  });

  test("opens that were held are handed over, too", async () => {
    const { h, successor, fail } = failing();
    h.kernel.answer = (taken) => (taken.flags === 0 ? -6 : undefined); // ENXIO: no peer.
    const ids = h.submitMany(60, () => openFile("fifo", 1));
    for (let round = 0; round < 5; round++) await turned();
    const inThreads = h.kernel.inFlight.size;
    assert.ok(inThreads > 0 && inThreads < 60);
    fail();
    h.submit(read());
    await flushed();
    assert.equal(successor.log.length, 60 - inThreads + 1);
    assert.ok(ids.every((id) => h.completionOf(id) === undefined));
  });

  test("without a successor it is a bug", async () => {
    const h = new Harness();
    h.submit(read());
    await flushed();
    h.kernel.putOff(h.kernel.taken[0]!, 0); // So that the kernel is asked.
    h.kernel.plan.push(-EBADF);
    assert.throws(() => h.kernel.wake(), /enter answered -9/);
  });
});
