// Runs a function against a kernel that is out to get it, once or with many seeds.

import { checkNumber } from "../api/options.ts";
import type { ScriptedFault } from "../backend/sim/faults.ts";
import { shown, typeError } from "../base/errors.ts";
import { callersOf } from "./held.ts";
import { SEED_MAX, type Settings, type SimulateOptions, takeSettings } from "./options.ts";
import { Run, type RunResult, type Simulated } from "./run.ts";
import { SimulationError } from "./simulation-error.ts";

/**
 * Runs a function once against a simulated kernel, in virtual time, and makes sure that it leaves
 * nothing behind. Give the code under test this `io` instead of the package's own functions.
 *
 * @param test Gets the `Io` and the world around it: files, FIFOs and their other ends, the time.
 * @returns What the function returned.
 * @throws {TypeError} or {RangeError} on wrong options, at once.
 *
 * Rejects with what the function threw, to which a property `simulation` is added that tells the
 * seed and the events; or with a `SimulationError` if the function waits for something that never
 * comes, if an operation outlives it, if it leaves a file open, or if the script was not followed.
 *
 * @example The second write finds no space
 * ```ts
 * import { simulate } from "overlapped/testing";
 * const script = [{ fault: "noSpace", kind: "write", nth: 2 }] as const;
 * const code = await simulate({ script }, async (io) => {
 *   await using log = await io.open("/log", "a");
 *   await log.writeAll("one");
 *   const outcome = await log.writeAll("two").outcome();
 *   return outcome.status === "failed" && outcome.error.code;
 * });
 * console.log(code); // ENOSPC
 * ```
 */
export function simulate<T>(options: SimulateOptions, test: Simulated<T>): Promise<T> {
  const settings = takeSettings(options, "simulate");
  checkFunction(test, "simulate");
  return runOnce(settings, test, callersFrom(simulate));
}

/**
 * Runs a function with many seeds, one after the other, and stops at the first that fails: its
 * error tells the seed, with which `simulate` does the same again.
 *
 * @param count How many seeds, from `options.seed` on; 1 to 4_294_967_296.
 * @param test As of `simulate`; called once for each seed, each time with a new world.
 * @returns What the function returned, seed by seed.
 * @throws {TypeError} or {RangeError} on wrong options, at once.
 *
 * Rejects as `simulate` does, but that each line of the script must come to pass with one of the
 * seeds only.
 *
 * @example Text arrives whole, however short the writes are
 * ```ts
 * import assert from "node:assert/strict";
 * import { simulateSeeds } from "overlapped/testing";
 * await simulateSeeds(50, {}, async (io, world) => {
 *   await using file = await io.open("/a", "w");
 *   await file.writeAll("all of it");
 *   assert.equal(String(Buffer.from(world.contentOf("/a"))), "all of it");
 * });
 * ```
 */
export function simulateSeeds<T>(
  count: number,
  options: SimulateOptions,
  test: Simulated<T>,
): Promise<T[]> {
  const settings = takeSettings(options, "simulate seeds");
  checkNumber(count, "count", "simulate seeds", 1, SEED_MAX + 1 - settings.seed);
  checkFunction(test, "simulate seeds");
  return runSeeds(count, settings, test, callersFrom(simulateSeeds));
}

async function runOnce<T>(
  settings: Settings,
  test: Simulated<T>,
  callers: readonly string[],
): Promise<T> {
  const run = new Run(settings, callers);
  const { value, unmet } = await run.run(test);
  if (unmet.length > 0) throw run.unmet(unmet);
  return value;
}

async function runSeeds<T>(
  count: number,
  settings: Settings,
  test: Simulated<T>,
  callers: readonly string[],
): Promise<T[]> {
  const values: T[] = [];
  let unmet: readonly ScriptedFault[] = settings.script;
  for (let at = 0; at < count; at++) {
    const seed = settings.seed + at;
    const run = new Run({ ...settings, seed }, callers);
    const result = await run.run(test).catch((error: unknown): RunResult<T> => {
      throw withSeed(error, seed);
    });
    values.push(result.value);
    unmet = unmet.filter((line) => result.unmet.includes(line));
    if (at === count - 1 && unmet.length > 0) throw run.unmet(unmet);
  }
  return values;
}

/** Not every reporter shows more than the message, and without the seed it is worth little. */
function withSeed(error: unknown, seed: number): unknown {
  if (!(error instanceof Error) || error instanceof SimulationError) return error;
  const { message, stack } = error;
  error.message = `${message}\n(with seed ${seed})`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return error;
}

function checkFunction(test: unknown, call: string): void {
  if (typeof test === "function") return;
  throw typeError(`Cannot ${call}: test is ${shown(test)}, wanted a function`);
}

function callersFrom(call: (...args: never[]) => unknown): string[] {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, call);
  return callersOf(holder.stack ?? "");
}
