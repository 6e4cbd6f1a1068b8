// What a row of the truth table is: a kind of descriptor, an operation, and how to measure it.

import type { Operation, OperationState } from "../../src/index.ts";

export type Way = "open" | "read" | "write";

/** Where a case has its files, and what it needs to know. */
export interface Stage {
  /** Empty, on a disk; the case's own. */
  readonly folder: string;
}

export interface Case {
  readonly way: Way;
  /** Such as "FIFO"; with `detail` it names the row. */
  readonly kind: string;
  /** How the description was opened, and what is asked of it. */
  readonly detail: string;
  /** Who waits, if it is neither the kernel nor one of its threads. */
  readonly waiter?: string;
  /** Why it cannot be had here; null if it can. */
  readonly missing?: () => string | null;
  readonly set: (stage: Stage) => Promise<Subject>;
}

/** A thing of the kind, and the operation. */
export interface Subject {
  /** Begins one; it waits or not, as it was made to. */
  readonly begin: () => Stoppable;
  /** From here on one that begins has to wait. Absent: nobody can make it wait. */
  readonly makeWait?: () => Promise<void>;
  /** The next one that begins need not wait. */
  readonly makeReady?: () => Promise<void>;
  /** Stops operations at random moments, and says what became of the bytes. */
  readonly conserved: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface End {
  readonly status: "completed" | "canceled" | "timedOut" | "abandoned" | "failed";
  readonly bytesTransferred: number;
  /** Of a failure. */
  readonly code: string;
}

/** An operation, or a call that is made of several. */
export interface Stoppable {
  readonly state: () => OperationState;
  readonly stop: () => void;
  readonly end: () => Promise<End>;
}

export function stoppable<T>(operation: Operation<T>): Stoppable {
  operation.catch(ignore);
  return {
    state: () => operation.state,
    stop: () => void operation.cancel(),
    end: async () => {
      const outcome = await operation.outcome();
      const { status, bytesTransferred } = outcome;
      const code = outcome.status === "completed" ? "" : outcome.error.code;
      return { status, bytesTransferred, code };
    },
  };
}

/** A call of which only a signal is known. */
export function stoppableCall(call: (signal: AbortSignal) => Promise<unknown>): Stoppable {
  const controller = new AbortController();
  let state: OperationState = "submitted";
  const end = call(controller.signal).then(
    (): End => ({ status: "completed", bytesTransferred: 0, code: "" }),
    (error: { code: string }): End => {
      const status = error.code === "ABORT_ERR" ? "canceled" : "failed";
      return { status, bytesTransferred: 0, code: error.code };
    },
  );
  void end.then(() => {
    state = "settled";
  });
  return { state: () => state, stop: () => controller.abort(), end: () => end };
}

export function ignore(): void {}

/** Once the kernel has what was asked for, and what it answered at once is here. */
export async function flushed(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await undefined;
}

/** Of a row, so that the document can be checked against the list. */
export function nameOf({ kind, detail }: Pick<Case, "kind" | "detail">): string {
  return detail === "" ? kind : `${kind}, ${detail}`;
}
