// Tests that leave operations behind, found on the real kernel.

import { afterEach, beforeEach } from "node:test";
import { captureStacks, drain, inFlight } from "../api/default.ts";
import type { Io } from "../api/io.ts";
import type { InFlight } from "../api/report.ts";
import { shown, typeError } from "../base/errors.ts";
import { realTime } from "./activity.ts";
import { describeHeld, indented } from "./held.ts";

/** Real milliseconds that an operation has to end in after it was asked to stop. */
const STOP_MS = 1000;

/** Milliseconds between two looks at whether it has. */
const LOOK_MS = 5;

const OWN_IO: Pick<Io, "inFlight" | "captureStacks" | "drain"> = { inFlight, captureStacks, drain };

/**
 * Throws if an operation has not ended: call it at the end of a test.
 *
 * @param io Whose operations; those of the package's own functions if absent.
 * @throws {Error} that lists what is held: kind, path, state and, if captured, where it was called.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` if `io` is no `Io`.
 *
 * @example
 * ```ts
 * import { stat } from "overlapped";
 * import { assertQuiet } from "overlapped/testing";
 * await stat("/etc/hostname");
 * assertQuiet();
 * ```
 */
export function assertQuiet(io?: Io): void {
  const held = takeIo(io, "assert quiet").inFlight();
  if (held.length > 0) throw errorOf(held, "Operations are in flight still", assertQuiet);
}

/**
 * Makes each test of `node:test` fail that an operation outlives, saying which, from where it was
 * called and what it holds. Call it once in a file or in a `describe`. Stacks are captured from
 * then on. What was in flight before a test is not held against it; what was asked to stop has one
 * second to end. After a failure all reads, opens and polls are canceled, so that the process ends.
 * Not for tests that run at the same time in one process: it could not tell whose it is.
 *
 * @param io Whose operations; those of the package's own functions if absent.
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE` if `io` is no `Io`.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { stat } from "overlapped";
 * import { quietAfterEach } from "overlapped/testing";
 * quietAfterEach();
 * test("a file is there", async () => {
 *   await stat("/etc/hostname"); // What is not done when the test ends makes it fail.
 * });
 * ```
 */
export function quietAfterEach(io?: Io): void {
  const watched = takeIo(io, "watch tests");
  let before = new Set<number>();
  beforeEach(() => {
    watched.captureStacks(true);
    before = new Set(watched.inFlight().map(({ id }) => id));
  });
  const after = async (): Promise<void> => {
    const find = (): InFlight[] => watched.inFlight().filter(({ id }) => !before.has(id));
    for (let ms = 0; ms < STOP_MS && find().length > 0 && find().every(isStopping); ms += LOOK_MS) {
      await realTime(LOOK_MS);
    }
    const held = find();
    if (held.length === 0) return;
    await watched.drain({ deadlineMs: STOP_MS });
    throw errorOf(held, "Operations outlived their test", after);
  };
  afterEach(after);
}

function isStopping({ state }: InFlight): boolean {
  return state === "canceling" || state === "abandoned";
}

function errorOf(held: readonly InFlight[], what: string, above: () => unknown): Error {
  const lines = held.map((each) => indented(describeHeld(each)));
  const error = new Error(`${what}: ${held.length}\n${lines.join("\n")}`);
  Error.captureStackTrace(error, above);
  return error;
}

function takeIo(io: Io | undefined, call: string): typeof OWN_IO {
  if (io === undefined) return OWN_IO;
  // A test's context or a hook's argument must not pass for one.
  if (typeof io?.inFlight === "function") return io;
  throw typeError(`Cannot ${call}: io is ${shown(io)}, wanted an Io`);
}
