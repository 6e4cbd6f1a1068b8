// close() in every state. It differs from other calls: it cannot be refused, nobody can stop it,
// and asking again gives the same operation.

import assert from "node:assert/strict";

import type { CallOptions, File, Operation } from "../../src/index.ts";
import { assertQuiet, assertTold, holdKernel, submissionsOf, Witness } from "./checks.ts";
import type { Matrix } from "./matrix.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";

/** Its name among the calls. */
export const CLOSE = "file.close";

interface Closing {
  readonly file: File;
  readonly operation: Operation<void>;
  readonly witness: Witness;
}

function openFile({ io, world }: Stage): Operation<File> {
  return io.open(world.makeFile("x"), "r+");
}

function close(file: File, options?: CallOptions): Closing {
  const operation = file.close(options);
  assert.equal(file.state, "closing");
  const witness = new Witness(operation);
  return { file, operation, witness };
}

/** However it was asked for, the descriptor is closed, and that is told. */
async function end(stage: Stage, { file, operation, witness }: Closing): Promise<void> {
  assert.equal((await assertTold(operation, "close")).status, "completed");
  assert.equal(file.state, "closed");
  assert.deepEqual(witness.heard, ["resolved"]);
  assertQuiet(stage);
}

export function closeTraits(matrix: Matrix, subject: Subject, stage: () => Stage): void {
  states(matrix, subject, stage);
  requests(matrix, subject, stage);
  endings(matrix, subject, stage);
}

function states(matrix: Matrix, subject: Subject, stage: () => Stage): void {
  const open = "open: closes the descriptor, and asks for it once";
  const body = async (): Promise<void> => {
    const { world } = stage();
    const before = world.descriptorCount();
    const file = await openFile(stage());
    assert.equal(world.descriptorCount(), before + 1);
    const submissions = submissionsOf(stage());
    await file.close();
    assert.equal(submissionsOf(stage()), submissions + 1);
    assert.equal(file.state, "closed");
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  };
  matrix.test(CLOSE, open, body, needs(subject, "descriptors"));

  for (const state of ["closing", "closed"] as const) {
    matrix.test(CLOSE, `${state}: the same operation again`, async () => {
      const it = close(await openFile(stage()));
      if (state === "closed") await it.operation;
      assert.equal(it.file.state, state);
      const before = submissionsOf(stage()) + (state === "closing" ? 1 : 0);
      assert.equal(it.file.close(), it.operation);
      assert.equal(it.file.close({ timeoutMs: LONG_MS }), it.operation);
      await end(stage(), it);
      assert.ok(submissionsOf(stage()) <= before, "the kernel was asked twice");
    });
  }
}

function requests(matrix: Matrix, subject: Subject, stage: () => Stage): void {
  matrix.test(CLOSE, "canceled before submit, by an aborted signal: closes", async () => {
    await end(stage(), close(await openFile(stage()), { signal: AbortSignal.abort() }));
  });

  const waits: Readonly<Record<string, () => Promise<void> | undefined>> = {
    "before submit, in the turn of the call": () => undefined,
    "in flight, a microtask later": () => Promise.resolve(),
    "in flight, a turn later": turn,
    "after completion": async () => {
      while (stage().io.inFlight().length > 0) await turn();
    },
  };
  for (const [when, wait] of Object.entries(waits)) {
    matrix.test(CLOSE, `canceled ${when}: closes all the same`, async () => {
      const it = close(await openFile(stage()));
      await wait();
      assert.equal(it.operation.cancel(), it.operation);
      await end(stage(), it);
    });
  }

  const held = async (): Promise<void> => {
    const file = await openFile(stage());
    const release = holdKernel(stage());
    const it = close(file, { timeoutMs: LONG_MS });
    try {
      await turn();
      it.operation.cancel();
      stage().passTime(LONG_MS);
      for (let count = 0; count < 5; count++) await turn();
      assert.deepEqual(it.witness.heard, []);
      assert.equal(file.state, "closing");
    } finally {
      release();
    }
    await end(stage(), it);
  };
  const name = "canceled in flight, and held: waits for the kernel's answer";
  matrix.test(CLOSE, name, held, needs(subject, "holding"));
}

function endings(matrix: Matrix, subject: Subject, stage: () => Stage): void {
  matrix.test(CLOSE, "timed out: closes all the same", async () => {
    const it = close(await openFile(stage()), { timeoutMs: LONG_MS });
    stage().passTime(LONG_MS);
    await end(stage(), it);
  });

  const abandoned = async (): Promise<void> => {
    const { world } = stage();
    const before = world.descriptorCount();
    const { file, operation, witness } = close(await openFile(stage()));
    operation.abandon();
    await assert.rejects(operation, { code: "ERR_ABANDONED" });
    assert.equal((await assertTold(operation, "close")).status, "abandoned");
    assert.equal(file.state, "closed");
    assert.equal(world.descriptorCount(), before);
    assert.deepEqual(witness.heard, ["ERR_ABANDONED"]);
    assertQuiet(stage());
  };
  const name = "abandoned: rejected, and closes all the same";
  matrix.test(CLOSE, name, abandoned, needs(subject, "descriptors"));

  matrix.test(CLOSE, "shutting down: drain() waits for it", async () => {
    const it = close(await openFile(stage()));
    assert.deepEqual(await stage().io.drain({ deadlineMs: LONG_MS }), { held: [] });
    assert.equal(it.file.state, "closed");
    await end(stage(), it);
  });
}
