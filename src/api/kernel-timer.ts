// A timer of the kernel's, which counts how often it has expired: timerfd_create(2).

import { rangeError, shown, typeError } from "../base/errors.ts";
import { KERNEL_TIMER_MS_MAX } from "../base/limits.ts";
import type { Descriptors } from "../kernel/descriptors.ts";
import { readCount } from "./event-counter.ts";
import type { Handle } from "./handle.ts";
import { errnoError, Making } from "./making.ts";
import type { Operation } from "./operation.ts";
import { type CallOptions, checkObject } from "./options.ts";
import type { PathCalls } from "./path-calls.ts";
import { StreamHandle } from "./stream-handle.ts";

/** Options of `timer`. */
export interface KernelTimerOptions {
  /**
   * `monotonic` if absent, which stands still while the machine sleeps; `realtime` is the time of
   * day, which somebody may set.
   */
  readonly clock?: "monotonic" | "realtime" | undefined;
}

/** See `StreamCalls.timer`. */
export function makeKernelTimer(
  calls: PathCalls,
  options: KernelTimerOptions | undefined,
): KernelTimer {
  const clock = takeClock(options);
  const making = new Making(calls, "timer");
  const fd = making.checked<number>(making.descriptors.timerfd(clock));
  return new KernelTimer(making.handle(fd, making.describe(fd).name), making.descriptors);
}

function takeClock(options: KernelTimerOptions | undefined): "monotonic" | "realtime" {
  if (options === undefined) return "monotonic";
  checkObject(options, "timer");
  const clock: unknown = options.clock ?? "monotonic";
  if (clock === "monotonic" || clock === "realtime") return clock;
  throw typeError(
    `Cannot timer: clock is ${shown(clock)}, wanted "monotonic" or "realtime"`,
    "ERR_INVALID_ARG_VALUE",
  );
}

/**
 * A timer of the kernel's. It goes on while the program is busy, and tells how often it has
 * expired meanwhile. Made by `timer()`.
 *
 * @example Twice, 5 ms apart
 * ```ts
 * import { timer } from "overlapped";
 * await using ticks = timer();
 * ticks.set(5, 5);
 * for (let count = 0n; count < 2n; ) count += await ticks.expirations();
 * ```
 */
export class KernelTimer extends StreamHandle {
  readonly #handle: Handle;
  readonly #descriptors: Descriptors;

  constructor(handle: Handle, descriptors: Descriptors) {
    super(handle, "timerfd");
    this.#handle = handle;
    this.#descriptors = descriptors;
  }

  /**
   * Sets it, and forgets what has expired by now.
   *
   * @param firstMs Milliseconds until it first expires, parts of one included; 0 stops it.
   * @param intervalMs Milliseconds from each time to the next; once only if 0 or absent.
   * Each is 0 to 2^53 - 1; what is more than nothing is a nanosecond at least.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument, or `ERR_CLOSED`.
   * @throws {IoError} what the kernel said.
   *
   * @example One that is stopped in time
   * ```ts
   * import { timer } from "overlapped";
   * await using alarm = timer();
   * alarm.set(60_000);
   * alarm.set(0);
   * console.log((await alarm.expirations({ timeoutMs: 5 }).outcome()).status); // timedOut
   * ```
   */
  set(firstMs: number, intervalMs = 0): void {
    checkTime(firstMs, "firstMs");
    checkTime(intervalMs, "intervalMs");
    this.#handle.checkOpen("set");
    const { fd, path } = this.#handle;
    const answer = this.#descriptors.setTimer(fd, firstMs, intervalMs);
    if (answer < 0) throw errnoError(-answer, "set", path);
    this.#handle.take(Number.POSITIVE_INFINITY);
  }

  /**
   * Waits until it has expired, and tells how often since the last time that this was told; 1 or
   * more. Canceled or abandoned, what was counted by then is told the next time.
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what the kernel said.
   *
   * @example What has expired while the program was busy
   * ```ts
   * import { timer } from "overlapped";
   * await using ticks = timer();
   * ticks.set(1, 1);
   * for (const end = performance.now() + 20; performance.now() < end; );
   * console.log((await ticks.expirations()) >= 10n); // true
   * ```
   */
  expirations(options?: CallOptions): Operation<bigint> {
    return readCount(this.#handle, options, "expirations");
  }
}

function checkTime(ms: unknown, name: string): void {
  if (typeof ms !== "number") {
    throw typeError(`Cannot set: ${name} is ${shown(ms)}, wanted a number`);
  }
  if (ms >= 0 && ms <= KERNEL_TIMER_MS_MAX) return;
  throw rangeError(`Cannot set: ${name} is ${shown(ms)}, wanted 0 to ${KERNEL_TIMER_MS_MAX}`);
}
