// Whether a call did with a wrong value what it may: work, or refuse it before anything was begun.

import assert from "node:assert/strict";

import { InvariantError, type Io, IoError, Operation } from "../../src/index.ts";
import { Thrown } from "./values.ts";

/** How many operations there ever were. */
export function begunIn(io: Io): number {
  const { counts, inFlight, queued } = io.status();
  return Object.values(counts).reduce((sum, count) => sum + count, inFlight + queued);
}

/** What the language itself throws where a value of the caller is read or called. */
const OF_LANGUAGE = [
  /^Cannot perform '\w+' on a proxy that has been revoked$/,
  /^Method get TypedArray\.prototype\.\w+ called on incompatible receiver/,
  /^Cannot read private member #memory from an object whose class did not declare it$/,
  /^Class constructors? .*cannot be invoked without 'new'$/,
];

function isOfCaller(error: unknown): boolean {
  if (error instanceof Thrown) return true;
  return error instanceof TypeError && OF_LANGUAGE.some((it) => it.test(error.message));
}

const REFUSALS = [
  "ERR_INVALID_ARG_TYPE",
  "ERR_INVALID_ARG_VALUE",
  "ERR_OUT_OF_RANGE",
  "ERR_BUFFER_LENT",
  "ERR_BUFFER_TRANSFERRED",
  "ERR_CLOSED",
  "ERR_SCOPE_LEFT",
];

/** `isAsync`: it tells of the world's failures later, and throws for arguments only. */
export function assertRefusal(error: unknown, isAsync: boolean): void {
  if (isOfCaller(error)) return;
  if (error instanceof IoError && !isAsync) return;
  assert.ok(!(error instanceof InvariantError), text(error));
  assert.ok(error instanceof TypeError || error instanceof RangeError, text(error));
  const { code } = error as { code?: unknown };
  assert.ok(typeof code === "string" && REFUSALS.includes(code), text(error));
  assert.match(error.message, /^Cannot /, text(error));
}

/** What a promise may be rejected with. */
export function assertFailure(error: unknown): void {
  if (error instanceof AggregateError) {
    for (const each of error.errors) assertFailure(each);
    return;
  }
  if (isOfCaller(error) || error instanceof IoError) return;
  assertRefusal(error, true);
}

function text(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

interface Endable {
  on?: (event: "error", listener: (error: unknown) => void) => unknown;
  cancel?: () => unknown;
  abort?: () => unknown;
  destroy?: () => unknown;
  return?: () => unknown;
  leave?: () => unknown;
  close?: () => unknown;
  [Symbol.asyncIterator]?: unknown;
}

/** Ends whatever a call has returned. */
export async function end(result: unknown, stop: () => unknown): Promise<void> {
  if (typeof result !== "object" || result === null) return;
  if (result instanceof Operation) {
    const outcome = await result.cancel().outcome();
    if (outcome.status === "completed") await end(outcome.value, stop);
    else assertFailure(outcome.error);
    return;
  }
  if (result instanceof Promise) {
    const settled = result.then((value) => end(value, stop), assertFailure);
    await stop();
    await settled;
    return;
  }
  // A stream of Node's tells its errors so.
  (result as Endable).on?.("error", assertFailure);
  const { cancel, abort, destroy, leave, close } = result as Endable;
  const way = destroy ?? leave ?? close ?? cancel ?? abort ?? (result as Endable).return;
  if (typeof way === "function") await Promise.resolve(way.call(result)).catch(assertFailure);
}
