// What a failing world and a refused call look like. Wrong arguments are TypeError or RangeError
// with a code; our own bugs are InvariantError, in assert.ts.

/** Codes of our own. `docs/errors.md` has a heading for each; a script compares the two lists. */
export const CODES = {
  ABORT_ERR: "operation was canceled",
  ETIMEDOUT: "operation did not complete in time and was canceled",
  ERR_ABANDONED: "operation was abandoned; the kernel may still be at work on it",
  ERR_CLOSED: "handle is closing or closed",
  ERR_SCOPE_LEFT: "scope was left",
  ERR_QUEUE_FULL: "too many operations are waiting",
  ERR_QUARANTINE_FULL: "abandoned operations hold too much memory; a cancel was requested instead",
  ERR_TOO_BIG: "file has more bytes than maxBytes allows",
  ERR_LINE_TOO_LONG: "line is longer than the limit allows",
  ERR_UNEXPECTED_END: "stream ended before all bytes that were asked for had come",
  ERR_NOT_A_PIPE: "it is neither a FIFO nor a pipe",
  ERR_INTERRUPTED: "the user pressed Ctrl-C",
  ERR_MODES_REFUSED: "terminal does not take these modes",
  ERR_POOL_EMPTY: "every buffer of the pool is in use",
  ERR_NO_BACKEND: "no backend is available",
  ERR_NO_MEMORY: "native memory is exhausted",
  ERR_NOT_SUPPORTED: "this kernel does not offer the operation",
  ERR_MAY_BLOCK: "it may wait for ever, and nothing here could stop it",
  ERR_SOURCE_CHANGED: "source changed while it was copied",
  ERR_COPY_INTO_ITSELF: "source and destination are the same, or one is inside of the other",
  ERR_UNSUPPORTED_TYPE: "FIFOs, sockets and devices are neither copied nor replaced",
  ERR_NO_PROGRESS: "device took no bytes and gave no reason",
  ERR_BUFFER_LENT: "buffer belongs to the kernel until its operation completes",
  ERR_BUFFER_TRANSFERRED: "memory of the buffer was transferred away from it",
  ERR_INVALID_ARG_TYPE: "argument has the wrong type",
  ERR_INVALID_ARG_VALUE: "argument has a value that is not allowed",
  ERR_OUT_OF_RANGE: "argument is out of range",
  ERR_SIMULATION: "simulated run did not end as it must",
  ERR_INVARIANT: "bug in this library",
} as const;

export type Code = keyof typeof CODES;

export interface IoErrorDetails {
  /** One of `CODES`, or the name of the kernel's errno such as `"ENOENT"`. */
  readonly code: string;
  /** The kernel's errno, negative as Node gives it; absent when the code is our own. */
  readonly errno?: number | undefined;
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly bytesTransferred?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The world failed, or an operation was canceled, timed out or abandoned. Match on `code`.
 *
 * @example
 * ```ts
 * import { open, IoError } from "overlapped";
 * try {
 *   await open("/nonexistent");
 * } catch (error) {
 *   if (error instanceof IoError && error.code === "ENOENT") console.log(error.path);
 * }
 * ```
 */
export class IoError extends Error {
  /** `"IoError"`, but `"AbortError"` with the code `ABORT_ERR`, as web APIs have it. */
  override readonly name: string;
  /** Stable; see `docs/errors.md`. */
  readonly code: string;
  /** The kernel's errno, negative as Node gives it; `undefined` when the code is our own. */
  readonly errno: number | undefined;
  /** What was asked of the kernel, such as `"read"`. */
  readonly syscall: string;
  /** What it is about, as text; `undefined` if there is no path. Of two, the first. */
  readonly path: string | undefined;
  /** Bytes that did move before the end: true for a canceled or failed operation, too. */
  readonly bytesTransferred: number;

  /**
   * For tests of code that handles them; those of the library come from its calls.
   *
   * @param meaning What went wrong, in a few words; the message has the call and path besides.
   */
  constructor(meaning: string, details: IoErrorDetails) {
    const subject = details.path === undefined ? "" : ` ${JSON.stringify(details.path)}`;
    const message = `Cannot ${details.syscall}${subject}: ${meaning} (${details.code})`;
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    // Web APIs and Node match an abort by name.
    this.name = details.code === "ABORT_ERR" ? "AbortError" : "IoError";
    this.code = details.code;
    this.errno = details.errno;
    this.syscall = details.syscall;
    this.path = details.path;
    this.bytesTransferred = details.bytesTransferred ?? 0;
  }
}

/** An `IoError` with one of our own codes and its standing message. */
export function ownError(code: Code, details: Omit<IoErrorDetails, "code">): IoError {
  return new IoError(CODES[code], { ...details, code });
}

/** A `TypeError` with a code, for an argument that is wrong whatever the state of the world. */
export function typeError(message: string, code: Code = "ERR_INVALID_ARG_TYPE"): TypeError {
  return Object.assign(new TypeError(message), { code });
}

/** A `RangeError` with a code, for a number of the right type and the wrong size. */
export function rangeError(message: string): RangeError {
  return Object.assign(new RangeError(message), { code: "ERR_OUT_OF_RANGE" });
}

/** How a refused value is shown in a message: short, and never by calling into it. */
export function shown(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "object" && value !== null) return "an object";
  return Object.is(value, -0) ? "-0" : String(value);
}
