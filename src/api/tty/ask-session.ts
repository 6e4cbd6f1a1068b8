// What every question has, whoever is asked: its place in the queue, its signal and timeout, and
// its turn of the handle. Whatever ends it, bytes that it took and did not use go back.

import type { Timer } from "../../base/clock.ts";
import { type Code, IoError, ownError } from "../../base/errors.ts";
import { errnoMeaning } from "../../kernel/errno.ts";
import {
  abortedBy,
  type Cancelable,
  type CancelCause,
  type SignalLink,
  TIMED_OUT,
  watchSignal,
} from "../../operation/cancel.ts";
import type { Handle } from "../handle.ts";
import type { Given } from "../options.ts";
import { TurnReader } from "./turn-reader.ts";

const CALL = "ask";

const ignore = (): void => {};

/** The last question of each handle: the next one waits for it, and is not shown before. */
const queues: WeakMap<Handle, Promise<void>> = new WeakMap();

export class AskSession implements Cancelable {
  readonly handle: Handle;
  readonly reader: TurnReader;
  /** Resolves when the question is to stop; never rejects. */
  readonly canceled: Promise<void>;
  #cause: CancelCause | null = null;
  #onCanceled: () => void = ignore;
  #link: SignalLink | null = null;
  #timer: Timer | null = null;

  constructor(handle: Handle) {
    this.handle = handle;
    this.reader = new TurnReader(handle, CALL);
    this.canceled = new Promise((resolve) => {
      this.#onCanceled = resolve;
    });
  }

  /** Runs the work when it is its turn, and ends as it does. */
  run<T>({ signal, timeoutMs }: Given, work: () => Promise<T>): Promise<T> {
    const cause = abortedBy(signal);
    if (cause !== null) this.cancel(cause);
    else if (signal !== undefined) this.#link = watchSignal(signal, this);
    if (timeoutMs !== undefined) {
      const { clock } = this.handle.table;
      this.#timer = clock.after(timeoutMs, () => this.cancel(TIMED_OUT));
    }
    const before = queues.get(this.handle);
    const result = this.#run(before, work);
    queues.set(this.handle, bothEnded(before, result));
    const answer = result.catch((error: unknown) => {
      // The program asked for this end, so nobody's process may die of it (decision 1).
      if (this.reader.isOwnEnd) answer.catch(ignore);
      throw this.#named(error);
    });
    return answer;
  }

  cancel(cause: CancelCause): void {
    this.#cause ??= cause;
    this.reader.cancel(cause);
    this.#onCanceled();
  }

  /** @throws {IoError} if it was asked to stop. */
  checkGoesOn(): void {
    if (this.#cause !== null) throw this.error(this.#cause.code, this.#cause.cause);
  }

  error(code: Code, cause?: unknown): IoError {
    return ownError(code, { syscall: CALL, path: this.handle.path, cause });
  }

  async #run<T>(before: Promise<void> | undefined, work: () => Promise<T>): Promise<T> {
    try {
      if (before !== undefined) await Promise.race([before, this.canceled]);
      this.checkGoesOn();
      this.reader.checkOpen();
      return await work();
    } finally {
      this.#link?.unlink();
      this.#timer?.cancel();
    }
  }

  /** The error of a read becomes that of the question. */
  #named(error: unknown): unknown {
    if (!(error instanceof IoError) || error.syscall !== "read") return error;
    const { code, errno, cause } = error;
    if (errno === undefined) return this.error(code as Code, cause);
    const details = { code, errno, syscall: CALL, path: this.handle.path };
    return new IoError(errnoMeaning(-errno), details);
  }
}

async function bothEnded(before: Promise<void> | undefined, last: Promise<unknown>): Promise<void> {
  await before;
  await last.catch(ignore);
}
