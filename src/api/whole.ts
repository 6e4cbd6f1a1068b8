// Calls that are made of several operations: where these begin, what ends them, and one error that
// names the call.
//
//   in an Io     work ──► operations of the Io         cleanup ──► operations of the Io
//   in a scope   work ──► a scope within the scope     cleanup ──► operations of the scope's Io
//
// So a scope cannot be left before the call is over, and what cleans up is not canceled with it.

import { CODES, type Code, IoError, ownError } from "../base/errors.ts";
import { PATH_BYTES_MAX } from "../base/limits.ts";
import { errno, errnoMeaning } from "../kernel/errno.ts";
import { type Composed, compose } from "./compose.ts";
import { bytesOf, type CopyPath, shownPath } from "./copy/paths.ts";
import type { File } from "./file.ts";
import type { Operation } from "./operation.ts";
import type { CallOptions, Given } from "./options.ts";
import { PathCalls, type Starter, starterFor } from "./path-calls.ts";
import { ScopeState } from "./scope-state.ts";

/** A call while it runs. */
export interface Whole extends Composed {
  /** Count up and set by the work, for the error. */
  bytesTransferred: number;
  path: string;
  /** For the work. */
  readonly calls: PathCalls;
  /** For what has to be done whatever happens: nothing ends these operations. */
  readonly cleanup: PathCalls;
  /** For each operation of the work: the signal that ends the call, if anything can. */
  readonly options: CallOptions | undefined;
}

export interface WholeStart<T> {
  readonly call: string;
  readonly path: string;
  readonly given: Given;
  readonly work: (whole: Whole) => Promise<T>;
  /** Runs in the end, whatever it is; also if the work never began. */
  readonly release?: () => void;
  /** Makes the call's error of whatever ended it; see `usuallyNamed` if absent. */
  readonly named?: (error: unknown) => unknown;
}

/**
 * Begins a call. Arguments have been checked.
 *
 * @throws {TypeError} `ERR_SCOPE_LEFT` if the calls are those of a scope that has been left.
 */
export function beginWhole<T>(calls: PathCalls, start: WholeStart<T>): Promise<T> {
  let starter: Starter;
  try {
    starter = starterFor(calls, start.call);
    if (starter instanceof ScopeState) starter.checkNotLeft(start.call);
  } catch (error) {
    start.release?.();
    throw error;
  }
  if (starter instanceof ScopeState) return runWithin(starter, start);
  return run(starter, calls, calls, start);
}

function runWithin<T>(scope: ScopeState, start: WholeStart<T>): Promise<T> {
  const inner = new ScopeState(scope.parent);
  scope.addInner(inner, "kept");
  if (start.given.signal !== undefined) inner.watch(start.given.signal);
  const given = { ...start.given, signal: inner.signal };
  const cleanup = new PathCalls(scope.parent);
  const work = async (): Promise<T> => {
    try {
      return await run(inner, new PathCalls(inner), cleanup, { ...start, given });
    } finally {
      await inner.leave();
    }
  };
  const promise = new Promise<T>((resolve, reject) => {
    work().then(resolve, (error: unknown) => {
      // The program has left or canceled the scope, so nobody's process may die of it.
      if (scope.isAskedFor(error)) promise.catch(() => {});
      reject(error);
    });
  });
  return promise;
}

function run<T>(
  starter: Starter,
  calls: PathCalls,
  cleanup: PathCalls,
  { call, path, given, work, release, named }: WholeStart<T>,
): Promise<T> {
  const whole = { call, path, bytesTransferred: 0, calls, cleanup, options: undefined };
  const running = compose(starter.table.clock, given, whole, (signal) =>
    work(signal === undefined ? whole : Object.assign(whole, { options: { signal } })),
  );
  const told = running.catch((error: unknown) => {
    throw named === undefined ? usuallyNamed(error, whole) : named(error);
  });
  return release === undefined ? told : told.finally(release);
}

/** The error of an operation becomes that of the call; the operation's is its cause. */
function usuallyNamed(error: unknown, whole: Composed): unknown {
  if (!(error instanceof IoError) || error.syscall === whole.call) return error;
  const { code, errno } = error;
  const { call: syscall, path, bytesTransferred } = whole;
  // What was asked for has a reason, which is worth more than the operation that it ended.
  const cause = code === "ABORT_ERR" ? error.cause : error;
  return new IoError(meaningOf(error), { code, errno, syscall, path, bytesTransferred, cause });
}

function meaningOf({ code, errno, message }: IoError): string {
  if (errno !== undefined) return errnoMeaning(-errno);
  return code in CODES ? CODES[code as Code] : message;
}

/** Of many paths, the error names the one at fault; of a cancel nothing is at fault. */
export function blame(whole: Whole, error: unknown): void {
  if (!(error instanceof IoError) || error.code === "ABORT_ERR") return;
  if (error.path !== undefined) whole.path = error.path;
}

/** Null if it fails with that code. */
export async function orNull<T>(promise: Promise<T>, code: string): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof IoError && error.code === code) return null;
    throw error;
  }
}

/** Counts the bytes of a transfer, also of one that did not come to its end. */
export async function counted(whole: Whole, transfer: Operation<number>): Promise<number> {
  try {
    const count = await transfer;
    whole.bytesTransferred += count;
    return count;
  } catch (error) {
    if (error instanceof IoError) whole.bytesTransferred += error.bytesTransferred;
    throw error;
  }
}

/** Before what nothing ends any more: throws if the call was asked to stop. */
export function throwIfEnded({ options, call }: Whole): void {
  const signal = options?.signal;
  if (signal?.aborted !== true) return;
  throw ownError("ABORT_ERR", { syscall: call, cause: signal.reason });
}

/** An error of the call's own. */
export function ownFailure(code: Code, { call: syscall, path, bytesTransferred }: Whole): IoError {
  return ownError(code, { syscall, path, bytesTransferred });
}

/** An error that the kernel would give by that name. */
export function kernelError(name: string, { call, path }: Composed): IoError {
  const details = { code: name, errno: -errno(name), syscall: call, path };
  return new IoError(errnoMeaning(errno(name)), details);
}

/** A path that was made from the caller's may be too long, which is not the caller's mistake. */
export function checkMadePath(path: CopyPath, whole: Whole): CopyPath {
  if (path.length * 3 <= PATH_BYTES_MAX || bytesOf(path).byteLength <= PATH_BYTES_MAX) return path;
  throw kernelError("ENAMETOOLONG", { ...whole, path: shownPath(path) });
}

/** Waits for all of them, also when one fails; then throws the first error. */
export async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** Closes the file, whatever comes of the work; of two errors the first counts. */
export async function closing<T>(file: File, work: () => Promise<T>): Promise<T> {
  let value: T;
  try {
    value = await work();
  } catch (error) {
    await file.close().catch(() => {});
    throw error;
  }
  await file.close();
  return value;
}
