// Who asked which call to stop, when, and how: from that follows what its outcome may say.

import type { Account, Drain } from "./account.ts";
import { type Ask, type Call, isRead, type Opened } from "./call.ts";

const isNothing = (cause: unknown): boolean => cause === undefined;

const isClosed = (cause: unknown): boolean =>
  (cause as { readonly code?: unknown } | undefined)?.code === "ERR_CLOSED";

const isEither = (cause: unknown): boolean => isNothing(cause) || isClosed(cause);

/** An ask without its time. */
type Reason = Omit<Ask, "atMs">;

const ABORT = { code: "ABORT_ERR", isSure: true, isOwn: true } as const;
const BY_CALL: Reason = { ...ABORT, isCause: isNothing };
const BY_CLOSE: Reason = { ...ABORT, isCause: isClosed };
const BY_CLOSE_CUT_SHORT: Reason = { ...BY_CLOSE, isSure: false };
const BY_DRAIN_DEADLINE: Reason = { ...ABORT, isCause: isEither, isSure: false };
const BY_TIMEOUT: Reason = { ...BY_CALL, code: "ETIMEDOUT", isOwn: false };

export class Asking {
  /** Somebody listens to a signal and asks while it aborts: nobody knows who was first. */
  isWithinAbort = false;
  readonly #account: Account;
  readonly #now: () => number;

  constructor(account: Account, now: () => number) {
    this.#account = account;
    this.#now = now;
  }

  /** With the signal and the timeout that it was given. */
  onBegun(call: Call, signal: AbortSignal | undefined): void {
    const { timeoutMs } = call.action;
    if (call.action.kind === "close") this.#onClosing(call, signal);
    else if (signal?.aborted === true) this.#addNow(call, bySignal(signal));
    if (timeoutMs === undefined || call.action.kind === "close") return;
    this.#add(call, { ...BY_TIMEOUT, atMs: call.startMs + timeoutMs });
  }

  onCancel(call: Call): void {
    if (call.action.kind === "close") this.#cutShort(call, this.#now());
    else this.#addNow(call, BY_CALL);
  }

  onCancelAll(opened: Opened): void {
    for (const call of this.#liveOf(opened)) this.#addNow(call, BY_CALL);
  }

  onAbort(signal: AbortSignal, name: number): void {
    for (const call of this.#account.live) {
      if (call.action.signal !== name) continue;
      if (call.action.kind === "close") this.#cutShort(call, this.#now());
      else this.#addNow(call, bySignal(signal));
    }
  }

  onDrain(): void {
    for (const call of this.#account.live) {
      if (isRead(call.action) || isOpenForReading(call.action)) this.#addNow(call, BY_CALL);
    }
  }

  /** Reads are canceled at once, the rest only if the close is cut short. */
  #onClosing(closing: Call, signal: AbortSignal | undefined): void {
    const { opened, startMs, action } = closing;
    if (opened === null) return;
    for (const call of this.#liveOf(opened)) {
      if (isRead(call.action)) this.#addNow(call, BY_CLOSE);
    }
    if (signal?.aborted === true) this.#cutShort(closing, startMs);
    if (action.timeoutMs !== undefined) this.#cutShort(closing, startMs + action.timeoutMs);
  }

  #cutShort(closing: Call, atMs: number): void {
    if (closing.opened === null) return;
    for (const call of this.#liveOf(closing.opened)) {
      this.#add(call, { ...BY_CLOSE_CUT_SHORT, atMs });
    }
  }

  #liveOf({ calls }: Opened): Call[] {
    return calls.filter((call) => !call.isOver && call.action.kind !== "close");
  }

  #addNow(call: Call, reason: Reason): void {
    this.#add(call, { ...reason, atMs: this.#now() });
  }

  #add(call: Call, ask: Ask): void {
    call.asks.push(this.isWithinAbort ? { ...ask, isSure: false } : ask);
  }
}

function bySignal(signal: AbortSignal): Reason {
  return { ...ABORT, isCause: (cause) => cause === signal.reason, isOwn: false };
}

/** What can have been the first to ask a call that has ended: one of them, if there are any. */
export function firstAsks(call: Call, drains: readonly Drain[]): Ask[] {
  const asks = [...call.asks, ...drainAsks(call, drains)].filter(({ atMs }) => atMs <= call.endMs);
  // A timeout that is due has run before the program's turn at the same time comes.
  const sure = asks.filter(({ isSure }) => isSure).sort(byTime);
  const [first] = sure;
  if (first === undefined) return asks;
  return [first, ...asks.filter((ask) => !ask.isSure && ask.atMs <= first.atMs)];
}

function byTime(one: Ask, other: Ask): number {
  if (one.atMs !== other.atMs) return one.atMs - other.atMs;
  return Number(other.code === "ETIMEDOUT") - Number(one.code === "ETIMEDOUT");
}

/** At its deadline a drain asks all to stop that is in flight then, unless it was over before. */
function drainAsks(call: Call, drains: readonly Drain[]): Ask[] {
  return drains
    .filter(({ deadlineAtMs, resolvedMs }) => {
      const wasQuiet = resolvedMs !== null && resolvedMs < deadlineAtMs;
      return !wasQuiet && deadlineAtMs >= call.startMs;
    })
    .map(({ deadlineAtMs }) => ({ ...BY_DRAIN_DEADLINE, atMs: deadlineAtMs }));
}

/** One for writing may be the first step of a write that is to land. */
function isOpenForReading(action: Call["action"]): boolean {
  return action.kind === "open" && action.flags === "r";
}
