// Requests that no ring does, or not as they are meant, done by calls of the shim's threads: for
// `uring/`, and for any other backend where the shim is loaded.
//
// A call that has begun cannot be stopped; one that waits for a thread can. Most wait here, and not
// in the shim: then they are forgotten at once, and have no scratch memory yet.

import { CALLS_AT_ONCE_MAX } from "../../base/limits.ts";
import { CALL_WORDS, type Mailbox } from "../../kernel/calls.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { Completion, OperationId } from "../contract.ts";
import { ScratchPool } from "../scratch.ts";
import { type CallRequest, callOf, decodeCall, encodeCall, scratchBytes } from "./encode.ts";

interface Running {
  readonly number: number;
  readonly scratch: ScratchMemory | null;
}

export class Threads {
  readonly #mailbox: Mailbox;
  readonly #onDone: (id: OperationId, completion: Completion) => void;
  readonly #words: Float64Array = new Float64Array(CALL_WORDS);
  readonly #scratch: ScratchPool = new ScratchPool();
  /** With the shim. */
  readonly #running: Map<OperationId, Running> = new Map();
  /** In order. */
  readonly #waiting: Map<OperationId, CallRequest> = new Map();

  constructor(mailbox: Mailbox, onDone: (id: OperationId, completion: Completion) => void) {
    this.#mailbox = mailbox;
    this.#onDone = onDone;
  }

  get count(): number {
    return this.#running.size + this.#waiting.size;
  }

  submit(id: OperationId, request: CallRequest): void {
    this.#waiting.set(id, request);
    this.#startWaiting();
  }

  /** True if it had not begun; then it never does, and nothing more is heard of it. */
  cancel(id: OperationId): boolean {
    if (this.#waiting.delete(id)) return true;
    const running = this.#running.get(id);
    if (running === undefined || !this.#mailbox.cancel(running.number)) return false;
    this.#running.delete(id);
    this.#give(running.scratch);
    this.#startWaiting();
    return true;
  }

  #startWaiting(): void {
    if (this.#running.size >= CALLS_AT_ONCE_MAX) return;
    for (const [id, request] of this.#waiting) {
      this.#waiting.delete(id);
      this.#start(id, request);
      if (this.#running.size >= CALLS_AT_ONCE_MAX) return;
    }
  }

  #start(id: OperationId, request: CallRequest): void {
    const bytes = scratchBytes(request);
    const scratch = bytes === 0 ? null : this.#scratch.take(bytes);
    encodeCall(this.#words, request, scratch);
    const end = (result: number): void => {
      this.#running.delete(id);
      this.#onDone(id, decodeCall(request, result, scratch));
      this.#give(scratch); // Only now: the answer may be in it.
      this.#startWaiting();
    };
    const number = this.#mailbox.start(callOf(request), this.#words, end);
    this.#running.set(id, { number, scratch });
    // There is no thread, and none can be made. Nobody is told from within the call.
    if (number < 0) void Promise.resolve().then(() => end(number));
  }

  #give(scratch: ScratchMemory | null): void {
    if (scratch !== null) this.#scratch.give(scratch);
  }
}
