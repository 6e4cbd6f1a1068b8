// The live operations of one handle, linked through the records themselves: closing one handle must
// not cost a look at all operations of the thread.
import { assert } from "../base/assert.ts";
import type { OperationRecord } from "./operation.ts";

export class RecordList {
  #head: OperationRecord | null = null;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(record: OperationRecord): void {
    assert(record.previous === null && record.next === null, "list: record is in one already");
    record.next = this.#head;
    if (this.#head !== null) this.#head.previous = record;
    this.#head = record;
    this.#count++;
  }

  remove(record: OperationRecord): void {
    if (record.previous === null) this.#head = record.next;
    else record.previous.next = record.next;
    if (record.next !== null) record.next.previous = record.previous;
    record.previous = record.next = null;
    this.#count--;
    assert(this.#count >= 0, "list: more records left than entered");
  }

  /** As they are now, newest first: what is done to one may end others. */
  snapshot(): OperationRecord[] {
    const records: OperationRecord[] = [];
    for (let each = this.#head; each !== null; each = each.next) records.push(each);
    return records;
  }
}
