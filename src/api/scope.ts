// Structured concurrency: what begins in a scope is over when the scope has been left.

import { shown, typeError } from "../base/errors.ts";
import { SHIELD_DEADLINE_MS, TIMEOUT_MS_MAX } from "../base/limits.ts";
import { defaultIo } from "./default.ts";
import type { File } from "./file.ts";
import { handleIn } from "./file-streams.ts";
import { isOperation, type Operation, recordOf } from "./operation.ts";
import { checkNumber, checkObject, takeOptions } from "./options.ts";
import { PathCalls, starterOf } from "./path-calls.ts";
import type { InFlight } from "./report.ts";
import { type InnerKind, joined, type ScopePhase, ScopeState } from "./scope-state.ts";
import { Task } from "./scope-task.ts";
import { StreamCalls } from "./stream-calls.ts";
import type { StreamHandle } from "./stream-handle.ts";

/** Options of a scope. */
export interface ScopeOptions {
  /** Cancels what is in the scope when it aborts; nobody does from outside if absent. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until what is in the scope is canceled, with `ETIMEDOUT`; 1 to 2_147_483_647. None
   * if absent. The scope goes on waiting for what does not stop.
   */
  readonly deadlineMs?: number | undefined;
  /** Called at the deadline with what has not stopped at once. */
  readonly onDeadline?: ((held: readonly InFlight[]) => void) | undefined;
  /** Whose kernel: an `Io`; that of the package's functions if absent. */
  readonly io?: PathCalls | undefined;
}

/**
 * Operations, files and tasks that are over when it has been left.
 *
 * Leaving it cancels what is still in flight, waits until all of that has ended, closes the files
 * that were opened in it, and only then goes on. Nothing is ever left running behind your back:
 * only `abandon()` takes an operation out of its scope.
 *
 * It has all calls by path that the package has. Those that begin when it was canceled end at once,
 * with the same error as those in flight; so do the operations of its files.
 *
 * @example Read a file for no longer than a second, and leave nothing behind
 * ```ts
 * import { IoBuffer, Scope } from "overlapped";
 * await using scope = new Scope({ deadlineMs: 1000 });
 * const file = await scope.open("/etc/hostname");
 * console.log(await file.read(new IoBuffer(4096)));
 * ```
 */
export class Scope extends StreamCalls {
  readonly #state: ScopeState;

  /**
   * Begins now: its deadline counts from here.
   *
   * @throws {TypeError} or {RangeError} on a wrong option. A signal that has aborted already is no
   *   error: whatever begins in the scope is canceled at once.
   */
  constructor(options: ScopeOptions = {}) {
    checkObject(options, "make a scope");
    const { io = defaultIo(), deadlineMs, onDeadline } = options;
    const { signal } = takeOptions(options, "make a scope");
    const starter = starterOf(io);
    if (starter === undefined || starter instanceof ScopeState) {
      const remedy = "wanted an Io; for a scope within a scope, use nested()";
      throw typeError(`Cannot make a scope: io is ${shown(io)}, ${remedy}`);
    }
    if (deadlineMs !== undefined) {
      checkNumber(deadlineMs, "deadlineMs", "make a scope", 1, TIMEOUT_MS_MAX);
    }
    if (onDeadline !== undefined && typeof onDeadline !== "function") {
      throw typeError(`Cannot make a scope: onDeadline is ${shown(onDeadline)}, wanted a function`);
    }
    const state = new ScopeState(starter);
    super(state);
    this.#state = state;
    if (signal !== undefined) state.watch(signal);
    if (deadlineMs !== undefined) state.setDeadline(deadlineMs, onDeadline);
  }

  /** `leaving` from `leave()` until everything in it is over; `left` after it. */
  get phase(): ScopePhase {
    return this.#state.phase;
  }

  /** Aborts when the scope is canceled or left: for whatever else takes a signal. */
  get signal(): AbortSignal {
    return this.#state.signal;
  }

  /**
   * What is in flight in it and in scopes within it, but for what was abandoned. Never throws.
   *
   * @example
   * ```ts
   * import { Scope } from "overlapped";
   * await using scope = new Scope();
   * const stat = scope.stat("/etc/hostname");
   * console.log(scope.inFlight().map(({ kind }) => kind)); // [ 'stat' ]
   * await stat;
   * ```
   */
  inFlight(): InFlight[] {
    return this.#state.inFlight();
  }

  /**
   * Puts something into the scope that began elsewhere, and returns it. An operation: the scope
   * cannot be left before it is over. A file, pipe or terminal: it is closed when the scope is
   * left, and is in no other scope any more, so that it can be handed on, or outlive a canceled
   * scope in a shield.
   *
   * @throws {TypeError} `ERR_SCOPE_LEFT` if the scope has been left; `ERR_INVALID_ARG_TYPE` if it
   *   is neither.
   *
   * @example Whichever of two files is there, open in the outer scope
   * ```ts
   * import { type File, Scope } from "overlapped";
   * await using scope = new Scope();
   * const first = await Scope.use({}, async (inner): Promise<File> => {
   *   const opens = ["/etc/hostname", "/nonexistent"].map((path) => inner.open(path));
   *   return scope.add(await Promise.any(opens)); // What the other one brings is closed.
   * });
   * console.log(first.path, first.state);
   * ```
   */
  add<T extends Operation<unknown> | File | StreamHandle>(thing: T): T {
    this.#state.checkNotLeft("add to a scope");
    const handle = handleIn(thing);
    if (handle !== undefined) this.#state.take(handle);
    else if (isOperation(thing)) this.#state.add(recordOf(thing));
    else {
      throw typeError(`Cannot add ${shown(thing)} to a scope: wanted an operation, file or pipe`);
    }
    return thing;
  }

  /**
   * Begins a task: the scope cannot be left before it is over. If it fails, everything else in the
   * scope is canceled. What comes of that cancel, or of any other of the scope, is no failure.
   *
   * Whoever awaits the task has its failure there. If nobody does, and of all failures after the
   * first, leaving the scope rejects with them: with one as it is, with several as an
   * `AggregateError`.
   *
   * @throws {TypeError} `ERR_SCOPE_LEFT` if the scope has been left.
   *
   * @example If one of the two fails, the other is canceled
   * ```ts
   * import { Scope } from "overlapped";
   * await using scope = new Scope({ deadlineMs: 5000 });
   * const sizes = ["/etc/hostname", "/etc/passwd"].map((path) =>
   *   scope.run(async () => (await scope.stat(path)).size),
   * );
   * console.log(await Promise.all(sizes));
   * ```
   */
  run<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
    checkWork(work, "run a task");
    this.#state.checkNotLeft("run a task");
    const running = begin(() => work(this));
    const task = Task.of(running);
    this.#state.run(task, running);
    return task;
  }

  /**
   * A scope within this one: canceled with it, and left before it can be. One that nobody leaves is
   * left with this one, after everything else in it is over; what went wrong in it is told there.
   *
   * @throws {TypeError} `ERR_SCOPE_LEFT` if this scope has been left; or as the constructor does.
   *
   * @example Give one step less time than the whole
   * ```ts
   * import { Scope } from "overlapped";
   * await using scope = new Scope({ deadlineMs: 5000 });
   * {
   *   await using step = scope.nested({ deadlineMs: 100 });
   *   console.log((await step.stat("/etc/hostname")).size);
   * }
   * ```
   */
  nested(options: Omit<ScopeOptions, "io"> = {}): Scope {
    this.#state.checkNotLeft("make a scope");
    return this.#within(options, "loose");
  }

  /**
   * Work that must not be canceled with the scope, such as cleaning up: it has a scope of its own,
   * with a deadline of its own. Leaving this scope waits for it; it can also begin while this scope
   * is being left. Files of this scope are canceled with it all the same, unless the work takes
   * them over with `add`.
   *
   * @param options `deadlineMs`: 5000 if absent.
   * @throws {TypeError} `ERR_SCOPE_LEFT` if this scope has been left; or as the constructor does.
   *
   * Rejects with what `work` throws, or what went wrong in its scope, as `Scope.use` does.
   *
   * @example Whatever happens, the last line is written and the file is synced
   * ```ts
   * import { Scope } from "overlapped";
   * await using scope = new Scope({ signal: AbortSignal.timeout(1000) });
   * const journal = await scope.open("journal", "w");
   * try {
   *   await journal.writeAll("work\n");
   * } finally {
   *   await scope.shield(async (shield) => {
   *     shield.add(journal);
   *     await journal.writeAll("end\n");
   *     await journal.sync();
   *   });
   * }
   * ```
   */
  shield<T>(
    work: (scope: Scope) => Promise<T>,
    options: Omit<ScopeOptions, "io"> = {},
  ): Promise<T> {
    checkWork(work, "shield");
    checkObject(options, "shield");
    this.#state.checkNotLeft("shield");
    const { signal, deadlineMs = SHIELD_DEADLINE_MS, onDeadline } = options;
    return this.#within({ signal, deadlineMs, onDeadline }, "shielded").#use(work);
  }

  /**
   * Asks everything in the scope to stop, but for shields. What begins in it later has ended at
   * once. Idempotent: the first reason counts. Never throws.
   *
   * @param reason The `cause` of the errors; as of an `AbortController` if absent.
   *
   * @example
   * ```ts
   * import { Scope } from "overlapped";
   * await using scope = new Scope();
   * const stat = scope.stat("/etc/hostname");
   * scope.cancel(new Error("not needed any more"));
   * console.log((await stat.outcome()).status); // canceled
   * ```
   */
  cancel(reason?: unknown): this {
    this.#state.cancel({ code: "ABORT_ERR", cause: reason, isOwn: true });
    return this;
  }

  /**
   * Cancels what is in flight, waits until it has ended, closes the files. Idempotent: everybody
   * hears the same. Not to be awaited in a task or a shield of the scope, for which it waits.
   *
   * Rejects, after all of that, with the failures of tasks that nobody was told of, and of files
   * that could not be closed; several come as one `AggregateError`.
   *
   * @example For where there is no `await using`
   * ```ts
   * import { Scope } from "overlapped";
   * const scope = new Scope();
   * try {
   *   console.log((await scope.open("/etc/hostname")).isStream); // false
   * } finally {
   *   await scope.leave(); // Closes the file.
   * }
   * ```
   */
  leave(): Promise<void> {
    return this.#state.leave();
  }

  /** `leave()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  /**
   * Runs `work` in a scope, and leaves the scope when it is over. Resolves with what it returns.
   *
   * Rejects with its error, or with those that leaving brings; several come as one
   * `AggregateError`. An error that is only what another one came to is left out: with a failed
   * task, the `ABORT_ERR` of what was canceled because of it.
   *
   * @throws {TypeError} or {RangeError} on a wrong option.
   *
   * @example
   * ```ts
   * import { IoBuffer, Scope } from "overlapped";
   * const bytes = await Scope.use({ deadlineMs: 1000 }, async (scope) => {
   *   const file = await scope.open("/etc/hostname");
   *   const buffer = new IoBuffer(256);
   *   const count = await file.readFully(buffer);
   *   return buffer.bytes.slice(0, count);
   * });
   * console.log(bytes.byteLength);
   * ```
   */
  static use<T>(options: ScopeOptions, work: (scope: Scope) => Promise<T>): Promise<T> {
    checkWork(work, "use a scope");
    return new Scope(options).#use(work);
  }

  #within(options: Omit<ScopeOptions, "io">, kind: InnerKind): Scope {
    checkObject(options, "make a scope");
    const { signal, deadlineMs, onDeadline } = options;
    const io = new PathCalls(this.#state.parent);
    const scope = new Scope({ signal, deadlineMs, onDeadline, io });
    this.#state.addInner(scope.#state, kind);
    return scope;
  }

  async #use<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
    const [worked] = await Promise.allSettled([begin(() => work(this))]);
    const errors = await this.#state.end();
    if (worked.status === "fulfilled") {
      if (errors.length > 0) throw joined(errors);
      return worked.value;
    }
    const { reason } = worked;
    const isTold = errors.includes(reason) || (errors.length > 0 && this.#state.isOfCancel(reason));
    throw joined(isTold ? errors : [reason, ...errors]);
  }
}

function checkWork(work: unknown, call: string): void {
  if (typeof work === "function") return;
  throw typeError(`Cannot ${call}: work is ${shown(work)}, wanted a function`);
}

/** What it throws at once is a rejection, too. */
async function begin<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
