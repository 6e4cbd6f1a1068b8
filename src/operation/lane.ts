// One operation at a time, in order: reads of a stream, writes of a stream, and everything that
// uses a handle's own position. Without it, two reads of a FIFO would race for its bytes, and those
// of an abandoned one could not be put back before the next read.
//
//   current ──► in the kernel (an orphan, perhaps)      waiting ──► first, second, third …
import { assert } from "../base/assert.ts";
import type { OperationRecord } from "./operation.ts";

export class Lane {
  #current: OperationRecord | null = null;
  readonly #waiting: Set<OperationRecord> = new Set();

  isCurrent(record: OperationRecord): boolean {
    return this.#current === record;
  }

  /** True if it is the record's turn now; else it waits. */
  enter(record: OperationRecord): boolean {
    assert(this.#current !== record, "lane: entered twice");
    if (this.#current === null) {
      this.#current = record;
      return true;
    }
    this.#waiting.add(record);
    return false;
  }

  /** The record has ended, wherever it stood. Returns the one whose turn has come, if any. */
  leave(record: OperationRecord): OperationRecord | null {
    if (this.#current !== record) {
      if (this.#waiting.size > 0) this.#waiting.delete(record);
      return null;
    }
    const next = this.#waiting.values().next();
    this.#current = next.done === true ? null : next.value;
    if (this.#current !== null) this.#waiting.delete(this.#current);
    return this.#current;
  }
}
