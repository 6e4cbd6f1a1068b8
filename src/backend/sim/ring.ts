// The two queues between a backend and the simulated kernel, with their bounds. Several backends
// can have a ring each with one kernel, as threads do.

import type { OperationId } from "../contract.ts";
import type { SimKernel } from "./kernel.ts";
import type { Answer, Task } from "./task.ts";

export interface SimCompletion {
  readonly id: OperationId;
  /** Of a cancel, and of the second of two completions: null. */
  readonly answer: Answer | null;
  /** Another one follows, and until then the kernel has the buffer. */
  readonly isMore: boolean;
  /** What a cancel was answered: 0 or a negative errno; else null. */
  readonly cancelResult: number | null;
}

export interface RingBounds {
  /** Requests and cancels that fit into one submission. */
  readonly submissionsMax: number;
  /** Completions that fit; more wait in the kernel until they are asked for. */
  readonly completionsMax: number;
}

export const ROOMY: RingBounds = { submissionsMax: 64, completionsMax: 128 };

export class SimRing {
  readonly #kernel: SimKernel;
  readonly #bounds: RingBounds;
  readonly #onWake: () => void;
  readonly #completions: SimCompletion[] = [];
  readonly #overflow: SimCompletion[] = [];
  #submissions = 0;
  #isClosed = false;
  overflows = 0;

  constructor(kernel: SimKernel, bounds: RingBounds, onWake: () => void) {
    this.#kernel = kernel;
    this.#bounds = bounds;
    this.#onWake = onWake;
  }

  /** False if there is no room: try again when woken. */
  submit(task: Task): boolean {
    return this.#hasRoom() && this.#kernel.accept(task);
  }

  /** Asks that a request be stopped. False if there is no room, and then nothing was asked. */
  cancel(id: OperationId): boolean {
    if (!this.#hasRoom()) return false;
    this.#kernel.acceptCancel(this, id);
    return true;
  }

  /** The next completion, if there is one. */
  reap(): SimCompletion | undefined {
    const completion = this.#completions.shift();
    const waiting = this.#overflow.shift();
    if (waiting !== undefined) this.#completions.push(waiting);
    return completion;
  }

  /** The kernel's end of the completion queue. */
  post(completion: SimCompletion): void {
    if (this.#isClosed) return;
    if (this.#completions.length < this.#bounds.completionsMax) this.#completions.push(completion);
    else {
      this.#overflow.push(completion);
      this.overflows++;
    }
    this.#kernel.wakeLater(this);
  }

  wake(): void {
    this.#submissions = 0;
    if (!this.#isClosed) this.#onWake();
  }

  /**
   * Nobody will look any more. The kernel does not stop for that: what it has goes on to its end,
   * and writes into the buffers that it was given (F1).
   */
  close(): void {
    this.#isClosed = true;
  }

  #hasRoom(): boolean {
    if (this.#submissions >= this.#bounds.submissionsMax) {
      this.#kernel.wakeLater(this);
      return false;
    }
    this.#submissions++;
    return true;
  }
}
