// What a call returns: a promise of its value, with which the operation can be asked to stop.

import type { Completion } from "../backend/contract.ts";
import type { IoError } from "../base/errors.ts";
import { CANCELED_BY_CALL } from "../operation/cancel.ts";
import {
  OperationRecord,
  type OperationState,
  type RecordOptions,
} from "../operation/operation.ts";
import type { Outcome } from "../operation/outcome.ts";
import type { OperationTable } from "../operation/table.ts";
import type { Given } from "./options.ts";

/** Makes the value of a completion, or its error if that is not what was wanted. */
export type Finish<T> = (completion: Completion, bytesTransferred: number) => T | IoError;

export interface Start<T> extends RecordOptions {
  readonly finish: Finish<T>;
}

type Reject = (error: unknown) => void;

const ignore = (): void => {};

const nobody = (): void => {};
let capturedResolve: (value: unknown) => void = nobody;
let capturedReject: Reject = nobody;

/** One executor for all: a closure for each operation would cost more than the promise. */
const capture = (resolve: (value: never) => void, reject: Reject): void => {
  capturedResolve = resolve as (value: unknown) => void;
  capturedReject = reject;
};

/** Begins an operation whose arguments have been checked. */
export let startOperation: <T>(
  table: OperationTable,
  start: Start<T>,
  given: Given,
) => Operation<T>;

/** For scopes, which wait for operations that others have begun. */
export let recordOf: (operation: Operation<unknown>) => OperationRecord;

/** Whether it is one, whatever it claims. */
export let isOperation: (value: unknown) => value is Operation<unknown>;

/**
 * An operation in progress: a promise of its value.
 *
 * A cancel is a request. The promise settles when the kernel has answered: with the value if the
 * operation completed after all, with `ABORT_ERR` if it was canceled. Until then its buffers belong
 * to the kernel. Promises derived from it by `then` are plain promises.
 *
 * @example Give a read one second
 * ```ts
 * import { IoBuffer, open } from "overlapped";
 * await using file = await open("/etc/hostname");
 * const operation = file.read(new IoBuffer(64), { timeoutMs: 1000 });
 * const outcome = await operation.outcome();
 * console.log(outcome.status, outcome.bytesTransferred);
 * ```
 */
export class Operation<T> extends Promise<T> {
  readonly #record: OperationRecord;

  private constructor(table: OperationTable, start: Start<T>) {
    super(capture);
    const resolve = capturedResolve;
    const reject = capturedReject;
    // Kept here, they would keep the last operation and its buffer alive.
    capturedResolve = capturedReject = nobody;
    this.#record = new OperationRecord(table, start, {
      finish: start.finish,
      resolve,
      reject: (error: IoError, isOwn: boolean) => {
        // The program asked for this end, so nobody's process may die of it (decision 1).
        if (isOwn) this.then(undefined, ignore);
        reject(error);
      },
    });
  }

  /**
   * `queued`: the kernel has not seen it. `submitted`: the kernel has it. `canceling`: asked to
   * stop, not stopped yet. `abandoned`: the caller stopped waiting, the kernel has it still.
   * `settled`: the kernel has answered and the buffers are back.
   */
  get state(): OperationState {
    return this.#record.state;
  }

  /**
   * Asks the operation to stop, and returns it: await it for what became of it. Idempotent; without
   * effect once it has settled. A rejection that follows counts as handled. Never throws.
   *
   * @example
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using file = await open("/etc/hostname");
   * const outcome = await file.read(new IoBuffer(64)).cancel().outcome();
   * console.log(outcome.status); // canceled
   * ```
   */
  cancel(): this {
    this.#record.cancel(CANCELED_BY_CALL);
    return this;
  }

  /**
   * Stops waiting: rejects now with `ERR_ABANDONED` and asks the operation to stop. The buffer
   * stays the kernel's until the real end, for which `outcome()` waits; what the operation then did
   * is undone: a descriptor it opened is closed, bytes it took from a stream go to the next read,
   * later writes of the handle wait for it. The rejection counts as handled.
   *
   * @throws {IoError} `ERR_QUARANTINE_FULL` if abandoned operations hold too much memory already:
   *   then it is only canceled.
   *
   * @example Wait no longer, and clean up when the buffer is back
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using file = await open("/etc/hostname");
   * const buffer = new IoBuffer(64);
   * const operation = file.read(buffer).abandon();
   * await operation.catch((error) => console.log(error.code)); // ERR_ABANDONED
   * await operation.outcome();
   * buffer.bytes.fill(0);
   * ```
   */
  abandon(): this {
    this.#record.abandon();
    return this;
  }

  /**
   * The real end: resolves when the kernel has let go, and never rejects. Who asks for it has taken
   * the operation's rejection into account: that counts as handled.
   *
   * @example
   * ```ts
   * import { stat } from "overlapped";
   * const outcome = await stat("/nonexistent", { timeoutMs: 1000 }).outcome();
   * if (outcome.status === "completed") console.log(outcome.value.size);
   * else console.log(outcome.status, outcome.error.code); // failed ENOENT
   * ```
   */
  outcome(): Promise<Outcome<T>> {
    this.then(undefined, ignore);
    return new Promise((resolve) => {
      this.#record.whenEnded((outcome) => resolve(outcome as Outcome<T>));
    });
  }

  static {
    recordOf = (operation) => operation.#record;
    isOperation = (value): value is Operation<unknown> =>
      typeof value === "object" && value !== null && #record in value;
    startOperation = (table, start, given) => {
      const operation = new Operation(table, start);
      operation.#record.begin(given.signal, given.timeoutMs);
      return operation;
    };
  }
}

// `await` and `then` take their fast way only if the constructor is Promise itself. Derived
// promises have no operation of their own, so a plain promise is also what they should be.
Object.defineProperty(Operation.prototype, "constructor", { value: Promise });
