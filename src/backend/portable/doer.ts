// Who does requests, on the portable backend: one for what is regular, which may take a thread
// meanwhile, and one for streams, which may wait for ever and so never have a thread while they do.

import type { Capabilities, Completion, OperationId, Request } from "../contract.ts";
import type { Sorts } from "./sorts.ts";

/**
 * The last word on a request. An open without O_NONBLOCK that has no peer yet fails with EAGAIN,
 * and only then: it is tried again.
 */
export type Answer = (id: OperationId, completion: Completion) => void;

export interface Doer {
  /** Called from a turn of the backend's: so it may be answered from within. */
  submit(id: OperationId, request: Request): void;
  /**
   * True if it had not begun, or only waits: then it never does anything, and nothing more is heard
   * of it. False: it will be answered, or is not here. A close is never canceled.
   */
  cancel(id: OperationId): boolean;
  /** Requests that are not answered. */
  readonly count: number;
}

/** What a backend is made of. */
export interface Doers {
  readonly capabilities: Capabilities;
  /** Everything but what `streams` has. */
  readonly files: Doer;
  /** Reads and writes of descriptors of this sort; and each poll and close, of whatever sort. */
  readonly streams: Doer;
  readonly sorts: Sorts;
  /** Whether the process is kept alive. Asked for often, most times in vain. */
  hold(isHeld: boolean): void;
}

export type MakeDoers = (answer: Answer) => Doers;
