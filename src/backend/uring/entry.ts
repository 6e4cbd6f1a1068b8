// What the backend knows of one slot, and queues of them. One entry for each slot, used again and
// again.
//
//   free ──begin──► pending ──onFilled──► kernel ──end──► free
//                      ▲                    │
//                      └── interrupted ─────┘
import { assert, bug } from "../../base/assert.ts";
import type { Timer } from "../../base/clock.ts";
import { CANCEL_RETRY_MS_FIRST } from "../../base/limits.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { OperationId, RingRequest } from "../contract.ts";
import type { FileSteps } from "./file-steps.ts";
import type { Ring } from "./ring.ts";

export type Phase = "free" | "pending" | "kernel";

const NOTHING: RingRequest = { kind: "nop" };

export class Entry {
  readonly slot: number;
  id: OperationId = 0;
  /** Of several steps, the one at hand. */
  request: RingRequest = NOTHING;
  steps: FileSteps | null = null;
  phase: Phase = "free";
  scratch: ScratchMemory | null = null;
  isCancelWanted = false;
  /** Until the cancel is sent again, if it is answered in vain. */
  cancelDelayMs: number = CANCEL_RETRY_MS_FIRST;
  cancelTimer: Timer | null = null;
  interruptions = 0;
  /** To be run by a kernel thread, which can block, instead of being tried at once. */
  isForThread = false;
  queue: EntryQueue | null = null;
  previous: Entry | null = null;
  next: Entry | null = null;
  #ring: Ring | null = null;

  constructor(slot: number) {
    this.slot = slot;
  }

  /** Where a cancel of it has to go: no other ring knows it. */
  get ring(): Ring {
    return this.#ring ?? bug("entry: in no ring");
  }

  begin(id: OperationId, request: RingRequest, steps: FileSteps | null = null): void {
    assert(this.phase === "free", "entry: slot used while its request is in flight");
    this.id = id;
    this.request = request;
    this.steps = steps;
    this.phase = "pending";
    this.isCancelWanted = false;
    this.cancelDelayMs = CANCEL_RETRY_MS_FIRST;
    this.interruptions = 0;
    this.isForThread = false;
  }

  onFilled(ring: Ring, scratch: ScratchMemory | null): void {
    assert(this.phase === "pending", "entry: filled without being pending");
    this.phase = "kernel";
    ring.requests++;
    this.#ring = ring;
    this.scratch = scratch;
  }

  onPendingAgain(): void {
    assert(this.phase === "kernel", "entry: pending twice");
    this.phase = "pending";
    this.#leaveRing();
  }

  end(): void {
    assert(this.phase !== "free", "entry: ended twice");
    this.phase = "free";
    this.request = NOTHING;
    this.steps = null;
    this.#leaveRing();
  }

  #leaveRing(): void {
    if (this.#ring !== null) this.#ring.requests--;
    this.#ring = null;
    this.scratch = null;
  }
}

export function entryAt(entries: Entry[], slot: number): Entry {
  let entry = entries[slot];
  if (entry === undefined) {
    entry = new Entry(slot);
    entries[slot] = entry;
  }
  return entry;
}

/**
 * First in, first out, linked through the entries themselves: any one can be dropped at no cost. An
 * entry is in one queue at most, since its request is either pending or to be canceled.
 */
export class EntryQueue {
  #head: Entry | null = null;
  #tail: Entry | null = null;

  get first(): Entry | null {
    return this.#head;
  }

  has(entry: Entry): boolean {
    return entry.queue === this;
  }

  push(entry: Entry): void {
    assert(entry.queue === null, "entry: in two queues");
    entry.queue = this;
    entry.previous = this.#tail;
    if (this.#tail === null) this.#head = entry;
    else this.#tail.next = entry;
    this.#tail = entry;
  }

  /** Before those that wait. */
  pushFirst(entry: Entry): void {
    assert(entry.queue === null, "entry: in two queues");
    entry.queue = this;
    entry.next = this.#head;
    if (this.#head === null) this.#tail = entry;
    else this.#head.previous = entry;
    this.#head = entry;
  }

  /** Nothing happens if the entry is elsewhere or nowhere. */
  drop(entry: Entry): void {
    if (entry.queue !== this) return;
    if (entry.previous === null) this.#head = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === null) this.#tail = entry.previous;
    else entry.next.previous = entry.previous;
    entry.previous = entry.next = entry.queue = null;
  }
}
