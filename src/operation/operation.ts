// The lifetime of one request, from the call to the kernel's last word.
//
//            ┌───────────── the kernel never saw it ─────────────┐
//            │                                                   ▼
//   queued ──┴─► submitted ──► canceling ──► abandoned ──►     settled
//                    │    └───────────────────▲  ▲               ▲
//                    └──────── completion, at any of these ──────┘
//
// `settled` is entered on a completion and on nothing else: not on the cancel's own result, not on
// a timer, not on close (P1). Until then the buffers are the kernel's; with it they are back (P2).

import type { Completion, OperationId, Request } from "../backend/contract.ts";
import { assert, bug } from "../base/assert.ts";
import type { Timer } from "../base/clock.ts";
import { IoError } from "../base/errors.ts";
import {
  endQuarantine,
  giveBackBuffer,
  type IoBuffer,
  lendBuffer,
  quarantineBuffer,
} from "./buffer.ts";
import {
  abortedBy,
  CANCELED_BY_CALL,
  type CancelCause,
  type SignalLink,
  TIMED_OUT,
  watchSignal,
} from "./cancel.ts";
import { returnCopy } from "./copy.ts";
import type { Turn } from "./lane.ts";
import type { PushBack } from "./orphan.ts";
import { errorOfOurs, type Outcome, unfinished } from "./outcome.ts";
import type { OperationTable } from "./table.ts";
import { type Trace, traceOf } from "./tracing.ts";
import { advance, isTransfer, serve, takenBytes } from "./transfer.ts";

/** See `Operation.state`, which says what each means. */
export type OperationState = "queued" | "submitted" | "canceling" | "abandoned" | "settled";

export const TRANSITIONS: Readonly<Record<OperationState, readonly OperationState[]>> = {
  // Abandoned while queued: only a close, which goes on to its end whoever waits for it.
  queued: ["submitted", "abandoned", "settled"],
  submitted: ["canceling", "abandoned", "settled"],
  canceling: ["abandoned", "settled"],
  abandoned: ["settled"],
  settled: [],
};

/** A handle: it decides when its operations have their turn, and hears how they end. */
export interface Owner {
  readonly fd?: number;
  /** Whether its operations keep the process alive. */
  readonly isHolding: boolean;
  /** Why those of its operations that begin now end at once, if they do; but for a close. */
  readonly endCause?: CancelCause | null;
  /** The record holds its owner from here to `onEnded`. */
  onBegun(record: OperationRecord): void;
  /** The record has a place in the table. Submit it, now or later. */
  onAdmitted(record: OperationRecord): void;
  /** True if the owner deals with the request itself, as it does for its own close. */
  onCancelRequested(record: OperationRecord): boolean;
  onAbandoned(record: OperationRecord): void;
  /** An abandoned one has come to its real end; its buffers are readable now and soon gone. */
  onOrphanEnded(record: OperationRecord, buffers: readonly IoBuffer[]): void;
  /** The kernel has let go and the buffers are back. */
  onEnded(record: OperationRecord, completion: Completion, isOrphan: boolean): void;
}

/** Where the answer goes. `finish` makes the value of a completion, or an error if it is none. */
export interface Listener {
  readonly finish: (completion: Completion, bytesTransferred: number) => unknown;
  readonly resolve: (value: unknown) => void;
  /** `isOwn`: the program asked for it, and need not handle it. */
  readonly reject: (error: IoError, isOwn: boolean) => void;
}

export interface RecordOptions {
  readonly request: Request;
  readonly owner: Owner | null;
  readonly path: string | undefined;
  /** Lent from the call to the end. */
  readonly buffers: readonly IoBuffer[];
  /** The buffers are copies of the caller's bytes: ours, to use again. */
  readonly isCopy: boolean;
  /** Repeat until all bytes have moved, or the end of the file. */
  readonly isWhole: boolean;
}

const NO_BUFFERS: readonly IoBuffer[] = [];

export class OperationRecord {
  readonly request: Request;
  readonly owner: Owner | null;
  readonly path: string | undefined;
  readonly isWhole: boolean;
  /** Its name for people: never changes, unlike `id`. */
  readonly number: number;
  readonly startedAtMs: number;
  /** Where it was called, when stacks are captured. */
  readonly stack: string | undefined;
  /** Given by the table; 0 while it has no place there. */
  id: OperationId = 0;
  /** Neighbors in its owner's list. */
  previous: OperationRecord | null = null;
  next: OperationRecord | null = null;
  /** Whether it keeps the process alive; counted by the table. */
  isHolding = false;
  /** The turn of a lane that it is one of; set before it begins. */
  turn: Turn | null = null;
  /** Why it was asked to stop, if it was; set here and nowhere else. */
  cause: CancelCause | null = null;
  readonly #table: OperationTable;
  readonly #listener: Listener;
  readonly #isCopy: boolean;
  #buffers: readonly IoBuffer[];
  #state: OperationState = "queued";
  #isWithKernel = false;
  #bytesTransferred = 0;
  #link: SignalLink | null = null;
  #timer: Timer | null = null;
  #abandonError: IoError | null = null;
  #outcome: Outcome<unknown> | null = null;
  #outcomeListeners: ((outcome: Outcome<unknown>) => void)[] | null = null;
  #releaseListeners: (() => void)[] | null = null;
  #trace: Trace | null = null;

  constructor(table: OperationTable, options: RecordOptions, listener: Listener) {
    this.#table = table;
    this.#listener = listener;
    this.request = options.request;
    this.owner = options.owner;
    this.path = options.path;
    this.isWhole = options.isWhole;
    this.number = table.nextNumber();
    this.#isCopy = options.isCopy;
    this.#buffers = options.buffers;
    this.startedAtMs = table.clock.now();
    this.stack = table.captureStack();
  }

  get state(): OperationState {
    return this.#state;
  }

  get bytesTransferred(): number {
    return this.#bytesTransferred;
  }

  get isWithKernel(): boolean {
    return this.#isWithKernel;
  }

  /** Bytes of the buffers that it has. */
  get byteLength(): number {
    let sum = 0;
    for (const buffer of this.#buffers) sum += buffer.byteLength;
    return sum;
  }

  /** Lends the buffers and asks for a place; or, if it is to end already, asks for nothing. */
  begin(signal: AbortSignal | undefined, timeoutMs: number | undefined): void {
    this.#trace = traceOf(this, this.#table.clock);
    if (this.#trace === null) this.#begin(signal, timeoutMs);
    else this.#trace.start(() => this.#begin(signal, timeoutMs));
  }

  #begin(signal: AbortSignal | undefined, timeoutMs: number | undefined): void {
    const end = this.request.kind === "close" ? null : this.owner?.endCause;
    const cause = abortedBy(signal) ?? end ?? null;
    if (cause !== null) {
      this.#forgetBuffers();
      this.cause = cause;
      this.#enter("settled");
      this.#tell(this.#outcomeOf({ kind: "canceled" }));
      return;
    }
    for (const buffer of this.#buffers) lendBuffer(buffer);
    if (signal !== undefined) this.#link = watchSignal(signal, this);
    if (timeoutMs !== undefined) {
      this.#timer = this.#table.clock.after(timeoutMs, () => this.cancel(TIMED_OUT));
    }
    this.owner?.onBegun(this);
    this.#table.admit(this);
  }

  /** The table refuses: too many wait. Nothing was asked of the kernel. */
  refuse(): void {
    assert(!this.#isWithKernel, "operation: refused with the kernel at work");
    this.#enter("settled");
    this.#takeBuffersBack();
    this.#stopWatching();
    this.owner?.onEnded(this, { kind: "canceled" }, false);
    const error = errorOfOurs("ERR_QUEUE_FULL", this);
    this.#tell({ status: "failed", error, bytesTransferred: 0 });
  }

  /** Its turn has come: the table is about to submit it. */
  onSubmitted(): void {
    assert(!this.#isWithKernel, "operation: submitted twice");
    this.#isWithKernel = true;
    if (this.#state !== "abandoned") this.#enter("submitted");
  }

  /** The next part of a whole is about to be submitted. */
  onResubmitted(): void {
    assert(this.#state === "submitted", "operation: went on although it was asked to stop");
    this.#isWithKernel = true;
  }

  /** A request to stop, and no more. Idempotent. */
  cancel(cause: CancelCause): void {
    if (this.#state !== "queued" && this.#state !== "submitted") return;
    if (this.owner?.onCancelRequested(this) === true) return;
    this.cause = cause;
    if (this.#state === "queued") {
      this.#end({ kind: "canceled" }); // The kernel never saw it.
      return;
    }
    this.#enter("canceling");
    this.#table.cancel(this);
  }

  /** The caller stops waiting. What the kernel has stays the kernel's. */
  abandon(): void {
    if (this.#state === "abandoned" || this.#state === "settled") return;
    const { byteLength } = this;
    // A close goes on whoever waits for it; anything else that is queued ends here and now.
    const isUnseen = this.#state === "queued" && this.request.kind !== "close";
    if (!isUnseen && !this.#table.quarantine.hasRoomFor(byteLength)) {
      this.cancel(CANCELED_BY_CALL);
      throw errorOfOurs("ERR_QUARANTINE_FULL", this);
    }
    this.#enter("abandoned");
    this.#abandonError = errorOfOurs("ERR_ABANDONED", this);
    this.#stopWatching();
    this.#table.quarantine.add(byteLength);
    for (const buffer of this.#buffers) quarantineBuffer(buffer);
    this.#table.stopHolding(this);
    this.owner?.onAbandoned(this);
    this.#listener.reject(this.#abandonError, true);
    this.#release();
    if (isUnseen) this.#end({ kind: "canceled" });
    // Nobody waits for it: the sooner it ends, the sooner its buffer is back.
    else if (this.#isWithKernel) this.#table.cancel(this);
  }

  /** The kernel's last word on the current submission. */
  complete(completion: Completion): void {
    assert(this.#isWithKernel, "operation: completed without being submitted");
    this.#isWithKernel = false;
    if (completion.kind === "content" && this.request.kind === "readFile") {
      this.#bytesTransferred = completion.bytes.byteLength;
    }
    if (completion.kind === "done" && this.#moved(completion.value)) {
      if (this.#state === "submitted") {
        this.#table.submitAgain(this);
        return;
      }
      // Asked to stop between two parts: what has moved is told with the outcome.
      this.#end({ kind: "canceled" });
      return;
    }
    this.#end(completion);
  }

  /** Bytes of the handle instead of the kernel's. True if they were all that was asked for. */
  serve(pushBack: PushBack): boolean {
    assert(this.#state === "queued", "operation: served after it was submitted");
    for (const buffer of this.#buffers) giveBackBuffer(buffer);
    const count = serve(this.request, this.#buffers, pushBack);
    for (const buffer of this.#buffers) lendBuffer(buffer);
    if (this.#moved(count)) return false;
    this.#end({ kind: "done", value: count });
    return true;
  }

  /** The bytes that a read has brought, for putting back; only after its end. */
  takenBytes(buffers: readonly IoBuffer[]): Uint8Array[] {
    return takenBytes(this.request, buffers, this.#bytesTransferred, this.isWhole);
  }

  whenEnded(listener: (outcome: Outcome<unknown>) => void): void {
    if (this.#outcome !== null) listener(this.#outcome);
    else if (this.#outcomeListeners === null) this.#outcomeListeners = [listener];
    else this.#outcomeListeners.push(listener);
  }

  /** Calls once the caller need not wait any more: at the end, or when it is abandoned. */
  whenReleased(listener: () => void): void {
    if (this.#state === "abandoned" || this.#state === "settled") {
      listener();
      return;
    }
    this.#releaseListeners ??= [];
    this.#releaseListeners.push(listener);
  }

  #release(): void {
    const listeners = this.#releaseListeners;
    if (listeners === null) return;
    this.#releaseListeners = null;
    for (const listener of listeners) listener();
  }

  /** Counts bytes; true if it is a whole that is to go on with the rest. */
  #moved(count: number): boolean {
    const { request } = this;
    if (!isTransfer(request)) return false;
    this.#bytesTransferred += count;
    return this.isWhole && advance(request, count);
  }

  #end(completion: Completion): void {
    const isOrphan = this.#state === "abandoned";
    const buffers = this.#buffers;
    if (isOrphan) this.#table.quarantine.remove(this.byteLength);
    this.#enter("settled"); // Before calling out: what follows may start new work.
    this.#takeBuffersBack();
    this.#stopWatching();
    this.#table.release(this);
    if (isOrphan) {
      this.#table.undo(completion, this.path);
      this.owner?.onOrphanEnded(this, buffers);
      for (const buffer of buffers) endQuarantine(buffer);
    }
    this.owner?.onEnded(this, completion, isOrphan);
    this.#tell(this.#outcomeOf(completion));
    this.#table.checkQuiet();
  }

  #outcomeOf(completion: Completion): Outcome<unknown> {
    const bytesTransferred = this.#bytesTransferred;
    if (this.#abandonError !== null) {
      return { status: "abandoned", error: this.#abandonError, bytesTransferred };
    }
    switch (completion.kind) {
      case "canceled":
      case "unsupported":
      case "refused":
      case "failed":
        return unfinished(completion, this.cause, this);
      default: {
        if (this.isWhole && this.request.kind === "write" && this.request.length > 0) {
          const error = errorOfOurs("ERR_NO_PROGRESS", this);
          return { status: "failed", error, bytesTransferred };
        }
        const value = this.#listener.finish(completion, bytesTransferred);
        if (value instanceof IoError) return { status: "failed", error: value, bytesTransferred };
        return { status: "completed", value, bytesTransferred };
      }
    }
  }

  #tell(outcome: Outcome<unknown>): void {
    this.#outcome = outcome;
    this.#table.counts.add(outcome.status, this.cause !== null);
    if (this.#trace === null) this.#settle(outcome);
    else this.#trace.end(outcome, () => this.#settle(outcome));
  }

  #settle(outcome: Outcome<unknown>): void {
    if (outcome.status === "completed") this.#listener.resolve(outcome.value);
    else if (this.#abandonError === null) {
      const isOwn = outcome.status !== "failed" && this.cause?.isOwn === true;
      this.#listener.reject(outcome.error, isOwn);
    }
    this.#release();
    if (this.#outcomeListeners === null) return;
    for (const listener of this.#outcomeListeners) listener(outcome);
    this.#outcomeListeners = null;
  }

  #takeBuffersBack(): void {
    for (const buffer of this.#buffers) giveBackBuffer(buffer);
    this.#forgetBuffers();
  }

  #forgetBuffers(): void {
    if (this.#isCopy) for (const buffer of this.#buffers) returnCopy(buffer);
    this.#buffers = NO_BUFFERS;
  }

  #stopWatching(): void {
    this.#link?.unlink();
    this.#link = null;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #enter(next: OperationState): void {
    const state = this.#state;
    // The way of nearly every operation, without a search: it is asked twice for each.
    const isUsual =
      (state === "queued" && next === "submitted") || (state === "submitted" && next === "settled");
    if (!isUsual && !TRANSITIONS[state].includes(next)) bug(`operation: ${state} → ${next}`);
    this.#state = next;
  }
}
