// At most so many at a time; the others wait in order.
//
// Gates that lead to the same share a room. Each calls its own when one of its own has left; of the
// others, whoever waits has to come and look.

import { assert } from "../../base/assert.ts";
import { type Entry, EntryQueue } from "./entry.ts";

/** Those that wait, and in which order. */
export type Held = Pick<EntryQueue, "first" | "push" | "drop">;

/** How many are in. */
export interface Room {
  taken: number;
}

export class Gate {
  readonly #max: number;
  readonly #held: Held;
  readonly #room: Room;

  constructor(max: number, held: Held = new EntryQueue(), room: Room = { taken: 0 }) {
    this.#max = max;
    this.#held = held;
    this.#room = room;
  }

  /** False: it is held, and must be in no other queue. */
  admits(entry: Entry): boolean {
    if (this.#room.taken < this.#max) {
      this.#room.taken++;
      return true;
    }
    this.#held.push(entry);
    return false;
  }

  /** One that was admitted is done. Returns who is held no more, and comes next. */
  leave(): Entry | null {
    this.#room.taken--;
    assert(this.#room.taken >= 0, "gate: more left than came");
    const next = this.#held.first;
    if (next !== null) this.#held.drop(next);
    return next;
  }

  /** It waits no more, if it did. */
  drop(entry: Entry): void {
    this.#held.drop(entry);
  }
}
