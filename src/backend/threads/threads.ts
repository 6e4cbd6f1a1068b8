// The kinds of request that no kernel does by itself, done by calls of the shim's threads: for
// `uring/`, which has no opcode for them, and for any other backend where the shim is loaded.
//
// A call that has begun cannot be stopped; one that waits for a thread can. Most wait here, and not
// in the shim: then they are forgotten at once, and have no scratch memory yet.

import { CALLS_AT_ONCE_MAX } from "../../base/limits.ts";
import { CALL_WORDS, type Mailbox } from "../../kernel/calls.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { Completion, OperationId, Request, ThreadRequest } from "../contract.ts";
import { ScratchPool } from "../scratch.ts";
import { CALLS, encodeCall, scratchBytes } from "./encode.ts";

export function isForThreads(request: Request): request is ThreadRequest {
  return request.kind in CALLS;
}

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
  readonly #waiting: Map<OperationId, ThreadRequest> = new Map();

  constructor(mailbox: Mailbox, onDone: (id: OperationId, completion: Completion) => void) {
    this.#mailbox = mailbox;
    this.#onDone = onDone;
  }

  get count(): number {
    return this.#running.size + this.#waiting.size;
  }

  submit(id: OperationId, request: ThreadRequest): void {
    if (this.#running.size < CALLS_AT_ONCE_MAX) this.#start(id, request);
    else this.#waiting.set(id, request);
  }

  #start(id: OperationId, request: ThreadRequest): void {
    const bytes = scratchBytes(request);
    const scratch = bytes === 0 ? null : this.#scratch.take(bytes);
    encodeCall(this.#words, request, scratch);
    const number = this.#mailbox.start(CALLS[request.kind], this.#words, (result) => {
      this.#end(id);
      this.#onDone(id, decodeCall(result));
    });
    this.#running.set(id, { number, scratch });
    if (number > 0) return;
    // There is no thread, and none can be made. Nobody is told from within the call.
    void Promise.resolve().then(() => {
      this.#end(id);
      this.#onDone(id, decodeCall(number));
    });
  }

  /** True if it had not begun; then it never does, and nothing more is heard of it. */
  cancel(id: OperationId): boolean {
    if (this.#waiting.delete(id)) return true;
    const running = this.#running.get(id);
    if (running === undefined || !this.#mailbox.cancel(running.number)) return false;
    this.#end(id);
    return true;
  }

  #end(id: OperationId): void {
    const scratch = this.#running.get(id)?.scratch ?? null;
    this.#running.delete(id);
    if (scratch !== null) this.#scratch.give(scratch);
    const next = this.#waiting.entries().next();
    if (next.done === true) return;
    const [nextId, request] = next.value;
    this.#waiting.delete(nextId);
    this.#start(nextId, request);
  }
}

/** Threads have every signal blocked, so that no call is ever interrupted. */
export function decodeCall(result: number): Completion {
  if (result >= 0) return { kind: "done", value: result };
  return { kind: "failed", errno: -result };
}
