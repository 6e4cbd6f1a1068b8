// Every call in flight for certain, on a kernel that can be told to do nothing: whatever is asked
// meanwhile, nothing settles and nothing comes back before the kernel's answer.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { IoBuffer, Operation } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet, assertTold, holdKernel, Witness } from "./checks.ts";
import { makeProps, type Props, type Quick } from "./quick.ts";
import { LONG_MS, type Stage, turn } from "./subject.ts";

/** After every deadline of these tests. */
const TIMEOUT_MS = 2 * LONG_MS;

interface Held {
  readonly call: Quick;
  readonly props: Props;
  readonly operation: Operation<unknown>;
  readonly witness: Witness;
  readonly signal: AbortController;
  /** Those of the buffers that the call has. */
  readonly lent: readonly IoBuffer[];
  /** The kernel goes on. A second time does nothing. */
  release(): void;
}

/** The kernel has it and does nothing. */
async function prepare(call: Quick, stage: Stage): Promise<Held> {
  const props = await makeProps(stage);
  const buffers = [props.buffer, props.second];
  const views = buffers.map((buffer) => buffer.bytes);
  const signal = new AbortController();
  const release = holdKernel(stage);
  const operation = call.start(props, { signal: signal.signal, timeoutMs: TIMEOUT_MS });
  const witness = new Witness(operation);
  const lent = buffers.filter((buffer) => buffer.isLent);
  assertLent(
    lent,
    views.filter((_, at) => buffers[at]?.isLent),
  );
  return { call, props, operation, witness, signal, lent, release };
}

/** However many turns go by. */
async function assertStill(held: Held, state: string): Promise<void> {
  for (let count = 0; count < 5; count++) {
    assert.equal(held.operation.state, state);
    assertLent(held.lent, []);
    await turn();
  }
}

/** The kernel has gone on; the outcome is true, and nothing is left. */
async function end(stage: Stage, held: Held, code: string): Promise<void> {
  const { call, props, operation, witness } = held;
  const outcome = await assertTold(operation, call.syscall ?? call.kind);
  if (outcome.status === "completed") await call.check(props, outcome.value as never);
  else {
    assert.equal(outcome.error.code, code);
    if (code !== "ERR_ABANDONED") call.checkUndone(props);
  }
  await props.file.close();
  // What an orphan opened is closed behind it.
  while (stage.io.inFlight().length > 0) await turn();
  assert.equal(witness.heard.length, 1, "it settled once");
  assertBack([props.buffer, props.second]);
  assertQuiet(stage);
}

export function heldTraits(call: Quick, stage: () => Stage): void {
  const held: HeldTest = (name, act) => {
    test(name, async () => {
      const it = await prepare(call, stage());
      try {
        await assertStill(it, "submitted");
        const code = await act(it);
        it.release();
        await end(stage(), it, code);
      } finally {
        it.release();
      }
    });
  };
  requests(held, stage);
  endings(held, call, stage);
}

/** `act` says which code the error has if the operation does not complete. */
type HeldTest = (name: string, act: (it: Held) => Promise<string>) => void;

function requests(held: HeldTest, stage: () => Stage): void {
  const ways: Readonly<Record<string, readonly [code: string, ask: (it: Held) => void]>> = {
    "canceled in flight": ["ABORT_ERR", ({ operation }) => void operation.cancel()],
    "canceled in flight by its signal": ["ABORT_ERR", ({ signal }) => signal.abort()],
    "timed out in flight": ["ETIMEDOUT", () => stage().passTime(TIMEOUT_MS)],
  };
  for (const [name, [code, ask]] of Object.entries(ways)) {
    held(`${name}, and held: waits for the kernel's answer`, async (it) => {
      ask(it);
      await assertStill(it, "canceling");
      ask(it);
      await assertStill(it, "canceling");
      assert.deepEqual(it.witness.heard, []);
      return code;
    });
  }

  held("abandoned, and held: rejected now, back at the end", async (it) => {
    const bytes = it.lent.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    it.operation.abandon();
    await assert.rejects(it.operation, { code: "ERR_ABANDONED" });
    await assertStill(it, "abandoned");
    const { quarantinedOperations, quarantinedBytes } = stage().io.status();
    assert.equal(quarantinedOperations, 1);
    assert.ok(quarantinedBytes >= bytes);
    return "ERR_ABANDONED";
  });
}

function endings(held: HeldTest, call: Quick, stage: () => Stage): void {
  held("shutting down, and held: reported at the deadline", async (it) => {
    const draining = stage().io.drain({ deadlineMs: LONG_MS });
    await turn();
    stage().passTime(LONG_MS);
    const report = await draining;
    assert.deepEqual(
      report.held.map(({ kind, state }) => [kind, state]),
      [[call.kind, "canceling"]],
    );
    await assertStill(it, "canceling");
    assert.deepEqual(it.witness.heard, []);
    return "ABORT_ERR";
  });

  if (!call.isOfFile) return;
  held("closing, and held: the descriptor stays open under it", async (it) => {
    const { file, world } = it.props;
    const before = world.descriptorCount();
    void file.close();
    await assertStill(it, it.operation.state);
    assert.deepEqual(it.witness.heard, []);
    assert.equal(file.state, "closing");
    assert.equal(world.descriptorCount(), before);
    return "ABORT_ERR";
  });
}
