// How many calls of ours libuv's pool has at a time. It is the application's, too, and one for the
// process: one thread at least is left to others, whatever hangs. All backends of a thread of
// JavaScript share this, in turns; workers cannot know of each other's.

export class PoolShare {
  #free: number;
  /** Who has more to do, in order. */
  readonly #waiting: Set<() => void> = new Set();

  constructor(max: number) {
    this.#free = max;
  }

  /** False: there is no more now, and `onFree` is called when there is. */
  take(onFree: () => void): boolean {
    if (this.#free === 0) {
      this.#waiting.add(onFree);
      return false;
    }
    this.#free--;
    return true;
  }

  give(): void {
    this.#free++;
    // Who has still more to do takes his place behind the others.
    for (const onFree of this.#waiting) {
      if (this.#free === 0) return;
      this.#waiting.delete(onFree);
      onFree();
    }
  }
}
