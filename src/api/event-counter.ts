// A counter of the kernel's, by which threads and processes wake each other: eventfd(2).

import { type Completion, NO_POSITION } from "../backend/contract.ts";
import { rangeError, shown, typeError } from "../base/errors.ts";
import { type IoBuffer, memoryOf } from "../operation/buffer.ts";
import { takeBuffer } from "../operation/copy.ts";
import type { Handle } from "./handle.ts";
import { start } from "./handle-operation.ts";
import { Making } from "./making.ts";
import type { Finish, Operation } from "./operation.ts";
import { type CallOptions, checkNumber, checkObject, takeFlag, takeOptions } from "./options.ts";
import type { PathCalls } from "./path-calls.ts";
import { StreamHandle } from "./stream-handle.ts";

/** Options of `eventfd`. */
export interface EventCounterOptions {
  /** What it counts from; 0 to 4_294_967_295; 0 if absent. */
  readonly initial?: number | undefined;
  /** Whether `wait()` takes one, and not all; not so if absent. */
  readonly semaphore?: boolean | undefined;
}

const COUNT_BYTES = 8;
const COUNT_MAX = 0xffff_ffff_ffff_fffen;
const INITIAL_MAX = 0xffff_ffff;

const nothing: Finish<void> = () => undefined;

/** See `StreamCalls.eventfd`. */
export function makeEventCounter(
  calls: PathCalls,
  options: EventCounterOptions | undefined,
): EventCounter {
  const isSemaphore = takeFlag(options, "semaphore", false, "eventfd");
  const initial = takeInitial(options);
  const making = new Making(calls, "eventfd");
  const fd = making.checked<number>(making.descriptors.eventfd(initial, isSemaphore));
  return new EventCounter(making.handle(fd, making.describe(fd).name), "eventfd");
}

function takeInitial(options: EventCounterOptions | undefined): number {
  if (options === undefined) return 0;
  checkObject(options, "eventfd");
  const { initial = 0 } = options;
  checkNumber(initial, "initial", "eventfd", 0, INITIAL_MAX);
  return initial;
}

/**
 * A counter of the kernel's. Made by `eventfd()`.
 *
 * @example
 * ```ts
 * import { eventfd } from "overlapped";
 * await using counter = eventfd();
 * const waiting = counter.wait({ timeoutMs: 1000 });
 * await counter.add(2);
 * console.log(await waiting); // 2n
 * ```
 */
export class EventCounter extends StreamHandle {
  readonly #handle: Handle;

  constructor(handle: Handle, kind: "eventfd") {
    super(handle, kind);
    this.#handle = handle;
  }

  /**
   * Waits until the count is not 0, sets it to 0, and tells what it was; a semaphore counts down by
   * one and tells 1. Canceled or abandoned, what it took all the same goes to the next `wait()`.
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what the kernel said.
   *
   * @example
   * ```ts
   * import { eventfd } from "overlapped";
   * await using counter = eventfd({ initial: 2 });
   * console.log(await counter.wait()); // 2n
   * const nothing = await counter.wait({ timeoutMs: 5 }).outcome();
   * console.log(nothing.status); // timedOut
   * ```
   */
  wait(options?: CallOptions): Operation<bigint> {
    return readCount(this.#handle, options, "wait");
  }

  /**
   * Adds to the count. Waits while it would exceed 2^64 - 2.
   *
   * @param count 1 to 2^64 - 2.
   * @throws {TypeError} or {RangeError} on a wrong argument, or `ERR_CLOSED`.
   *
   * Rejects as `wait` does.
   *
   * @example
   * ```ts
   * import { eventfd } from "overlapped";
   * await using counter = eventfd();
   * await counter.add(2);
   * await counter.add(3n);
   * console.log(await counter.wait()); // 5n
   * ```
   */
  add(count: number | bigint, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "add");
    const amount = checkCount(count);
    this.#handle.checkOpen("add");
    const buffer = takeBuffer(COUNT_BYTES);
    countIn(buffer)[0] = amount;
    const { fd } = this.#handle;
    const place = { memory: memoryOf(buffer), offset: 0, length: COUNT_BYTES };
    const request = { kind: "write", fd, ...place, position: NO_POSITION } as const;
    return start(this.#handle, request, [buffer], nothing, given, false, true);
  }
}

/** The eight bytes that a counter or timer gives. */
export function readCount(
  handle: Handle,
  options: CallOptions | undefined,
  call: string,
): Operation<bigint> {
  const given = takeOptions(options, call);
  handle.checkOpen(call);
  const buffer = takeBuffer(COUNT_BYTES);
  const finish: Finish<bigint> = (_completion: Completion) => countIn(buffer)[0] ?? 0n;
  const place = { memory: memoryOf(buffer), offset: 0, length: COUNT_BYTES };
  const request = { kind: "read", fd: handle.fd, ...place, position: NO_POSITION } as const;
  return start(handle, request, [buffer], finish, given, false, true);
}

/** As the machine has its numbers. */
function countIn({ bytes }: IoBuffer): BigUint64Array {
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, 1);
}

function checkCount(count: unknown): bigint {
  if (typeof count === "number") {
    checkNumber(count, "count", "add", 1, Number.MAX_SAFE_INTEGER);
    return BigInt(count);
  }
  if (typeof count !== "bigint") {
    throw typeError(`Cannot add: count is ${shown(count)}, wanted a number or a bigint`);
  }
  if (count >= 1n && count <= COUNT_MAX) return count;
  throw rangeError(`Cannot add: count is ${shown(count)}, wanted 1 to ${COUNT_MAX}`);
}
