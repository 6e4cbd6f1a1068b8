// What a scope holds: operations, files, tasks and scopes within it. It is left when all of that is
// over, and not before (P8).
//
//   open ──leave()──► leaving ──operations, tasks, inner scopes over──► files closed ──► left
//     └──── cancel: a signal, the deadline, a failed task, cancel() ────┘  (at any time)

import { IoError, ownError, shown, typeError } from "../base/errors.ts";
import { FOLLOW_UP_TURNS } from "../base/limits.ts";
import { abortedBy, abortWith, type CancelCause, watchSignal } from "../operation/cancel.ts";
import type { OperationRecord } from "../operation/operation.ts";
import type { OperationTable } from "../operation/table.ts";
import { handleIn } from "./file-streams.ts";
import type { Handle, Keeper } from "./handle.ts";
import { type Operation, recordOf } from "./operation.ts";
import { type Given, takeOptions } from "./options.ts";
import type { Start, Starter } from "./path-calls.ts";
import { describeInFlight, type InFlight } from "./report.ts";
import type { Task } from "./scope-task.ts";

/** Where a scope is in its life. */
export type ScopePhase = "open" | "leaving" | "left";

/**
 * What a scope within another one does when that one is canceled and left. `shielded`: it goes on,
 * and is left by its user. `kept`: it is canceled, and left by its user. `loose`: the same, but its
 * user may forget to leave it.
 */
export type InnerKind = "shielded" | "kept" | "loose";

const LEFT = "ERR_SCOPE_LEFT";

const NOBODY_WAITS: Given = takeOptions({ signal: AbortSignal.abort() }, "close");

/** Causes of causes that are looked at: an error may well be its own cause. */
const CAUSES_MAX = 8;

export class ScopeState implements Starter, Keeper {
  readonly table: OperationTable;
  /** Lets operations begin. */
  readonly parent: Starter;
  readonly #records: Set<OperationRecord> = new Set();
  readonly #handles: Set<Handle> = new Set();
  /** Each with what it runs, which can be waited for without being heard. */
  readonly #tasks: Map<Task<unknown>, Promise<unknown>> = new Map();
  readonly #inner: Map<ScopeState, InnerKind> = new Map();
  readonly #errors: unknown[] = [];
  /** The task whose failure has canceled the scope. */
  #failed: Task<unknown> | null = null;
  readonly #controller: AbortController = new AbortController();
  #phase: ScopePhase = "open";
  #cause: CancelCause | null = null;
  #leaving: Promise<readonly unknown[]> | null = null;
  readonly #onLeft: (() => void)[] = [];

  constructor(parent: Starter) {
    this.table = parent.table;
    this.parent = parent;
  }

  get phase(): ScopePhase {
    return this.#phase;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Cancels when the signal aborts; at once if it has. */
  watch(signal: AbortSignal): void {
    const cause = abortedBy(signal);
    if (cause !== null) {
      this.cancel(cause);
      return;
    }
    const link = watchSignal(signal, this);
    this.#onLeft.push(() => link.unlink());
  }

  /** Cancels when the time has come, and tells what has not stopped. */
  setDeadline(deadlineMs: number, onDeadline?: (held: readonly InFlight[]) => void): void {
    const timer = this.table.clock.after(deadlineMs, () => {
      const cause = ownError("ETIMEDOUT", { syscall: "leave the scope" });
      this.cancel({ code: "ETIMEDOUT", cause, isOwn: false });
      try {
        onDeadline?.(this.inFlight());
      } catch (error) {
        this.fail(error);
      }
    });
    this.#onLeft.push(() => timer.cancel());
  }

  start<T>(start: Start<T>): Operation<T> {
    this.checkNotLeft(start.call);
    const { request, path, finish, given, call, buffers } = start;
    const operation = this.parent.start({
      request,
      path,
      finish: (completion, bytes) => this.#adopt(finish(completion, bytes)),
      given: this.#limited(given),
      call,
      buffers,
    });
    this.add(recordOf(operation));
    return operation;
  }

  /** The scope cannot be left before the operation is over. */
  add(record: OperationRecord): void {
    this.#records.add(record);
    record.whenReleased(() => this.#records.delete(record));
    if (this.#cause !== null) record.cancel(this.#cause);
  }

  /** The file is closed when the scope is left, and is in no other scope any more. */
  take(handle: Handle): void {
    handle.keeper?.letGo(handle);
    handle.keeper = this;
    handle.endCause = this.#cause;
    this.#handles.add(handle);
    handle.whenClosed(() => this.letGo(handle));
    if (this.#cause !== null) void handle.cancelAll(this.#cause);
  }

  letGo(handle: Handle): void {
    this.#handles.delete(handle);
  }

  addInner(inner: ScopeState, kind: InnerKind): void {
    this.#inner.set(inner, kind);
    inner.#onLeft.push(() => this.#inner.delete(inner));
    if (kind !== "shielded" && this.#cause !== null) inner.cancel(this.#cause);
  }

  /** A task that fails ends the others. */
  run(task: Task<unknown>, work: Promise<unknown>): void {
    this.#tasks.set(task, work);
    work.then(
      () => this.#tasks.delete(task),
      (error: unknown) => {
        this.#tasks.delete(task);
        this.fail(error, task);
      },
    );
  }

  /** Cancels, and tells whoever leaves; unless that is only what a cancel came to. */
  fail(error: unknown, task: Task<unknown> | null = null): void {
    if (this.isOfCancel(error)) return;
    if (this.#cause === null) this.#failed = task;
    if (!this.#errors.includes(error)) this.#errors.push(error);
    this.cancel({ code: "ABORT_ERR", cause: error, isOwn: true });
  }

  /** A request to stop, to all that is in it but shields. What begins later has ended at once. */
  cancel({ code, cause, isOwn }: CancelCause): void {
    if (this.#cause !== null) return;
    // Without a reason it gets the usual one, so that it can be told from others.
    const given: CancelCause = { code, cause: AbortSignal.abort(cause).reason, isOwn };
    this.#cause = given;
    for (const handle of this.#handles) handle.endCause = given;
    abortWith(this.#controller, given);
    for (const record of [...this.#records]) record.cancel(given);
    for (const handle of [...this.#handles]) void handle.cancelAll(given);
    for (const [inner, kind] of [...this.#inner]) if (kind !== "shielded") inner.cancel(given);
  }

  /** What is in flight in it, and in scopes within it; without what was abandoned. */
  inFlight(): InFlight[] {
    const now = this.table.clock.now();
    const own = Array.from(this.#held(), (record) => describeInFlight(record, now));
    return [...own, ...[...this.#inner.keys()].flatMap((inner) => inner.inFlight())];
  }

  checkNotLeft(call: string): void {
    if (this.#phase !== "left") return;
    throw typeError(`Cannot ${call}: the scope has been left, wanted one that is open`, LEFT);
  }

  /** Whether an error is only what a cancel of the scope came to. */
  isOfCancel(error: unknown): boolean {
    if (this.#cause === null) return false;
    const { cause: reason } = this.#cause;
    if (error === reason) return true;
    // Calls that are made of several operations have an error of their own, with that as its cause.
    for (let each = error, depth = 0; isEnd(each) && depth < CAUSES_MAX; depth++) {
      if (each.cause === reason) return true;
      each = each.cause;
    }
    return false;
  }

  /** Whether that cancel was the program's own, which need not handle what comes of it. */
  isAskedFor(error: unknown): boolean {
    return this.#cause?.isOwn === true && this.isOfCancel(error);
  }

  /** Rejects with what went wrong. Idempotent: everybody hears the same. */
  async leave(): Promise<void> {
    const errors = await this.end();
    if (errors.length > 0) throw joined(errors);
  }

  /** The same, but gives what went wrong, and never rejects. */
  end(): Promise<readonly unknown[]> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<readonly unknown[]> {
    this.#phase = "leaving";
    const cause = ownError(LEFT, { syscall: "leave the scope" });
    this.cancel({ code: "ABORT_ERR", cause, isOwn: true });
    do {
      // Whoever hears of a cancel may begin to clean up, in a shield, and has the turns to do so.
      while (this.#isBusy()) {
        await Promise.all(this.#ends());
        for (let turn = 0; turn < FOLLOW_UP_TURNS; turn++) await undefined;
      }
      await Promise.all(Array.from(this.#handles, (handle) => this.#close(handle)));
    } while (this.#isBusy() || this.#handles.size > 0);
    this.#phase = "left";
    for (const listener of this.#onLeft) listener();
    // Of the first failure somebody else has heard, who then may have left because of it.
    return this.#failed?.isHeard === true ? this.#errors.slice(1) : this.#errors;
  }

  /** In a canceled scope nothing is asked of the kernel. */
  #limited(given: Given): Given {
    return this.#cause === null ? given : { ...given, signal: this.signal };
  }

  /** Its operations and those of its files, but for what was abandoned. */
  #held(): Set<OperationRecord> {
    const ofFiles = [...this.#handles].flatMap(({ records }) => records);
    return new Set([...this.#records, ...ofFiles.filter(({ state }) => state !== "abandoned")]);
  }

  #isBusy(): boolean {
    return this.#tasks.size + this.#inner.size > 0 || this.#held().size > 0;
  }

  /** The ends of all that is in it. A scope that nobody leaves is left when all else is over. */
  #ends(): Promise<unknown>[] {
    const ends = [
      ...Array.from(this.#held(), (record) => new Promise<void>((go) => record.whenReleased(go))),
      ...Array.from(this.#tasks.values(), (work) => work.catch(() => {})),
    ];
    const loose: ScopeState[] = [];
    for (const [inner, kind] of this.#inner) {
      if (kind === "loose" && inner.#phase === "open") loose.push(inner);
      else ends.push(new Promise<void>((go) => inner.#onLeft.push(go)));
    }
    if (ends.length > 0) return ends;
    return loose.map(async (inner) => {
      for (const error of await inner.end()) this.fail(error);
    });
  }

  /** A close of ours waits for orphans, but nobody waits for it then. */
  async #close(handle: Handle): Promise<void> {
    const isOurs = handle.state === "open";
    const closing = handle.close(NOBODY_WAITS);
    this.add(recordOf(closing));
    await handle.released();
    if (isOurs && handle.records.length > 0) closing.abandon();
    await closing.catch((error: IoError) => {
      if (isOurs && error.code !== "ERR_ABANDONED") this.fail(error);
    });
    this.letGo(handle);
  }

  /** What an open has brought is in the scope. */
  #adopt<T>(value: T): T {
    const handle = handleIn(value);
    if (handle !== undefined) this.take(handle);
    return value;
  }
}

/** Whether it can be what a request to stop came to. */
function isEnd(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.name === "AbortError" || (error instanceof IoError && error.code === "ETIMEDOUT");
}

/** One error as it is, several as one. */
export function joined(errors: readonly unknown[]): unknown {
  const [first] = errors;
  if (errors.length === 1) return first;
  const text = first instanceof Error ? first.message : shown(first);
  return new AggregateError(errors, `${errors.length} errors in one scope; the first: ${text}`);
}
