// All operations that have begun and not ended, by slot and generation. Bounded: beyond its slots
// operations wait, beyond that they are refused (decision 10).
//
//   admit ──► slot ──► owner's turn ──► submit ──► backend ──► complete ──► release
//     └─► waiting, in order, until a slot is free

import {
  type Backend,
  type Completion,
  type CompletionSink,
  generationOf,
  type OperationId,
  operationId,
  slotOf,
} from "../backend/contract.ts";
import { assert, bug } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { IN_FLIGHT_MAX, QUEUED_MAX } from "../base/limits.ts";
import { Queue } from "../base/queue.ts";
import type { CancelCause } from "./cancel.ts";
import { Counts } from "./counts.ts";
import { type Listener, OperationRecord } from "./operation.ts";
import { Quarantine } from "./orphan.ts";

/** Generations are 32 bits, since that is what one half of `user_data` has. */
const GENERATION_MAX = 0xffff_ffff;

/** Ids are beyond 32 bits from the start: engines are slow with numbers that outgrow them later. */
const GENERATION_FIRST = 0x1_0000;

const SATISFIED: Completion = { kind: "done", value: 0 };

const NOBODY: Listener = { finish: () => undefined, resolve: () => {}, reject: () => {} };

export class OperationTable implements CompletionSink {
  readonly clock: Clock;
  readonly quarantine: Quarantine = new Quarantine();
  readonly counts: Counts = new Counts();
  /** Whether operations remember where they were called. */
  isCapturingStacks = false;
  #backend: Backend | null = null;
  readonly #records: (OperationRecord | null)[] = [];
  readonly #generations: number[] = [];
  readonly #freeSlots: number[] = [];
  readonly #waiting: Queue<OperationRecord> = new Queue();
  readonly #satisfied: Set<OperationRecord> = new Set();
  #liveCount = 0;
  #holdersCount = 0;
  #lastNumber = 0;
  #quietListeners: (() => void)[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The one knot: the backend wants a sink, the table a backend. */
  connect(backend: Backend): void {
    assert(this.#backend === null, "table: connected twice");
    this.#backend = backend;
  }

  get backend(): Backend {
    return this.#backend ?? bug("table: used before it was connected");
  }

  /** Operations that have begun and not ended, orphans and waiting ones included. */
  get liveCount(): number {
    return this.#liveCount + this.#waiting.size;
  }

  holders(): number {
    return this.#holdersCount;
  }

  admit(record: OperationRecord): void {
    if (this.#liveCount < IN_FLIGHT_MAX && this.#waiting.size === 0) {
      this.#place(record);
    } else if (this.#waiting.size < QUEUED_MAX || record.request.kind === "close") {
      // A close that was refused would leave its descriptor open for good.
      this.#waiting.push(record);
    } else {
      record.refuse();
    }
  }

  submit(record: OperationRecord): void {
    record.onSubmitted();
    this.backend.submit(record.id, record.request);
  }

  /** The next part of a whole: a new submission, and so a new name. */
  submitAgain(record: OperationRecord): void {
    const slot = slotOf(record.id);
    record.id = operationId(slot, this.#nextGeneration(slot));
    record.onResubmitted();
    this.backend.submit(record.id, record.request);
  }

  cancel(record: OperationRecord): void {
    this.backend.cancel(record.id);
  }

  /** What the record waits for is there by other ways: it completes, whatever the kernel says. */
  satisfy(record: OperationRecord): void {
    this.#satisfied.add(record);
    this.cancel(record);
  }

  complete(id: OperationId, completion: Completion): void {
    const slot = slotOf(id);
    const record = this.#records[slot];
    if (record === null || record === undefined || this.#generations[slot] !== generationOf(id)) {
      bug("table: completion of an operation that is not in flight");
    }
    const isSatisfied = this.#satisfied.size > 0 && this.#satisfied.delete(record);
    record.complete(isSatisfied && completion.kind === "canceled" ? SATISFIED : completion);
  }

  /** What this layer thinks of an operation, for a simulated kernel's trace. */
  viewOf(id: OperationId): string {
    const record = this.#records[slotOf(id)];
    if (record === null || record === undefined || record.id !== id) return "has forgotten it";
    return `${record.request.kind} ${record.number} is ${record.state}`;
  }

  /** The record has ended: its slot is free for another generation. */
  release(record: OperationRecord): void {
    this.stopHolding(record);
    if (this.#waiting.size > 0 && this.#waiting.delete(record)) return;
    const slot = slotOf(record.id);
    assert(this.#records[slot] === record, "table: released a slot of somebody else");
    this.#records[slot] = null;
    this.#freeSlots.push(slot);
    this.#liveCount--;
    if (this.#waiting.size > 0) this.#placeNext();
  }

  /** Something has ended, with all that followed from it. */
  checkQuiet(): void {
    if (this.liveCount > 0 || this.#quietListeners.length === 0) return;
    const listeners = this.#quietListeners;
    this.#quietListeners = [];
    for (const listener of listeners) listener();
  }

  nextNumber(): number {
    return ++this.#lastNumber;
  }

  /** The process may end although this one is in flight. */
  stopHolding(record: OperationRecord): void {
    if (!record.isHolding) return;
    record.isHolding = false;
    this.#holdersCount--;
    if (this.#holdersCount === 0) this.backend.refresh();
  }

  startHolding(record: OperationRecord): void {
    if (record.isHolding) return;
    record.isHolding = true;
    this.#holdersCount++;
    if (this.#holdersCount === 1) this.backend.refresh();
  }

  /** What an abandoned operation made is unmade: a descriptor is closed. */
  undo(completion: Completion, path: string | undefined): void {
    if (completion.kind !== "opened") return;
    const request = { kind: "close", fd: completion.fd } as const;
    const options = { request, owner: null, path, buffers: [], isWhole: false, isCopy: false };
    new OperationRecord(this, options, NOBODY).begin(undefined, undefined);
  }

  /** All live records as they are now: what is done to one may end others. */
  records(): OperationRecord[] {
    const live = this.#records.filter((record) => record !== null);
    return [...live, ...this.#waiting.values()];
  }

  cancelWhere(cause: CancelCause, isMeant: (record: OperationRecord) => boolean): void {
    for (const record of this.records()) if (isMeant(record)) record.cancel(cause);
  }

  /** Calls once, when nothing is live. */
  whenQuiet(listener: () => void): void {
    if (this.liveCount === 0) listener();
    else this.#quietListeners.push(listener);
  }

  captureStack(): string | undefined {
    if (!this.isCapturingStacks) return undefined;
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder, OperationTable.prototype.captureStack);
    return holder.stack;
  }

  #place(record: OperationRecord): void {
    const slot = this.#freeSlots.pop() ?? this.#records.length;
    this.#records[slot] = record;
    record.id = operationId(slot, this.#nextGeneration(slot));
    this.#liveCount++;
    if (record.owner === null) {
      this.startHolding(record);
      this.submit(record);
      return;
    }
    if (record.owner.isHolding) this.startHolding(record);
    record.owner.onAdmitted(record);
  }

  #placeNext(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#place(next);
  }

  #nextGeneration(slot: number): number {
    const last = this.#generations[slot] ?? GENERATION_MAX;
    const next = last === GENERATION_MAX ? GENERATION_FIRST : last + 1;
    this.#generations[slot] = next;
    return next;
  }
}
