// A bound on bytes a second: each portion is given a place on a line of time, and waits for it.

import type { Clock } from "../../base/clock.ts";
import { RATE_BYTES_MIN, RATE_STEPS } from "./limits.ts";

export class RateLimit {
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  /** When the bytes that were allowed so far will have passed. */
  #freeAtMs: number;
  /** Bytes to move at once, so that the flow is smooth. */
  readonly stepBytes: number;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#freeAtMs = clock.now();
    const step = Math.floor(bytesPerSecond / RATE_STEPS / RATE_BYTES_MIN) * RATE_BYTES_MIN;
    this.stepBytes = Math.max(step, RATE_BYTES_MIN);
  }

  /**
   * Resolves when so many bytes may be moved, or the signal has aborted. Time in which nothing was
   * moved is lost: there is no making up for it later.
   */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.now();
    const atMs = Math.max(this.#freeAtMs, nowMs);
    this.#freeAtMs = atMs + bytes / this.#bytesPerMs;
    return this.#until(this.#freeAtMs - nowMs, signal);
  }

  #until(delayMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      // It is all that keeps the process alive meanwhile.
      const timer = this.#clock.after(Math.ceil(delayMs), end, true);
      signal.addEventListener("abort", end);
    });
  }
}
