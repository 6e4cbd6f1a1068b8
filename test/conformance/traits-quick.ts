// Every call that the kernel answers by itself, in every state of its handle and of its caller.

import assert from "node:assert/strict";
import { describe } from "node:test";

import type { File, Operation } from "../../src/index.ts";
import { assertBack, assertQuiet, assertTold, submissionsOf } from "./checks.ts";
import { Matrix } from "./matrix.ts";
import { makeProps, needsCall, type Props, QUICK, type Quick } from "./quick.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";
import { closeTraits } from "./traits-close.ts";
import { completeness } from "./traits-complete.ts";
import { heldTraits } from "./traits-held.ts";

async function dispose(stage: Stage, props: Props): Promise<void> {
  await props.file.close();
  assertBack([props.buffer, props.second]);
  assertQuiet(stage);
}

/** Closes the file that an open gave although nobody wants it any more. */
async function closeOpened(value: unknown): Promise<void> {
  if (typeof value === "object" && value !== null && "close" in value) {
    await (value as File).close();
  }
}

/** It happened or it did not: whichever the outcome says, the world says the same. */
async function assertTrue(
  call: Quick,
  props: Props,
  operation: Operation<unknown>,
  status: "canceled" | "timedOut",
): Promise<void> {
  const outcome = await assertTold(operation, call.syscall ?? call.kind);
  if (outcome.status === "completed") {
    await call.check(props, outcome.value as never);
    return;
  }
  assert.equal(outcome.status, status);
  assert.equal(outcome.bytesTransferred, 0);
  call.checkUndone(props);
}

const WHEN: readonly (readonly [when: string, wait: () => Promise<void> | undefined])[] = [
  ["before submit, in the turn of the call", () => undefined],
  ["in flight, a microtask later", () => Promise.resolve()],
  ["in flight, a turn later", turn],
];

export function quickTraits(subject: Subject, stage: () => Stage): void {
  const matrix = new Matrix();
  for (const call of QUICK) {
    describe(`${call.name}()`, needsCall(subject, call), () => {
      lifeTraits(call, matrix, stage);
      drainTraits(call, matrix, stage);
      cancelTraits(call, matrix, stage);
      requestTraits(call, matrix, stage);
      abandonTraits(call, matrix, stage);
      if (call.isOfFile) handleTraits(call, matrix, stage);
      else pathTraits(call, matrix, stage);
    });
  }
  describe("close()", () => closeTraits(matrix, subject, stage));
  describe("calls in flight for certain", needs(subject, "holding"), () => {
    for (const call of QUICK) describe(`${call.name}()`, () => heldTraits(call, stage));
  });
  completeness(matrix, subject, stage);
}

function lifeTraits(call: Quick, matrix: Matrix, stage: () => Stage): void {
  matrix.test(call.name, "open: does what it says", async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, {});
    assert.notEqual(operation.state, "settled");
    const outcome = await assertTold(operation, call.syscall ?? call.kind);
    assert.ok(outcome.status === "completed");
    await call.check(props, outcome.value as never);
    await dispose(stage(), props);
  });

  const unreached = "timed out too late: a timeout that is not reached leaves nothing behind";
  matrix.test(call.name, unreached, async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, { timeoutMs: LONG_MS });
    await call.check(props, (await operation) as never);
    stage().passTime(2 * LONG_MS);
    await dispose(stage(), props);
  });
}

function drainTraits(call: Quick, matrix: Matrix, stage: () => Stage): void {
  matrix.test(call.name, "shutting down: drain() leaves nothing held", async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, {});
    await turn();
    assert.deepEqual(await stage().io.drain({ deadlineMs: LONG_MS }), { held: [] });
    assert.equal(operation.state, "settled");
    await assertTrue(call, props, operation, "canceled");
    const { status } = await operation.outcome();
    const mayWait = ["read", "readv", "open"].includes(call.kind);
    assert.ok(status === "completed" || mayWait, "only what may wait is ended");
    await dispose(stage(), props);
  });

  matrix.test(call.name, "shutting down: what begins during drain() is waited for", async () => {
    const props = await makeProps(stage());
    const draining = stage().io.drain({ deadlineMs: LONG_MS });
    const operation = call.start(props, {});
    assert.deepEqual(await draining, { held: [] });
    assert.equal(operation.state, "settled");
    const outcome = await assertTold(operation, call.syscall ?? call.kind);
    assert.ok(outcome.status === "completed");
    await call.check(props, outcome.value as never);
    await dispose(stage(), props);
  });
}

function cancelTraits(call: Quick, matrix: Matrix, stage: () => Stage): void {
  matrix.test(call.name, "canceled before submit: the kernel is never asked", async () => {
    const props = await makeProps(stage());
    const before = submissionsOf(stage());
    const reason = new Error("the reason");
    const operation = call.start(props, { signal: AbortSignal.abort(reason) });
    operation.catch(() => {}); // Looked at below.
    assert.equal(operation.state, "settled");
    assert.deepEqual(stage().io.inFlight(), []);
    await turn();
    assert.equal(submissionsOf(stage()), before);
    const outcome = await assertTold(operation, call.syscall ?? call.kind);
    assert.ok(outcome.status === "canceled");
    assert.equal(outcome.error.cause, reason);
    assert.equal(outcome.bytesTransferred, 0);
    call.checkUndone(props);
    await dispose(stage(), props);
  });

  matrix.test(call.name, "canceled after completion: nothing changes", async () => {
    const props = await makeProps(stage());
    const controller = new AbortController();
    const operation = call.start(props, { signal: controller.signal });
    const value = await operation;
    operation.cancel();
    controller.abort();
    await turn();
    assert.equal(operation.state, "settled");
    assert.equal((await operation.outcome()).status, "completed");
    assert.equal(await operation, value);
    await call.check(props, value as never);
    await dispose(stage(), props);
  });
}

function requestTraits(call: Quick, matrix: Matrix, stage: () => Stage): void {
  for (const [when, wait] of WHEN) {
    matrix.test(call.name, `canceled ${when}: the outcome is true`, async () => {
      const props = await makeProps(stage());
      const operation = call.start(props, {});
      await wait();
      operation.cancel();
      await assertTrue(call, props, operation, "canceled");
      await dispose(stage(), props);
    });

    matrix.test(call.name, `timed out ${when}: the outcome is true`, async () => {
      const props = await makeProps(stage());
      const operation = call.start(props, { timeoutMs: LONG_MS });
      await wait();
      stage().passTime(LONG_MS);
      await assertTrue(call, props, operation, "timedOut");
      await dispose(stage(), props);
    });
  }
}

function abandonTraits(call: Quick, matrix: Matrix, stage: () => Stage): void {
  for (const [when, wait] of WHEN) {
    matrix.test(call.name, `abandoned ${when}: followed to its end`, async () => {
      const props = await makeProps(stage());
      const descriptors = props.world.descriptorCount();
      const operation = call.start(props, {});
      await wait();
      operation.abandon();
      const outcome = await assertTold(operation, call.syscall ?? call.kind);
      if (outcome.status === "completed") await closeOpened(outcome.value);
      else assert.equal(outcome.status, "abandoned");
      await stage().io.drain({ deadlineMs: LONG_MS });
      while (stage().io.inFlight().length > 0) await turn();
      assert.equal(props.world.descriptorCount(), descriptors, "a descriptor was left open");
      await dispose(stage(), props);
    });
  }
}

function handleTraits(call: Quick, matrix: Matrix, stage: () => Stage): void {
  for (const state of ["closing", "closed"] as const) {
    matrix.test(call.name, `${state}: refused, and nothing is submitted`, async () => {
      const props = await makeProps(stage());
      const closing = props.file.close();
      if (state === "closed") await closing;
      assert.equal(props.file.state, state);
      const before = submissionsOf(stage());
      const inFlight = stage().io.inFlight().length;
      assert.throws(() => call.start(props, {}), {
        name: "TypeError",
        code: "ERR_CLOSED",
        message: new RegExp(`^Cannot .*${state}.*wanted an open one`),
      });
      assert.equal(submissionsOf(stage()), before);
      assert.equal(stage().io.inFlight().length, inFlight);
      await dispose(stage(), props);
      call.checkUndone(props);
    });
  }

  matrix.test(call.name, "closing after the call: it lands, or close() ends a read", async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, {});
    const closing = props.file.close();
    await assertTrue(call, props, operation, "canceled");
    const outcome = await operation.outcome();
    if (outcome.status !== "completed") {
      assert.ok(["read", "readv"].includes(call.kind));
      assert.equal((outcome.error.cause as { code?: string }).code, "ERR_CLOSED");
    }
    await closing;
    await dispose(stage(), props);
  });
}

function pathTraits(call: Quick, matrix: Matrix, stage: () => Stage): void {
  for (const state of ["closing", "closed"] as const) {
    matrix.test(call.name, `${state}: a call by path has nothing to do with that`, async () => {
      const props = await makeProps(stage());
      const closing = props.file.close();
      if (state === "closed") await closing;
      assert.equal(props.file.state, state);
      const outcome = await assertTold(call.start(props, {}), call.syscall ?? call.kind);
      assert.ok(outcome.status === "completed");
      await call.check(props, outcome.value as never);
      await closing;
      await dispose(stage(), props);
    });
  }
}
