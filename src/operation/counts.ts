// How operations have ended, counted for people.

import type { Outcome } from "./outcome.ts";

/** Since the thread's first operation. */
export interface OperationCounts {
  readonly completed: number;
  readonly canceled: number;
  /** They completed although they had been asked to stop: of `completed`. */
  readonly canceledTooLate: number;
  readonly timedOut: number;
  readonly abandoned: number;
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
