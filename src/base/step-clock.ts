// A clock that stands still until it is stepped: the time of simulations and tests.

import type { Clock, Timer } from "./clock.ts";

interface Due {
  readonly atMs: number;
  readonly onTime: () => void;
}

export class StepClock implements Clock {
  readonly #timers: Set<Due> = new Set();
  #nowMs = 0;

  readonly now = (): number => this.#nowMs;

  readonly after = (delayMs: number, onTime: () => void): Timer => {
    const due = { atMs: this.#nowMs + delayMs, onTime };
    this.#timers.add(due);
    return { cancel: () => this.#timers.delete(due) };
  };

  /** Timers that are set and have not run. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due; undefined if there is none. */
  get nextMs(): number | undefined {
    const next = this.#first(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : next.atMs - this.#nowMs;
  }

  /** Lets time pass; what falls due runs in its order, also what was only set meanwhile. */
  step(ms: number): void {
    const end = this.#nowMs + ms;
    for (let due = this.#first(end); due !== undefined; due = this.#first(end)) {
      this.#timers.delete(due);
      this.#nowMs = due.atMs;
      due.onTime();
    }
    this.#nowMs = end;
  }

  #first(endMs: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#timers) {
      if (due.atMs <= endMs && (first === undefined || due.atMs < first.atMs)) first = due;
    }
    return first;
  }
}
