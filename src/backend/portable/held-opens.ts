// Opens that wait for a FIFO's reader. No thread waits for it: they are tried again from time to
// time, those first that have been held the longest.

import type { Clock, Timer } from "../../base/clock.ts";
import { TRIED_AGAIN_AT_ONCE, TRIED_AGAIN_MS } from "../../base/limits.ts";
import type { OperationId, Request } from "../contract.ts";

export type OpenRequest = Extract<Request, { readonly kind: "open" }>;

export class HeldOpens {
  readonly #clock: Clock;
  readonly #tryAgain: (id: OperationId, request: OpenRequest) => void;
  readonly #held: Map<OperationId, OpenRequest> = new Map();
  #timer: Timer | null = null;

  constructor(clock: Clock, tryAgain: (id: OperationId, request: OpenRequest) => void) {
    this.#clock = clock;
    this.#tryAgain = tryAgain;
  }

  push(id: OperationId, request: OpenRequest): void {
    this.#held.set(id, request);
    this.#timer ??= this.#clock.after(TRIED_AGAIN_MS, this.#onTime);
  }

  /** False: it is not held. */
  drop(id: OperationId): boolean {
    const isDropped = this.#held.delete(id);
    this.#rest();
    return isDropped;
  }

  readonly #onTime = (): void => {
    this.#timer = this.#clock.after(TRIED_AGAIN_MS, this.#onTime);
    let count = 0;
    for (const [id, request] of this.#held) {
      if (count++ === TRIED_AGAIN_AT_ONCE) break;
      this.#held.delete(id);
      this.#tryAgain(id, request);
    }
    this.#rest();
  };

  #rest(): void {
    if (this.#held.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
  }
}
