// Every call that can wait for ever, while it does: canceled, aborted, timed out, abandoned,
// closed, drained, and answered in the very moment in which it is asked to stop.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { IoError, Operation } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet, assertTold, Witness } from "./checks.ts";
import { STUCK, type Stuck, type Waiting } from "./stuck.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";

/** After every deadline of these tests. */
const TIMEOUT_MS = 2 * LONG_MS;

interface Case {
  readonly waiting: Waiting;
  readonly operation: Operation<unknown>;
  readonly witness: Witness;
  readonly signal: AbortController;
}

/** Starts it, and makes sure that the kernel has it and does not answer. */
async function begin(stuck: Stuck, stage: Stage): Promise<Case> {
  const waiting = await stuck.prepare(stage);
  const views = waiting.buffers.map((buffer) => buffer.bytes);
  const signal = new AbortController();
  const operation = waiting.start({ signal: signal.signal, timeoutMs: TIMEOUT_MS });
  const witness = new Witness(operation);
  assertLent(waiting.buffers, views);
  // Others come and go; this one waits.
  for (let round = 0; round < 5; round++) await stage.io.stat("/");
  assert.equal(operation.state, "submitted");
  assert.deepEqual(witness.heard, []);
  assert.deepEqual(
    stage.io.inFlight().map((each) => each.kind),
    [stuck.kind],
  );
  return { waiting, operation, witness, signal };
}

async function end(stage: Stage, { waiting, witness }: Case): Promise<void> {
  await waiting.dispose();
  await turn();
  assert.equal(witness.heard.length, 1, "it settled once");
  assertBack(waiting.buffers);
  assertQuiet(stage);
}

export function stuckTraits(subject: Subject, stage: () => Stage): void {
  for (const stuck of STUCK) {
    describe(`${stuck.name}() that waits`, needs(subject, stuck.ability), () => {
      requests(stuck, stage);
      races(stuck, stage);
      abandons(stuck, stage);
      shutdowns(stuck, stage);
    });
  }
}

function requests(stuck: Stuck, stage: () => Stage): void {
  const ways: Readonly<Record<string, readonly [code: string, ask: (it: Case) => void]>> = {
    "canceled in flight": ["ABORT_ERR", ({ operation }) => void operation.cancel()],
    "aborted in flight": ["ABORT_ERR", ({ signal }) => signal.abort("the reason")],
    "timed out": ["ETIMEDOUT", () => stage().passTime(TIMEOUT_MS)],
  };
  for (const [name, [code, ask]] of Object.entries(ways)) {
    test(`${name}: settles with the kernel's answer, and the buffers are back`, async () => {
      const it = await begin(stuck, stage());
      ask(it);
      assert.equal(it.operation.state, "canceling", "asking settles nothing");
      assertLent(it.waiting.buffers, []);
      ask(it);
      const outcome = await assertTold(it.operation, stuck.kind);
      assert.ok(outcome.status !== "completed");
      assert.equal(outcome.error.code, code);
      assert.equal(outcome.bytesTransferred, 0);
      if (name.startsWith("aborted")) assert.equal(outcome.error.cause, "the reason");
      else assert.equal(outcome.error.cause, undefined);
      await end(stage(), it);
    });
  }
}

function races(stuck: Stuck, stage: () => Stage): void {
  test("answered, then canceled in the same turn: completed wins", async () => {
    const it = await begin(stuck, stage());
    it.waiting.release();
    it.operation.cancel();
    const outcome = await assertTold(it.operation, stuck.kind);
    if (outcome.status === "completed") await it.waiting.check(outcome.value);
    else assert.equal(outcome.status, "canceled");
    await end(stage(), it);
  });

  test("canceled after completion: nothing changes", async () => {
    const it = await begin(stuck, stage());
    it.waiting.release();
    const value = await it.operation;
    it.operation.cancel();
    it.signal.abort();
    stage().passTime(TIMEOUT_MS);
    assert.equal((await it.operation.outcome()).status, "completed");
    await it.waiting.check(value);
    await end(stage(), it);
  });

  test("canceled before submit, in the turn of the call: the kernel never asked", async () => {
    const waiting = await stuck.prepare(stage());
    const operation = waiting.start();
    const witness = new Witness(operation);
    operation.cancel();
    const outcome = await assertTold(operation, stuck.kind);
    assert.equal(outcome.status, "canceled");
    await end(stage(), { waiting, operation, witness, signal: new AbortController() });
  });
}

function abandons(stuck: Stuck, stage: () => Stage): void {
  test("abandoned: rejected now, followed to the real end", async () => {
    const it = await begin(stuck, stage());
    const bytes = it.waiting.buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    it.operation.abandon();
    assert.equal(it.operation.state, "abandoned");
    assertLent(it.waiting.buffers, []);
    const { quarantinedBytes, quarantinedOperations } = stage().io.status();
    assert.deepEqual([quarantinedBytes, quarantinedOperations], [bytes, 1]);
    assert.equal(stage().io.inFlight()[0]?.state, "abandoned");
    await assert.rejects(it.operation, { code: "ERR_ABANDONED" });
    const outcome = await assertTold(it.operation, stuck.kind);
    assert.equal(outcome.status, "abandoned");
    await end(stage(), it);
  });

  test("abandoned after a cancel, canceled after abandon: one rejection", async () => {
    const it = await begin(stuck, stage());
    it.operation.cancel().abandon().cancel().abandon();
    assert.equal((await it.operation.outcome()).status, "abandoned");
    assert.deepEqual(it.witness.heard, ["ERR_ABANDONED"]);
    await end(stage(), it);
  });
}

function shutdowns(stuck: Stuck, stage: () => Stage): void {
  test("shutting down: drain() ends it, or lets it land", async () => {
    const it = await begin(stuck, stage());
    const draining = stage().io.drain({ deadlineMs: LONG_MS });
    if (!stuck.isEndedByClose) {
      assert.equal(it.operation.state, "submitted");
      it.waiting.release();
    }
    assert.deepEqual(await draining, { held: [] });
    const outcome = await assertTold(it.operation, stuck.kind);
    assert.equal(outcome.status, stuck.isEndedByClose ? "canceled" : "completed");
    await end(stage(), it);
  });

  test("shutting down past the deadline: reported as held, and asked to stop", async () => {
    const it = await begin(stuck, stage());
    if (stuck.isEndedByClose) {
      it.operation.cancel();
      await it.operation.outcome();
      return end(stage(), it);
    }
    const draining = stage().io.drain({ deadlineMs: LONG_MS });
    stage().passTime(LONG_MS);
    const { held } = await draining;
    assert.ok(held.every((each) => each.kind === stuck.kind && each.state === "canceling"));
    assert.equal((await it.operation.outcome()).status, "canceled");
    return end(stage(), it);
  });

  test("closing: a read is ended because of ERR_CLOSED, a write lands", async () => {
    const it = await begin(stuck, stage());
    const { file } = it.waiting;
    if (file === null) {
      it.operation.cancel();
      await it.operation.outcome();
      return end(stage(), it);
    }
    const closing = file.close();
    assert.equal(file.state, "closing");
    assert.equal(file.close(), closing);
    if (!stuck.isEndedByClose) {
      for (let round = 0; round < 3; round++) await stage().io.stat("/");
      assert.equal(it.operation.state, "submitted", "a pending write may land");
      assert.equal(file.state, "closing");
      it.waiting.release();
    }
    const outcome = await assertTold(it.operation, stuck.kind);
    assert.equal(outcome.status, stuck.isEndedByClose ? "canceled" : "completed");
    if (outcome.status === "canceled") {
      assert.equal((outcome.error.cause as IoError).code, "ERR_CLOSED");
    }
    await closing;
    assert.equal(file.state, "closed");
    return end(stage(), it);
  });
}
