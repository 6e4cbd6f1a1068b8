// Entries that are tried again from time to time, for nothing tells when they would succeed: some
// at a time, the longest held first.
import type { Clock, Timer } from "../../base/clock.ts";
import { TRIED_AGAIN_AT_ONCE, TRIED_AGAIN_MS } from "../../base/limits.ts";
import { type Entry, EntryQueue } from "./entry.ts";

export class TryLater {
  readonly #clock: Clock;
  readonly #tryAgain: (entry: Entry) => void;
  readonly #queue: EntryQueue = new EntryQueue();
  #timer: Timer | null = null;

  constructor(clock: Clock, tryAgain: (entry: Entry) => void) {
    this.#clock = clock;
    this.#tryAgain = tryAgain;
  }

  push(entry: Entry): void {
    this.#queue.push(entry);
    this.#timer ??= this.#clock.after(TRIED_AGAIN_MS, this.#onTime);
  }

  /** Nothing happens if the entry is elsewhere or nowhere. */
  drop(entry: Entry): void {
    this.#queue.drop(entry);
    this.#rest();
  }

  /** The one that has been held the longest. */
  get first(): Entry | null {
    return this.#queue.first;
  }

  readonly #onTime = (): void => {
    this.#timer = this.#clock.after(TRIED_AGAIN_MS, this.#onTime);
    for (let count = 0; count < TRIED_AGAIN_AT_ONCE; count++) {
      const entry = this.first;
      if (entry === null) break;
      this.drop(entry);
      this.#tryAgain(entry);
    }
    this.#rest();
  };

  #rest(): void {
    if (this.#queue.first !== null) return;
    this.#timer?.cancel();
    this.#timer = null;
  }
}
