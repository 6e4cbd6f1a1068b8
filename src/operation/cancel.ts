// AbortSignals and timeouts become cancel requests.
//
// One listener per signal, however many operations share it: a listener each costs four times as
// much and grows with the number of those alive. The operations of a signal hang in a linked list.
//
//   signal ──1 listener──► SignalEntry ──► link ⇄ link ⇄ link ──► target
import {
  addAbortListener,
  isAborted,
  reasonOf,
  removeAbortListener,
} from "../base/abort-signal.ts";
import { IDLE_SIGNALS_MAX } from "../base/limits.ts";

/** Why an operation was asked to stop, and so what its error will say. */
export interface CancelCause {
  readonly code: "ABORT_ERR" | "ETIMEDOUT";
  /** The error's `cause`: the signal's reason, or what closed the handle. */
  readonly cause: unknown;
  /** Asked for by the program itself, which need not handle the rejection (decision 1). */
  readonly isOwn: boolean;
}

export interface Cancelable {
  cancel(cause: CancelCause): void;
}

/** `operation.cancel()`. */
export const CANCELED_BY_CALL: CancelCause = { code: "ABORT_ERR", cause: undefined, isOwn: true };

export const TIMED_OUT: CancelCause = { code: "ETIMEDOUT", cause: undefined, isOwn: false };

/** Of our own signals, whose reason does not say all. */
const causes: WeakMap<AbortSignal, CancelCause> = new WeakMap();

/** Null if there is no signal, or if it has not aborted. */
export function abortedBy(signal: AbortSignal | undefined): CancelCause | null {
  return signal !== undefined && isAborted(signal) ? causeOf(signal) : null;
}

function causeOf(signal: AbortSignal): CancelCause {
  return causes.get(signal) ?? { code: "ABORT_ERR", cause: reasonOf(signal), isOwn: false };
}

/** Aborts a signal of our own; `abortedBy` gives this very cause from here on. */
export function abortWith(controller: AbortController, cause: CancelCause): void {
  causes.set(controller.signal, cause);
  controller.abort(cause.cause);
}

/** One operation's place in its signal's list. */
export class SignalLink {
  readonly target: Cancelable;
  readonly #entry: SignalEntry;
  previous: SignalLink | null = null;
  next: SignalLink | null = null;

  constructor(target: Cancelable, entry: SignalEntry) {
    this.target = target;
    this.#entry = entry;
  }

  unlink(): void {
    this.#entry.remove(this);
  }
}

class SignalEntry {
  readonly signal: AbortSignal;
  head: SignalLink | null = null;
  isIdleListed = false;

  constructor(signal: AbortSignal) {
    this.signal = signal;
    addAbortListener(signal, this.#onAbort);
  }

  stopListening(): void {
    removeAbortListener(this.signal, this.#onAbort);
  }

  add(link: SignalLink): void {
    link.next = this.head;
    if (this.head !== null) this.head.previous = link;
    this.head = link;
  }

  remove(link: SignalLink): void {
    if (link.previous !== null) link.previous.next = link.next;
    else if (this.head === link) this.head = link.next;
    if (link.next !== null) link.next.previous = link.previous;
    link.previous = link.next = null;
    if (this.head === null) noteIdle(this);
  }

  readonly #onAbort = (): void => {
    const cause = causeOf(this.signal);
    // Canceling one may end others of the list at once, so the list is emptied from its head.
    for (let link = this.head; link !== null; link = this.head) {
      this.remove(link);
      link.target.cancel(cause);
    }
    entries.delete(this.signal);
  };
}

const entries: WeakMap<AbortSignal, SignalEntry> = new WeakMap();
let idle: SignalEntry[] = [];

/** `signal` is not aborted yet. Once it is, `target.cancel` is called, unless unlinked before. */
export function watchSignal(signal: AbortSignal, target: Cancelable): SignalLink {
  let entry = entries.get(signal);
  if (entry === undefined) {
    entry = new SignalEntry(signal);
    entries.set(signal, entry);
  }
  const link = new SignalLink(target, entry);
  entry.add(link);
  return link;
}

/**
 * A signal without operations keeps its listener for a while, since it is likely to be used again.
 * Not for ever: a composite signal (`AbortSignal.any`) with a listener is never collected.
 */
function noteIdle(entry: SignalEntry): void {
  if (entry.isIdleListed) return;
  entry.isIdleListed = true;
  idle.push(entry);
  if (idle.length <= IDLE_SIGNALS_MAX) return;
  const listed = idle;
  idle = [];
  for (const each of listed) {
    each.isIdleListed = false;
    if (each.head !== null) continue;
    each.stopListening();
    entries.delete(each.signal);
  }
}
