// How operations have ended, counted for people.

import type { Outcome } from "./outcome.ts";

/** How many operations have ended since the thread's first, by outcome; there are five. */
export interface OperationCounts {
  /** They did what they were asked to. */
  readonly completed: number;
  /** They were stopped: by a signal, `cancel()`, `close()` or their scope. */
  readonly canceled: number;
  /** They completed although they had been asked to stop: of `completed`. */
  readonly canceledTooLate: number;
  /** They were stopped by their `timeoutMs` or the deadline of their scope. */
  readonly timedOut: number;
  /** Nobody waited for them any more; counted at their real end, whatever that was. */
  readonly abandoned: number;
  /** The kernel, or this library, said why not. */
  readonly failed: number;
}

export class Counts {
  readonly #ended: Record<Outcome<unknown>["status"], number> = {
    completed: 0,
    canceled: 0,
    timedOut: 0,
    abandoned: 0,
    failed: 0,
  };
  #canceledTooLate = 0;

  add(status: Outcome<unknown>["status"], wasAskedToStop: boolean): void {
    this.#ended[status]++;
    if (wasAskedToStop && status === "completed") this.#canceledTooLate++;
  }

  get all(): OperationCounts {
    return { ...this.#ended, canceledTooLate: this.#canceledTooLate };
  }
}
