// What the traits look at again and again.

import assert from "node:assert/strict";

import type { IoBuffer, IoError, Operation, Outcome } from "../../src/index.ts";
import type { Stage } from "./subject.ts";

/** How many requests the backend was ever given. */
export function submissionsOf({ io }: Stage): number {
  const { submissions } = io.status().statistics;
  assert.ok(submissions !== undefined, "the backend counts its submissions");
  return submissions;
}

export function assertLent(buffers: readonly IoBuffer[], views: readonly Uint8Array[]): void {
  for (const buffer of buffers) {
    assert.equal(buffer.isLent, true);
    assert.throws(() => buffer.bytes, { name: "TypeError", code: "ERR_BUFFER_LENT" });
  }
  for (const view of views) assert.equal(view.byteLength, 0, "a view leads to lent memory");
}

export function assertBack(buffers: readonly IoBuffer[]): void {
  for (const buffer of buffers) {
    assert.equal(buffer.isLent, false);
    assert.equal(buffer.bytes.byteLength, buffer.byteLength);
  }
}

/** Nothing of the test is left in the library or in the kernel. */
export function assertQuiet({ io, timerCount }: Stage): void {
  assert.deepEqual(io.inFlight(), []);
  const { inFlight, quarantinedOperations, quarantinedBytes } = io.status();
  assert.deepEqual([inFlight, quarantinedOperations, quarantinedBytes], [0, 0, 0]);
  assert.equal(timerCount(), 0, "a timer is left");
}

/** The kernel does nothing until the function that this gives is called. */
export function holdKernel({ hold }: Stage): () => void {
  assert.ok(hold !== undefined, "who declares that the kernel can be held can hold it");
  return hold();
}

/** Counts how often a promise settles, from the outside. */
export class Witness {
  readonly heard: string[] = [];

  constructor(operation: Operation<unknown>) {
    operation.then(
      () => this.heard.push("resolved"),
      (error: IoError) => this.heard.push(error.code),
    );
  }
}

/** The outcome and the promise tell the same, and the error has all that it must have. */
export async function assertTold<T>(operation: Operation<T>, syscall: string): Promise<Outcome<T>> {
  const outcome = await operation.outcome();
  assert.equal(operation.state, "settled");
  if (outcome.status === "completed") {
    assert.equal(await operation, outcome.value);
    return outcome;
  }
  const { error } = outcome;
  await assert.rejects(operation, (rejected) => rejected === error);
  assert.equal(error.syscall, syscall);
  if (outcome.status !== "abandoned") {
    assert.equal(error.bytesTransferred, outcome.bytesTransferred);
  }
  const codes = { canceled: "ABORT_ERR", timedOut: "ETIMEDOUT", abandoned: "ERR_ABANDONED" };
  if (outcome.status !== "failed") assert.equal(error.code, codes[outcome.status]);
  assert.equal(error.name === "AbortError", error.code === "ABORT_ERR");
  return outcome;
}
