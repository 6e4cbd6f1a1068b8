// Options of calls, and one check for each. A wrong argument throws before anything is submitted.

import { isProxy } from "node:util/types";
import { isAborted } from "../base/abort-signal.ts";

import { rangeError, shown, typeError } from "../base/errors.ts";
import { TIMEOUT_MS_MAX } from "../base/limits.ts";
import { OPEN_FLAG_NAMES, openFlags } from "../kernel/open-flags.ts";

/** Options of every call. */
export interface CallOptions {
  /**
   * Asks the operation to stop when it aborts: `ABORT_ERR`, whose `cause` is the signal's reason.
   * Aborted already: nothing is submitted. Nobody asks if absent.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds from the call until the operation is asked to stop: `ETIMEDOUT`; 1 to
   * 2_147_483_647. No limit if absent.
   */
  readonly timeoutMs?: number | undefined;
}

/** Options of calls that take a symbolic link for itself or for what it leads to. */
export interface StatOptions extends CallOptions {
  /** Whether a symbolic link is followed; it is if absent. If not, the call is about the link. */
  readonly followSymlinks?: boolean | undefined;
}

/** Options of reads and writes of one buffer. */
export interface TransferOptions extends CallOptions {
  /**
   * Bytes from the start of the file; 0 to 2^53 - 1. Absent: where the file's last call without a
   * position ended, which is what a stream, such as a FIFO, wants: it has no positions.
   */
  readonly position?: number | undefined;
  /** Bytes to skip at the start of the buffer; 0, which is so if absent, up to its last byte. */
  readonly offset?: number | undefined;
  /**
   * Bytes to move; 1, or for a write 0, up to what is behind `offset`, which is what it is if
   * absent.
   */
  readonly length?: number | undefined;
}

/** Options of reads and writes of several buffers. */
export interface VectorOptions extends CallOptions {
  /** Bytes from the start of the file; 0 to 2^53 - 1. If absent as in `TransferOptions`. */
  readonly position?: number | undefined;
}

/**
 * Options as they were when the call was made. Each is read once, and before anything else is
 * looked at: a getter may run any code, such as one that closes the file.
 */
export interface Given {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  /** Not checked yet, like the next two: what they may be depends on the call. */
  readonly position: unknown;
  readonly offset: unknown;
  readonly length: unknown;
}

const NOTHING_GIVEN: Given = {
  signal: undefined,
  timeoutMs: undefined,
  position: undefined,
  offset: undefined,
  length: undefined,
};

/** Absent options are empty ones; what is not an object is refused. */
export function takeOptions(options: CallOptions | undefined, call: string): Given {
  if (options === undefined) return NOTHING_GIVEN;
  checkObject(options, call);
  const { signal, timeoutMs, position, offset, length } = options as TransferOptions;
  if (signal !== undefined) checkSignal(signal, call);
  if (timeoutMs !== undefined) checkNumber(timeoutMs, "timeoutMs", call, 1, TIMEOUT_MS_MAX);
  return { signal, timeoutMs, position, offset, length };
}

/** An option that is true or false, or absent. */
export function takeFlag<K extends string>(
  options: { readonly [key in K]?: boolean | undefined } | undefined,
  name: K,
  ifAbsent: boolean,
  call: string,
): boolean {
  if (options === undefined) return ifAbsent;
  checkObject(options, call);
  const flag: unknown = options[name] ?? ifAbsent;
  if (typeof flag === "boolean") return flag;
  throw typeError(`Cannot ${call}: ${name} is ${shown(flag)}, wanted a boolean`);
}

export function checkObject(options: unknown, call: string): void {
  if (typeof options === "object" && options !== null) return;
  throw typeError(`Cannot ${call}: options are ${shown(options)}, wanted an object`);
}

function checkSignal(signal: unknown, call: string): void {
  try {
    isAborted(signal as AbortSignal);
    if (!isProxy(signal)) return;
  } catch {
    // Refused below.
  }
  throw typeError(`Cannot ${call}: signal is ${shown(signal)}, wanted an AbortSignal`);
}

/** An integer from `min` to `max`. */
export function checkNumber(
  value: unknown,
  name: string,
  call: string,
  min: number,
  max: number,
): void {
  if (typeof value !== "number") {
    throw typeError(`Cannot ${call}: ${name} is ${shown(value)}, wanted a number`);
  }
  if (!Number.isInteger(value) || value < min || value > max || Object.is(value, -0)) {
    throw rangeError(
      `Cannot ${call}: ${name} is ${shown(value)}, wanted an integer from ${min} to ${max}`,
    );
  }
}

/** A place in a file, or a length of one: a safe integer of 0 or more, in bytes. */
export function checkPosition(value: unknown, name: string, call: string): void {
  checkNumber(value, name, call, 0, Number.MAX_SAFE_INTEGER);
}

export function checkMode(mode: unknown, call: string): void {
  checkNumber(mode, "mode", call, 0, 0o7777);
}

/** Numbers of users and groups are 32 bits, and the last one means "as it is". */
export const OWNER_MAX = 0xffff_fffe;

/** A Date, milliseconds since 1970, or nanoseconds since 1970 as a bigint. */
export type Time = Date | number | bigint;

const getTime = Date.prototype.getTime;

/** 64 bits of seconds would be more, but not what file systems keep: years 1 to 9999 will do. */
const TIME_MS_MAX = 253_402_300_800_000;

/** In nanoseconds since 1970. */
export function checkTime(time: unknown, name: string, call: string): bigint {
  const ms = timeInMs(time, name, call);
  if (Number.isFinite(ms) && Math.abs(ms) <= TIME_MS_MAX) {
    return typeof time === "bigint" ? time : BigInt(Math.round(ms * 1000)) * 1000n;
  }
  throw rangeError(
    `Cannot ${call}: ${name} is ${shown(time)}, wanted a time before the year 10000`,
  );
}

function timeInMs(time: unknown, name: string, call: string): number {
  if (typeof time === "number") return time;
  if (typeof time === "bigint") return Number(time) / 1e6;
  try {
    return getTime.call(time as Date);
  } catch {
    const wanted = "a Date, milliseconds or a bigint of nanoseconds";
    throw typeError(`Cannot ${call}: ${name} is ${shown(time)}, wanted ${wanted}`);
  }
}

/** Names as `node:fs` has them, or a number made of its `constants`. */
export function checkFlags(flags: unknown, call: string): number {
  if (typeof flags === "string") {
    const number = openFlags(flags);
    if (number !== undefined) return number;
    const wanted = OPEN_FLAG_NAMES.join(", ");
    throw typeError(
      `Cannot ${call}: flags are ${shown(flags)}, wanted one of ${wanted}, or a number`,
      "ERR_INVALID_ARG_VALUE",
    );
  }
  checkNumber(flags, "flags", call, 0, 0x7fff_ffff);
  return flags as number;
}
