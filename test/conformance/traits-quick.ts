// Every call that the kernel answers by itself, in every state of its handle and of its caller.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { File } from "../../src/index.ts";
import { assertBack, assertQuiet, assertTold, submissionsOf } from "./checks.ts";
import { makeProps, type Props, QUICK, type Quick } from "./quick.ts";
import { LONG_MS, type Stage, turn } from "./subject.ts";

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

const WHEN: readonly (readonly [when: string, wait: () => Promise<void> | undefined])[] = [
  ["in the turn of the call", () => undefined],
  ["a microtask later", () => Promise.resolve()],
  ["a turn later", turn],
];

export function quickTraits(stage: () => Stage): void {
  for (const call of QUICK) {
    describe(`${call.name}()`, () => {
      lifeTraits(call, stage);
      cancelTraits(call, stage);
      abandonTraits(call, stage);
      if (call.isOfFile) handleTraits(call, stage);
    });
  }
}

function lifeTraits(call: Quick, stage: () => Stage): void {
  test("open: does what it says", async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, {});
    assert.notEqual(operation.state, "settled");
    const outcome = await assertTold(operation, call.kind);
    assert.ok(outcome.status === "completed");
    await call.check(props, outcome.value as never);
    await dispose(stage(), props);
  });

  test("timed out: a timeout that is not reached changes nothing and leaves no timer", async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, { timeoutMs: LONG_MS });
    await call.check(props, (await operation) as never);
    stage().passTime(2 * LONG_MS);
    await dispose(stage(), props);
  });

  test("shutting down: drain() leaves nothing held, and the truth is told", async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, {});
    await turn();
    assert.deepEqual(await stage().io.drain({ deadlineMs: LONG_MS }), { held: [] });
    const outcome = await assertTold(operation, call.kind);
    if (outcome.status === "completed") await call.check(props, outcome.value as never);
    else {
      assert.equal(outcome.status, "canceled");
      assert.ok(["read", "readv", "open"].includes(call.kind), "only what may wait is ended");
      call.checkUndone(props);
    }
    await dispose(stage(), props);
  });
}

function cancelTraits(call: Quick, stage: () => Stage): void {
  test("canceled before submit: the kernel is never asked", async () => {
    const props = await makeProps(stage());
    const before = submissionsOf(stage());
    const reason = new Error("the reason");
    const operation = call.start(props, { signal: AbortSignal.abort(reason) });
    operation.catch(() => {}); // Looked at below.
    assert.equal(operation.state, "settled");
    assert.deepEqual(stage().io.inFlight(), []);
    await turn();
    assert.equal(submissionsOf(stage()), before);
    const outcome = await assertTold(operation, call.kind);
    assert.ok(outcome.status === "canceled");
    assert.equal(outcome.error.cause, reason);
    assert.equal(outcome.bytesTransferred, 0);
    call.checkUndone(props);
    await dispose(stage(), props);
  });

  for (const [when, wait] of WHEN) {
    test(`canceled ${when}: it happened or it did not, and the outcome tells`, async () => {
      const props = await makeProps(stage());
      const operation = call.start(props, {});
      await wait();
      operation.cancel();
      const outcome = await assertTold(operation, call.kind);
      if (outcome.status === "completed") await call.check(props, outcome.value as never);
      else {
        assert.equal(outcome.status, "canceled");
        assert.equal(outcome.bytesTransferred, 0);
        call.checkUndone(props);
      }
      await dispose(stage(), props);
    });
  }

  test("canceled after completion: nothing changes", async () => {
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

function abandonTraits(call: Quick, stage: () => Stage): void {
  for (const [when, wait] of WHEN) {
    test(`abandoned ${when}: rejected or completed, and followed to its end`, async () => {
      const props = await makeProps(stage());
      const descriptors = props.world.descriptorCount();
      const operation = call.start(props, {});
      await wait();
      operation.abandon();
      const outcome = await assertTold(operation, call.kind);
      if (outcome.status === "completed") await closeOpened(outcome.value);
      else assert.equal(outcome.status, "abandoned");
      await stage().io.drain({ deadlineMs: LONG_MS });
      while (stage().io.inFlight().length > 0) await turn();
      assert.equal(props.world.descriptorCount(), descriptors, "a descriptor was left open");
      await dispose(stage(), props);
    });
  }
}

function handleTraits(call: Quick, stage: () => Stage): void {
  for (const state of ["closing", "closed"] as const) {
    test(`${state}: refused, and nothing is submitted`, async () => {
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

  test("closing after the call: it lands, or a read is ended by close", async () => {
    const props = await makeProps(stage());
    const operation = call.start(props, {});
    const closing = props.file.close();
    const outcome = await assertTold(operation, call.kind);
    if (outcome.status === "completed") await call.check(props, outcome.value as never);
    else {
      assert.ok(outcome.status === "canceled" && ["read", "readv"].includes(call.kind));
      assert.equal((outcome.error.cause as { code?: string }).code, "ERR_CLOSED");
    }
    await closing;
    await dispose(stage(), props);
  });
}
