// Goal: each counter of `status()` says what it is for: what is in flight, queued and quarantined
// now, how operations have ended so far, and what the backend counts.
// Method: files and calls on a fake kernel, looked at before and after each answer.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type Io, IoBuffer, type OperationCounts } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { openFake, quiet } from "../api/fake-file.ts";

function held(io: Io): readonly number[] {
  const { inFlight, queued, quarantinedOperations, quarantinedBytes } = io.status();
  return [inFlight, queued, quarantinedOperations, quarantinedBytes];
}

/** Counts that are not 0, but for the open that made the file. */
function ended(io: Io): Partial<OperationCounts> {
  const { completed, ...others } = io.status().counts;
  const all = Object.entries({ completed: completed - 1, ...others });
  return Object.fromEntries(all.filter(([, count]) => count !== 0));
}

describe("status()", () => {
  test("tells what is in flight, and what of it the kernel has not got yet", async () => {
    const { io, file, backend } = await openFake(true);
    assert.deepEqual(held(io), [0, 0, 0, 0]);
    const reads = [1, 2, 3].map(() => file.read(new IoBuffer(8)));
    assert.deepEqual(held(io), [3, 2, 0, 0], "a stream has one read at a time");
    backend.done(8);
    assert.deepEqual(held(io), [2, 1, 0, 0]);
    backend.done(8);
    backend.done(8);
    await Promise.all(reads);
    assert.deepEqual(held(io), [0, 0, 0, 0]);
  });

  test("tells what the kernel has of those who do not wait any more", async () => {
    const { io, file, backend } = await openFake(false);
    const read = quiet(file.read(new IoBuffer(4096), { position: 0 })).abandon();
    const stat = quiet(file.stat()).abandon();
    assert.deepEqual(held(io), [2, 0, 2, 4096]);
    backend.answer({ kind: "canceled" });
    backend.answer({ kind: "canceled" });
    await Promise.all([read.outcome(), stat.outcome()]);
    assert.deepEqual(held(io), [0, 0, 0, 0]);
  });

  test("counts each of the five ends, when the kernel has let go", async () => {
    const { io, file, backend, clock } = await openFake(false);
    const read = (timeoutMs?: number) =>
      quiet(file.read(new IoBuffer(8), { position: 0, timeoutMs }));
    const reads = [read(), read().cancel(), read(5), read().abandon(), read()];
    clock.step(5);
    assert.deepEqual(ended(io), {});
    backend.done(8);
    for (let count = 0; count < 3; count++) backend.answer({ kind: "canceled" });
    backend.answer({ kind: "failed", errno: 5 });
    await Promise.all(reads.map((each) => each.outcome()));
    const once = { completed: 1, canceled: 1, timedOut: 1, abandoned: 1, failed: 1 };
    assert.deepEqual(ended(io), once);
  });

  test("counts what completed although it had been asked to stop, in every way", async () => {
    const { io, file, backend, clock } = await openFake(false);
    const controller = new AbortController();
    const read = (options: object) => file.read(new IoBuffer(8), { position: 0, ...options });
    const reads = [
      read({}).cancel(),
      read({ timeoutMs: 5 }),
      read({ signal: controller.signal }),
      read({}),
    ];
    clock.step(5);
    controller.abort();
    for (let count = 0; count < 4; count++) backend.done(8);
    await Promise.all(reads);
    assert.deepEqual(ended(io), { completed: 4, canceledTooLate: 3 });
  });

  test("passes on what the backend counts", async () => {
    const { io, backend } = makeFakeIo();
    backend.statistics = () => ({ overflows: 7, cancelsSent: 2 });
    assert.deepEqual(io.status().statistics, { overflows: 7, cancelsSent: 2 });
  });
});
