// What may be at work at once only in small numbers; the others are held, and come in their turn.
import type { Clock } from "../../base/clock.ts";
import { BLOCKING_OPENS_MAX, FILES_AT_ONCE_MAX } from "../../base/limits.ts";
import type { Entry, EntryQueue } from "./entry.ts";
import { Gate, type Room } from "./gate.ts";
import { TryLater } from "./try-later.ts";

/** By kernel. */
const rooms: WeakMap<object, Room> = new WeakMap();

/** The kernel's threads for opens are those of the thread, whichever of its rings asks. */
function roomOf(kernel: object): Room {
  const room = rooms.get(kernel) ?? { taken: 0 };
  rooms.set(kernel, room);
  return room;
}

export class Admission {
  /** Each waits for a peer in a kernel thread, of which there are few. */
  readonly #threadOpens: Gate;
  /** Each has a descriptor and memory for its content. */
  readonly #files: Gate = new Gate(FILES_AT_ONCE_MAX);
  /** Transfers that others were too quick for. */
  readonly #late: TryLater;
  readonly #pending: Pick<EntryQueue, "push">;

  /** Who is held no more goes to `pending`. */
  constructor(
    kernel: object,
    clock: Clock,
    tryAgain: (entry: Entry) => void,
    pending: Pick<EntryQueue, "push">,
  ) {
    const held = new TryLater(clock, tryAgain);
    this.#threadOpens = new Gate(BLOCKING_OPENS_MAX, held, roomOf(kernel));
    this.#late = new TryLater(clock, tryAgain);
    this.#pending = pending;
  }

  /** False: it is held until others are done. */
  admits(entry: Entry): boolean {
    const { steps } = entry;
    if (steps !== null && !steps.isAdmitted) {
      if (!this.#files.admits(entry)) return false;
      steps.isAdmitted = true;
    }
    return !entry.isForThread || this.#threadOpens.admits(entry);
  }

  /** Held for a while: it was too late. */
  later(entry: Entry): void {
    this.#late.push(entry);
  }

  /** It is held no more, if it was. */
  drop(entry: Entry): void {
    this.#threadOpens.drop(entry);
    this.#files.drop(entry);
    this.#late.drop(entry);
  }

  /** The kernel's thread is done with it. */
  leaveThread(): void {
    this.#admit(this.#threadOpens.leave());
  }

  /** All its steps are done. */
  leaveFiles(): void {
    this.#admit(this.#files.leave());
  }

  #admit(held: Entry | null): void {
    if (held !== null) this.#pending.push(held);
  }
}
