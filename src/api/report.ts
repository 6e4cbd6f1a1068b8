// What the kernel and this library hold, for people and programs to see (P12).
import type { Capabilities, RequestKind } from "../backend/contract.ts";
import type { Rejection } from "../backend/rejection.ts";
import type { OperationCounts } from "../operation/counts.ts";
import type { OperationRecord, OperationState } from "../operation/operation.ts";
import { descriptorOf } from "../operation/tracing.ts";

/** One operation that has begun and not ended. */
export interface InFlight {
  /** Counts up from 1 in each thread; stays the same from the call to the end. */
  readonly id: number;
  /** What is asked of the kernel, such as `"read"`. */
  readonly kind: RequestKind;
  /** Of the file that it is of, or that it was given, as text; of two, the first. */
  readonly path: string | undefined;
  /** The descriptor, if it is of a file. */
  readonly fd: number | undefined;
  /** `settled` never is: it would not be in flight. */
  readonly state: OperationState;
  /** Milliseconds since the call. */
  readonly ageMs: number;
  /** Bytes of the buffers that it has. */
  readonly byteLength: number;
  /** Where it was called, if stacks were captured then. */
  readonly stack: string | undefined;
}

/** What `drain()` came to. */
export interface DrainReport {
  /** What was not over at the deadline; empty if all is. */
  readonly held: readonly InFlight[];
}

/** The backend of this thread and what is held. */
export interface Status {
  /**
   * `"uring"`, or `"portable"`, which works without io_uring; or null if there is none: then every
   * call fails with `ERR_NO_BACKEND`.
   */
  readonly backend: string | null;
  /** Why there is none; null if there is one. */
  readonly reason: string | null;
  /** What would have been used before it, and why it is not; empty if it is the best there is. */
  readonly rejected: readonly Rejection[];
  /**
   * How each kind of operation is done: `"native"` by an opcode of io_uring, `"emulated"` by a
   * thread of the shim, `"absent"` not at all: `ERR_NOT_SUPPORTED`. Null if there is no backend.
   */
  readonly capabilities: Capabilities | null;
  /** Operations that have begun and not ended, orphans included. */
  readonly inFlight: number;
  /** Of those, how many the kernel has not got yet. */
  readonly queued: number;
  /** How operations have ended so far. */
  readonly counts: OperationCounts;
  /** Abandoned operations that have not ended. */
  readonly quarantinedOperations: number;
  /** Bytes of their buffers; 1 GiB at most. */
  readonly quarantinedBytes: number;
  /** Native memory of the whole process that is not freed, in bytes. */
  readonly bytesAlive: number;
  /** Native memory that was left to the kernel on purpose when a thread ended, in bytes. */
  readonly bytesLeaked: number;
  /** Blocks of native memory of this thread. */
  readonly blocksAlive: number;
  /**
   * Counts of the backend since the first operation. Of io_uring: `submissions`, `cancelsSent`,
   * `overflows` (times that the completion queue was full), `staleCompletions`, and what it has
   * now: `rings`, `ringEntries`. Empty if there is no backend.
   */
  readonly statistics: Readonly<Record<string, number>>;
}

export function describeInFlight(record: OperationRecord, nowMs: number): InFlight {
  return {
    id: record.number,
    kind: record.request.kind,
    path: record.path,
    fd: descriptorOf(record),
    state: record.state,
    ageMs: nowMs - record.startedAtMs,
    byteLength: record.byteLength,
    stack: record.stack,
  };
}
