// Every call that can wait for ever, while it does: canceled, aborted, timed out, abandoned,
// closed, drained, and answered in the very moment in which it is asked to stop.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { IoError, Operation } from "../../src/index.ts";
import {
  assertBack,
  assertLent,
  assertQuiet,
  assertTold,
  submissionsOf,
  Witness,
} from "./checks.ts";
import { Matrix } from "./matrix.ts";
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
  const matrix = new Matrix();
  const able = STUCK.filter(({ ability }) => needs(subject, ability).skip === false);
  for (const stuck of STUCK) {
    describe(`${stuck.name}() that waits`, needs(subject, stuck.ability), () => {
      const trait: Trait = (name, body) => matrix.test(stuck.name, name, body);
      requests(stuck, trait, stage);
      unsubmitted(stuck, trait, stage);
      completions(stuck, trait, stage);
      abandons(stuck, trait, stage);
      drains(stuck, trait, stage);
      handles(stuck, trait, stage);
    });
  }
  test("each call that waits has been looked at in each state", () => {
    assert.deepEqual(matrix.missing(able.map(({ name }) => name)), []);
  });
}

type Trait = (name: string, body: () => Promise<void>) => void;

function requests(stuck: Stuck, trait: Trait, stage: () => Stage): void {
  const ways: Readonly<Record<string, readonly [code: string, ask: (it: Case) => void]>> = {
    "canceled in flight": ["ABORT_ERR", ({ operation }) => void operation.cancel()],
    "canceled in flight by its signal": ["ABORT_ERR", ({ signal }) => signal.abort("the reason")],
    "timed out": ["ETIMEDOUT", () => stage().passTime(TIMEOUT_MS)],
  };
  for (const [name, [code, ask]] of Object.entries(ways)) {
    trait(`${name}: settles with the kernel's answer, and the buffers are back`, async () => {
      const it = await begin(stuck, stage());
      ask(it);
      assert.equal(it.operation.state, "canceling", "asking settles nothing");
      assertLent(it.waiting.buffers, []);
      ask(it);
      const outcome = await assertTold(it.operation, stuck.kind);
      assert.ok(outcome.status !== "completed");
      assert.equal(outcome.error.code, code);
      assert.equal(outcome.bytesTransferred, 0);
      if (name.endsWith("signal")) assert.equal(outcome.error.cause, "the reason");
      else assert.equal(outcome.error.cause, undefined);
      await end(stage(), it);
    });
  }
}

function unsubmitted(stuck: Stuck, trait: Trait, stage: () => Stage): void {
  trait("canceled before submit: the kernel is never asked", async () => {
    const waiting = await stuck.prepare(stage());
    const before = submissionsOf(stage());
    const signal = new AbortController();
    signal.abort();
    const operation = waiting.start({ signal: signal.signal });
    const witness = new Witness(operation);
    assert.equal(operation.state, "settled");
    assertBack(waiting.buffers);
    assert.equal((await assertTold(operation, stuck.kind)).status, "canceled");
    assert.equal(submissionsOf(stage()), before);
    await end(stage(), { waiting, operation, witness, signal });
  });

  trait("canceled before submit, in the turn of the call: ends", async () => {
    const waiting = await stuck.prepare(stage());
    const operation = waiting.start();
    const witness = new Witness(operation);
    operation.cancel();
    const outcome = await assertTold(operation, stuck.kind);
    assert.equal(outcome.status, "canceled");
    await end(stage(), { waiting, operation, witness, signal: new AbortController() });
  });
}

function completions(stuck: Stuck, trait: Trait, stage: () => Stage): void {
  trait("open: waits until the kernel can, and does what it says", async () => {
    const it = await begin(stuck, stage());
    it.waiting.release();
    await it.waiting.check(await it.operation);
    await end(stage(), it);
  });

  trait("canceled in flight in the moment it is answered: the outcome is true", async () => {
    const it = await begin(stuck, stage());
    it.waiting.release();
    it.operation.cancel();
    const outcome = await assertTold(it.operation, stuck.kind);
    if (outcome.status === "completed") await it.waiting.check(outcome.value);
    else assert.equal(outcome.status, "canceled");
    await end(stage(), it);
  });

  trait("canceled after completion: nothing changes", async () => {
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
}

function abandons(stuck: Stuck, trait: Trait, stage: () => Stage): void {
  trait("abandoned: rejected now, followed to the real end", async () => {
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

  trait("abandoned after a cancel, canceled after abandon: one rejection", async () => {
    const it = await begin(stuck, stage());
    it.operation.cancel().abandon().cancel().abandon();
    assert.equal((await it.operation.outcome()).status, "abandoned");
    assert.deepEqual(it.witness.heard, ["ERR_ABANDONED"]);
    await end(stage(), it);
  });
}

function drains(stuck: Stuck, trait: Trait, stage: () => Stage): void {
  trait("shutting down: drain() ends it, or lets it land", async () => {
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

  if (stuck.isEndedByClose) return;
  trait("shutting down past the deadline: reported as held, and asked to stop", async () => {
    const it = await begin(stuck, stage());
    const draining = stage().io.drain({ deadlineMs: LONG_MS });
    stage().passTime(LONG_MS);
    const { held } = await draining;
    assert.deepEqual(
      held.map(({ kind, state }) => [kind, state]),
      [[stuck.kind, "canceling"]],
    );
    assert.equal((await it.operation.outcome()).status, "canceled");
    await end(stage(), it);
  });
}

function handles(stuck: Stuck, trait: Trait, stage: () => Stage): void {
  trait("closing: a read is ended because of ERR_CLOSED, a write lands", async () => {
    const it = await begin(stuck, stage());
    const { file } = it.waiting;
    if (file === null) return assertUntouched(it, stage());
    const closing = file.close();
    assert.equal(file.state, "closing");
    assert.equal(file.close(), closing);
    assert.throws(() => it.waiting.start(), { code: "ERR_CLOSED" });
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

  trait("closed: its file is, so it has ended, and another is refused", async () => {
    const it = await begin(stuck, stage());
    const { file } = it.waiting;
    if (file === null) return assertUntouched(it, stage());
    await file.close({ signal: AbortSignal.abort() });
    assert.equal(file.state, "closed");
    assert.equal(it.operation.state, "settled");
    assert.throws(() => it.waiting.start(), { code: "ERR_CLOSED" });
    return end(stage(), it);
  });
}

/** A call by path has nothing to do with files that close. */
async function assertUntouched(it: Case, stage: Stage): Promise<void> {
  const file = await stage.io.open(stage.world.makeFile("x"));
  const closing = file.close();
  assert.equal(it.operation.state, "submitted");
  await closing;
  assert.equal(it.operation.state, "submitted");
  it.waiting.release();
  await it.waiting.check(await it.operation);
  return end(stage, it);
}
