// Opens that wait for a peer: those that may, up to a bound, in a kernel thread each; here are the
// others.
//
// Those that have a thread may wait for ever, and must not delay one whose peer has come (P10). So
// from time to time some of the held ones are tried again without a thread, the longest held first.
import type { Clock, Timer } from "../../base/clock.ts";
import { HELD_OPENS_TRIED_AT_ONCE, HELD_OPENS_TRIED_MS } from "../../base/limits.ts";
import { EAGAIN, ENXIO } from "../../kernel/errno.ts";
import { O_NONBLOCK } from "../../kernel/open-flags.ts";
import type { Completion } from "../contract.ts";
import { type Entry, EntryQueue } from "./entry.ts";
import type { Room } from "./gate.ts";

/** By kernel. */
const rooms: WeakMap<object, Room> = new WeakMap();

/** The kernel's threads for opens are those of the thread, whichever of its rings asks. */
export function roomOf(kernel: object): Room {
  const room = rooms.get(kernel) ?? { taken: 0 };
  rooms.set(kernel, room);
  return room;
}

export class HeldOpens {
  readonly #clock: Clock;
  readonly #tryAtOnce: (entry: Entry) => void;
  readonly #queue: EntryQueue = new EntryQueue();
  #timer: Timer | null = null;

  constructor(clock: Clock, tryAtOnce: (entry: Entry) => void) {
    this.#clock = clock;
    this.#tryAtOnce = tryAtOnce;
  }

  push(entry: Entry): void {
    this.#queue.push(entry);
    this.#timer ??= this.#clock.after(HELD_OPENS_TRIED_MS, this.#onTime);
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
    this.#timer = this.#clock.after(HELD_OPENS_TRIED_MS, this.#onTime);
    for (let count = 0; count < HELD_OPENS_TRIED_AT_ONCE; count++) {
      const entry = this.first;
      if (entry === null) break;
      this.drop(entry);
      this.#tryAtOnce(entry);
    }
    this.#rest();
  };

  #rest(): void {
    if (this.#queue.first !== null) return;
    this.#timer?.cancel();
    this.#timer = null;
  }
}

/**
 * ENXIO: a FIFO without a reader, or a device without a driver, and then a thread's open says it
 * again. EAGAIN: somebody holds a lease on the file.
 */
export function hasNoPeerYet(entry: Entry, completion: Completion): boolean {
  if (completion.kind !== "failed") return false;
  if (completion.errno !== ENXIO && completion.errno !== EAGAIN) return false;
  if (entry.request.kind !== "open" || entry.isForThread) return false;
  return (entry.request.flags & O_NONBLOCK) === 0;
}
