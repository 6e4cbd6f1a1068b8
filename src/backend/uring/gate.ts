// At most so many at a time; the others wait in order.

import { assert } from "../../base/assert.ts";
import { type Entry, EntryQueue } from "./entry.ts";

/** Those that wait, and in which order. */
export type Held = Pick<EntryQueue, "first" | "push" | "drop">;

export class Gate {
  readonly #max: number;
  readonly #held: Held;
  #taken = 0;

  constructor(max: number, held: Held = new EntryQueue()) {
    this.#max = max;
    this.#held = held;
  }

  /** False: it is held, and must be in no other queue. */
  admits(entry: Entry): boolean {
    if (this.#taken < this.#max) {
      this.#taken++;
      return true;
    }
    this.#held.push(entry);
    return false;
  }

  /** One that was admitted is done. Returns who is held no more, and comes next. */
  leave(): Entry | null {
    this.#taken--;
    assert(this.#taken >= 0, "gate: more left than came");
    const next = this.#held.first;
    if (next !== null) this.#held.drop(next);
    return next;
  }

  /** It waits no more, if it did. */
  drop(entry: Entry): void {
    this.#held.drop(entry);
  }
}
