// Our own bugs: a state that the code says cannot be. Never used for a caller's mistake (TypeError,
// RangeError) or a failing world (IoError).

/**
 * Overlapped has a bug: something that must hold did not. Please report it.
 *
 * @example
 * ```ts
 * import { InvariantError, stat } from "overlapped";
 * try {
 *   console.log((await stat("/etc/hostname")).size);
 * } catch (error) {
 *   if (error instanceof InvariantError) console.log("a bug:", error.message);
 * }
 * ```
 */
export class InvariantError extends Error {
  /** `"InvariantError"`. */
  override readonly name: string = "InvariantError";
  /** `"ERR_INVARIANT"`. */
  readonly code: string = "ERR_INVARIANT";
}

/** Messages are constant strings, so that an assertion that holds allocates nothing. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) bug(message);
}

export function bug(message: string): never {
  throw new InvariantError(`Invariant broken: ${message}`);
}
