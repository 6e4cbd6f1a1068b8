// Options of calls, and one check for each. A wrong argument throws before anything is submitted.
import { fileURLToPath } from "node:url";

import { rangeError, shown, typeError } from "../base/errors.ts";
import { PATH_BYTES_MAX, TIMEOUT_MS_MAX } from "../base/limits.ts";
import { OPEN_FLAG_NAMES, openFlags } from "../kernel/open-flags.ts";

/** Bytes are for names that are not UTF-8; a URL must be a `file:` one. */
export type Path = string | Uint8Array | URL;

/** Options of every call. */
export interface CallOptions {
  /** Asks the operation to stop when it aborts. Aborted already: nothing is submitted. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the operation is asked to stop; 1 to 2_147_483_647. None if absent. */
  readonly timeoutMs?: number | undefined;
}

/** Options of reads and writes of one buffer. */
export interface TransferOptions extends CallOptions {
  /** Bytes from the start of the file; 0 or more. Absent: where the handle's last call ended. */
  readonly position?: number | undefined;
  /** Bytes to skip at the start of the buffer; 0 if absent. */
  readonly offset?: number | undefined;
  /** Bytes to move; as many as there are behind `offset` if absent. */
  readonly length?: number | undefined;
}

/** Options of reads and writes of several buffers. */
export interface VectorOptions extends CallOptions {
  /** Bytes from the start of the file; 0 or more. Absent: where the handle's last call ended. */
  readonly position?: number | undefined;
}

/** With the u flag a surrogate that has its partner is no surrogate any more. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const NO_OPTIONS: Record<string, never> = {};

/** Absent options are an empty object; what is not an object is refused. */
export function checkOptions<T extends object>(options: T | undefined, call: string): T {
  if (options === undefined) return NO_OPTIONS as T;
  if (typeof options !== "object" || options === null) {
    throw typeError(`Cannot ${call}: options are ${shown(options)}, wanted an object`);
  }
  return options;
}

export function checkSignal(signal: unknown, call: string): void {
  if (signal === undefined || signal instanceof AbortSignal) return;
  throw typeError(`Cannot ${call}: signal is ${shown(signal)}, wanted an AbortSignal`);
}

export function checkTimeout(timeoutMs: unknown, call: string): void {
  if (timeoutMs === undefined) return;
  checkNumber(timeoutMs, "timeoutMs", call, 1, TIMEOUT_MS_MAX);
}

export function checkDeadline(deadlineMs: unknown, call: string): void {
  if (deadlineMs === undefined) return;
  checkNumber(deadlineMs, "deadlineMs", call, 0, TIMEOUT_MS_MAX);
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

/** The path as the kernel takes it, and as errors show it. */
export interface CheckedPath {
  readonly raw: string | Uint8Array;
  readonly shown: string;
}

export function checkPath(path: unknown, call: string, name = "path"): CheckedPath {
  const raw = path instanceof URL ? urlPath(path, call, name) : path;
  if (typeof raw === "string") {
    if (raw.includes("\0")) throw badPath(call, name, raw, "a path without NUL");
    if (LONE_SURROGATE.test(raw)) throw badPath(call, name, raw, "text without lone surrogates");
    checkPathLength(Buffer.byteLength(raw), raw, call, name);
    return { raw, shown: raw };
  }
  if (raw instanceof Uint8Array) {
    // A copy: the caller's bytes may change before the kernel reads them.
    const bytes = new Uint8Array(raw);
    const text = Buffer.from(bytes).toString();
    if (bytes.includes(0)) throw badPath(call, name, text, "a path without NUL");
    checkPathLength(bytes.byteLength, text, call, name);
    return { raw: bytes, shown: text };
  }
  throw typeError(
    `Cannot ${call}: ${name} is ${shown(path)}, wanted a string, a Uint8Array or a file: URL`,
  );
}

function urlPath(url: URL, call: string, name: string): string {
  if (url.protocol !== "file:") throw badPath(call, name, url.href, "a file: URL");
  return fileURLToPath(url);
}

function checkPathLength(byteLength: number, text: string, call: string, name: string): void {
  if (byteLength === 0) throw badPath(call, name, text, "a path of at least one byte");
  if (byteLength > PATH_BYTES_MAX) {
    throw badPath(call, name, text, `a path of at most ${PATH_BYTES_MAX} bytes`);
  }
}

function badPath(call: string, name: string, value: string, wanted: string): TypeError {
  return typeError(
    `Cannot ${call}: ${name} is ${shown(value)}, wanted ${wanted}`,
    "ERR_INVALID_ARG_VALUE",
  );
}
