// Cancels that wait for an entry, and those that found nothing and are sent again (P4).
//
// "Not found" does not mean "already complete": the kernel says the same of a request that is at
// the block layer, or on its way between two lists of its own. Asking again is harmless. It stops
// with the request's completion; until then it grows rarer, since started disk I/O cannot be
// stopped.
import type { Clock } from "../../base/clock.ts";
import { CANCEL_RETRY_MS_MAX } from "../../base/limits.ts";
import { type Entry, EntryQueue } from "./entry.ts";

export class CancelQueue {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  readonly #queue: EntryQueue = new EntryQueue();

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** The next one to send, or null. */
  get first(): Entry | null {
    return this.#queue.first;
  }

  add(entry: Entry): void {
    this.#queue.push(entry);
  }

  /** The cancel is in the kernel's hands. */
  onSent(entry: Entry): void {
    this.#queue.drop(entry);
  }

  /** The cancel was answered and the request is in flight still. */
  onAnswered(entry: Entry, result: number): void {
    if (result >= 0) return; // Its completion is on the way.
    if (entry.cancelTimer !== null || entry.queue !== null) return; // Answered twice.
    // Each has a delay of its own: what cannot be stopped must not hold up what can.
    entry.cancelTimer = this.#clock.after(entry.cancelDelayMs, () => {
      entry.cancelTimer = null;
      this.add(entry);
      this.#onDue();
    });
    entry.cancelDelayMs = Math.min(entry.cancelDelayMs * 2, CANCEL_RETRY_MS_MAX);
  }

  /** The request has completed. */
  drop(entry: Entry): void {
    if (!entry.isCancelWanted) return;
    this.#queue.drop(entry);
    entry.cancelTimer?.cancel();
    entry.cancelTimer = null;
  }
}
