// One operation at a time, in order: reads of a stream, writes of a stream, and everything that
// uses a handle's own position. Without it, two reads of a FIFO would race for its bytes, and those
// of an abandoned one could not be put back before the next read.
//
//   current ──► in the kernel (an orphan, perhaps)      waiting ──► first, second, third …
//
// A turn is several operations, one after the other, that no other may come between: from the first
// to the last of them the lane is its own.
import { assert } from "../base/assert.ts";
import { Queue } from "../base/queue.ts";
import type { OperationRecord } from "./operation.ts";

/** Only its identity counts. */
export type Turn = object;

export class Lane {
  #current: OperationRecord | null = null;
  /** The turn that has the lane, also between its operations. */
  #holder: Turn | null = null;
  readonly #waiting: Queue<OperationRecord> = new Queue();

  /** Whoever enters has the lane at once. */
  get isFree(): boolean {
    return this.#current === null && this.#holder === null;
  }

  isCurrent(record: OperationRecord): boolean {
    return this.#current === record;
  }

  /** Nobody enters until that turn is over. The lane is free. */
  reserve(turn: Turn): void {
    assert(this.isFree, "lane: reserved in use");
    this.#holder = turn;
  }

  /** True if it is the record's turn now; else it waits. */
  enter(record: OperationRecord): boolean {
    assert(this.#current !== record, "lane: entered twice");
    const isHolder = this.#holder !== null && this.#holder === record.turn;
    if (this.isFree || isHolder) {
      assert(this.#current === null, "lane: two operations of a turn at once");
      this.#current = record;
      return true;
    }
    this.#waiting.push(record);
    return false;
  }

  /** The record has ended, wherever it stood. Returns the one whose turn has come, if any. */
  leave(record: OperationRecord): OperationRecord | null {
    if (this.#current !== record) {
      if (this.#waiting.size > 0) this.#waiting.delete(record);
      return null;
    }
    this.#current = null;
    this.#holder = record.turn;
    return this.#next();
  }

  /** The turn is over, if it ever began. Returns the one whose turn has come, if any. */
  release(turn: Turn): OperationRecord | null {
    if (this.#holder !== turn) return null;
    this.#holder = null;
    return this.#next();
  }

  #next(): OperationRecord | null {
    if (!this.isFree) return null;
    this.#current = this.#waiting.shift() ?? null;
    return this.#current;
  }
}
