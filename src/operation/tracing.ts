// What happens, told on diagnostics channels to whoever listens. Names and payload follow what
// Node plans for its own file system (nodejs/node#65330). If nobody listens, it costs a look at
// five flags.
//
//   start, end            around the call
//   error                 if it did not complete
//   asyncStart, asyncEnd  around the settling of its promise, in the async context of the call

import { AsyncResource } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";

import type { RawPath, Request } from "../backend/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { IoError } from "../base/errors.ts";
import { type OperationName, operationName } from "./name.ts";
import type { OperationRecord } from "./operation.ts";
import type { Outcome } from "./outcome.ts";

const NAME = "overlapped.operation";

/**
 * What subscribers of `tracing:overlapped.operation:*` get: one object for all events of an
 * operation. It has no buffers.
 *
 * @example Print what failed
 * ```ts
 * import { tracingChannel } from "node:diagnostics_channel";
 * import { type OperationTrace, stat } from "overlapped";
 * const channel = tracingChannel<unknown, OperationTrace>("overlapped.operation");
 * channel.error.subscribe((message) => {
 *   const { operation, path, error } = message as OperationTrace;
 *   console.log(operation, path, error?.code); // stat /nonexistent ENOENT
 * });
 * await stat("/nonexistent").catch(() => {});
 * ```
 */
export interface OperationTrace {
  /** What is asked for, by Node's name where it has one: `"read"`, `"lstat"`, `"rmdir"` … */
  readonly operation: OperationName;
  /** `"filehandle"` for calls of a file, `"promise"` for those by path. */
  readonly api: "filehandle" | "promise";
  /** The operation's number, as `inFlight()` has it. */
  readonly id: number;
  /** As it was given, but for a URL, whose path this is; of a file, what it was opened by. */
  readonly path?: string | Uint8Array | undefined;
  /** Of calls that lead from one path to another, such as `rename`, the first: `path` again. */
  readonly source?: string | Uint8Array | undefined;
  /** Of the same, the second. */
  readonly destination?: string | Uint8Array | undefined;
  /** The descriptor, if it is of a file. */
  readonly fd?: number | undefined;
  /** From here on at the end only: bytes that did move. */
  bytes?: number;
  /** What it came to. */
  outcome?: "completed" | "canceled" | "timedOut" | "abandoned" | "failed";
  /** Milliseconds from the call to the end; of an abandoned operation, to its real one. */
  durationMs?: number;
  /** What the promise resolves with, if it is a number. */
  result?: number;
  /** What the promise rejects with, if it did not complete. */
  error?: IoError;
}

const channels = tracingChannel<unknown, OperationTrace>(NAME);
const { start, end, asyncStart, asyncEnd, error } = channels;

function hasListeners(): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}

/** Null when nobody listens: who begins to do so later is not told of this operation. */
export function traceOf(record: OperationRecord, clock: Clock): Trace | null {
  return hasListeners() ? new Trace(record, clock) : null;
}

export class Trace {
  readonly #event: OperationTrace;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  /** Of the call, with the stores that subscribers have bound: the end is told in it, too. */
  #context: AsyncResource | null = null;
  #isInCall = true;
  #isOver = false;

  constructor(record: OperationRecord, clock: Clock) {
    const { request, number, owner } = record;
    const { source, destination } = twoPathsOf(request);
    this.#clock = clock;
    this.#startedAtMs = record.startedAtMs;
    this.#event = {
      operation: operationName(request),
      api: owner !== null ? "filehandle" : "promise",
      id: number,
      path: source ?? pathOf(request) ?? record.path,
      source,
      destination,
      fd: descriptorOf(record),
    };
  }

  start(begin: () => void): void {
    const event = this.#event;
    start.runStores(event, () => {
      this.#context = new AsyncResource(NAME);
      try {
        begin();
      } finally {
        this.#isInCall = false;
        end.publish(event);
      }
    });
    if (this.#isOver) this.#tellEnd(() => {});
  }

  /** `settle` settles the promise. */
  end(outcome: Outcome<unknown>, settle: () => void): void {
    const event = this.#event;
    event.outcome = outcome.status;
    event.bytes = outcome.bytesTransferred;
    event.durationMs = this.#clock.now() - this.#startedAtMs;
    if (outcome.status !== "completed") event.error = outcome.error;
    else if (typeof outcome.value === "number") event.result = outcome.value;
    this.#isOver = true;
    // Refused at once: the end of the call is told first, as of any other.
    if (this.#isInCall) settle();
    else this.#tellEnd(settle);
  }

  #tellEnd(settle: () => void): void {
    const event = this.#event;
    this.#context?.runInAsyncScope(() => {
      if (event.error !== undefined) error.publish(event);
      asyncStart.runStores(event, () => {
        settle();
        asyncEnd.publish(event);
      });
    });
  }
}

/** The descriptor that an operation is at work on. */
export function descriptorOf({ request, owner }: OperationRecord): number | undefined {
  return "fd" in request ? request.fd : owner?.fd;
}

/** The path as the caller gave it: in a directory that is open the kernel gets only a name. */
function pathOf(request: Request): RawPath | undefined {
  if ("at" in request) return undefined;
  if ("path" in request) return request.path;
  return "target" in request && typeof request.target !== "number" ? request.target : undefined;
}

function twoPathsOf(request: Request): { source?: RawPath; destination?: RawPath } {
  if (!("from" in request)) return {};
  const { from, to } = request;
  if (typeof from === "number" || typeof to === "number") return {};
  return { source: from, destination: to };
}
