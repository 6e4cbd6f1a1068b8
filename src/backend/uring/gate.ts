// At most so many at a time; the others wait in order.

import { assert } from "../../base/assert.ts";
import { type Entry, EntryQueue } from "./entry.ts";

export class Gate {
  readonly #max: number;
  readonly #held: EntryQueue = new EntryQueue();
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
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
