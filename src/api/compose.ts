// Calls that are made of several operations, such as readFile: one signal and one timeout for all,
// and one error that names the call.
//
//   signal ─┐
//   timeout ┴─► the signal that `work` passes on ─► each operation ─► ABORT_ERR or ETIMEDOUT

import type { Clock, Timer } from "../base/clock.ts";
import { IoError, ownError } from "../base/errors.ts";
import { abortedBy, type CancelCause, type SignalLink, watchSignal } from "../operation/cancel.ts";
import type { Given } from "./options.ts";

/** What the error of a composed call says besides its code. */
export interface Composed {
  readonly call: string;
  readonly path: string;
  /** Counted up by `work`. */
  bytesTransferred: number;
}

/**
 * Runs `work` with a signal that ends it, or undefined if nothing can. `work` must pass it to each
 * operation but those that clean up, and must wait for all that it has begun.
 */
export function compose<T>(
  clock: Clock,
  given: Given,
  composed: Composed,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (given.signal === undefined && given.timeoutMs === undefined) return work(undefined);
  return new Limited(clock, given, composed).run(work);
}

class Limited {
  readonly #composed: Composed;
  readonly #controller: AbortController = new AbortController();
  readonly #link: SignalLink | null = null;
  readonly #timer: Timer | null = null;
  #cause: CancelCause | null = null;

  constructor(clock: Clock, { signal, timeoutMs }: Given, composed: Composed) {
    this.#composed = composed;
    const cause = abortedBy(signal);
    if (cause !== null) {
      this.cancel(cause);
      return;
    }
    if (signal !== undefined) this.#link = watchSignal(signal, this);
    if (timeoutMs === undefined) return;
    const timedOut: CancelCause = { code: "ETIMEDOUT", cause: undefined, isOwn: false };
    this.#timer = clock.after(timeoutMs, () => this.cancel(timedOut));
  }

  cancel(cause: CancelCause): void {
    this.#cause ??= cause;
    this.#controller.abort(cause.cause);
  }

  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      if (this.#cause !== null) throw this.#error(this.#cause);
      return await work(this.#controller.signal);
    } catch (error) {
      throw this.#cause !== null && isEnd(error, this.#cause) ? this.#error(this.#cause) : error;
    } finally {
      this.#link?.unlink();
      this.#timer?.cancel();
    }
  }

  #error({ code, cause }: CancelCause): IoError {
    const { call: syscall, path, bytesTransferred } = this.#composed;
    return ownError(code, { syscall, path, bytesTransferred, cause });
  }
}

/** Whether an operation has ended because it was asked to. */
function isEnd(error: unknown, { code }: CancelCause): boolean {
  if (!(error instanceof IoError) || error.errno !== undefined) return false;
  return error.code === "ABORT_ERR" || error.code === code;
}
