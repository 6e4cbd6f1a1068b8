// Requests that no ring does, or not as they are meant, done by calls of the shim's threads: for
// `uring/`, and, with all that a ring does on files, for where there is none.
//
// A call that has begun cannot be stopped; one that waits for a thread can. Most wait here, and not
// in the shim: then they are forgotten at once, and have no scratch memory yet.

import { CALLS_AT_ONCE_MAX } from "../../base/limits.ts";
import { KeyedQueue } from "../../base/queue.ts";
import { CALL_WORDS, type Mailbox } from "../../kernel/calls.ts";
import { errnoName } from "../../kernel/errno.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { Completion, OperationId } from "../contract.ts";
import { ScratchPool } from "../scratch.ts";
import {
  type CallRequest,
  callOf,
  decodeCall,
  encodeCall,
  isForThreads,
  scratchBytes,
} from "./encode.ts";
import {
  decodeFileCall,
  encodeFileCall,
  FILE_CALLS,
  type FileCallRequest,
  fileScratchBytes,
} from "./encode-files.ts";

/** All that the shim's threads do; where there is a ring, the first only. */
export type ThreadsRequest = CallRequest | FileCallRequest;

interface Running {
  readonly number: number;
  readonly scratch: ScratchMemory | null;
  readonly isClose: boolean;
}

export class Threads {
  readonly #mailbox: Mailbox;
  readonly #onDone: (id: OperationId, completion: Completion) => void;
  readonly #words: Float64Array = new Float64Array(CALL_WORDS);
  readonly #scratch: ScratchPool = new ScratchPool();
  /** With the shim. */
  readonly #running: Map<OperationId, Running> = new Map();
  /** In order. */
  readonly #waiting: KeyedQueue<OperationId, ThreadsRequest> = new KeyedQueue();

  constructor(mailbox: Mailbox, onDone: (id: OperationId, completion: Completion) => void) {
    this.#mailbox = mailbox;
    this.#onDone = onDone;
  }

  get count(): number {
    return this.#running.size + this.#waiting.size;
  }

  submit(id: OperationId, request: ThreadsRequest): void {
    this.#waiting.push(id, request);
    this.#startWaiting();
  }

  /**
   * True if it had not begun; then it never does, and nothing more is heard of it. A close is never
   * canceled: that would leave the descriptor open.
   */
  cancel(id: OperationId): boolean {
    if (this.#waiting.get(id)?.kind === "close") return false;
    if (this.#waiting.delete(id)) return true;
    const running = this.#running.get(id);
    if (running === undefined || running.isClose) return false;
    if (!this.#mailbox.cancel(running.number)) return false;
    this.#running.delete(id);
    this.#give(running.scratch);
    this.#startWaiting();
    return true;
  }

  #startWaiting(): void {
    while (this.#running.size < CALLS_AT_ONCE_MAX) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#start(...next);
    }
  }

  #start(id: OperationId, request: ThreadsRequest): void {
    const isCall = isForThreads(request);
    const bytes = isCall ? scratchBytes(request) : fileScratchBytes(request);
    const scratch = this.#scratch.takeIfAny(bytes);
    if (isCall) encodeCall(this.#words, request, scratch);
    else encodeFileCall(this.#words, request, scratch);
    const end = (completion: Completion): void => {
      this.#running.delete(id);
      this.#onDone(id, completion);
      this.#give(scratch); // Only now: the answer may be in it.
      this.#startWaiting();
    };
    const decode = isCall ? decodeCall : decodeFileCall;
    const kind = isCall ? callOf(request) : FILE_CALLS[request.kind];
    const number = this.#mailbox.start(kind, this.#words, (result) => {
      end(decode(request as never, result, scratch));
    });
    this.#running.set(id, { number, scratch, isClose: request.kind === "close" });
    // Nobody is told from within the call.
    if (number < 0) void Promise.resolve().then(() => end(noThread(-number)));
  }

  #give(scratch: ScratchMemory | null): void {
    if (scratch !== null) this.#scratch.give(scratch);
  }
}

/** There is none, and none can be made. Not that errno itself: of an open, EAGAIN says more. */
function noThread(errno: number): Completion {
  const limits = "RLIMIT_NPROC, or pids.max of a container";
  const reason = `no thread can be made: ${limits} (${errnoName(errno)})`;
  return { kind: "refused", code: "ERR_NO_BACKEND", reason };
}
