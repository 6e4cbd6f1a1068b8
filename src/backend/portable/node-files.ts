// What is regular, by node:fs, whose calls libuv's pool makes. The pool is the application's, too:
// a few at a time are ours, and the others wait here, where a cancel reaches them.

import fs from "node:fs";

import { POOL_CALLS_MAX, POOL_THREADS } from "../../base/limits.ts";
import { KeyedQueue } from "../../base/queue.ts";
import { isToClose } from "../../kernel/node-descriptors.ts";
import type { OperationId, Request } from "../contract.ts";
import type { Answer, Doer } from "./doer.ts";
import { CALLS, type Called, told } from "./node-calls.ts";
import { Directories } from "./node-directory.ts";
import { begin, type Done } from "./node-errno.ts";
import { PoolShare } from "./node-pool.ts";

/**
 * Of a pool of the usual size or a bigger one, some; of a smaller one, all but one, lest a call of
 * ours that hangs stops the application's own; of one thread, that one.
 *
 * @param size What UV_THREADPOOL_SIZE says.
 */
export function callsAtOnce(size: string | undefined): number {
  // As libuv reads it: what is no number is 0, and 0 is 1.
  const threads = size === undefined ? POOL_THREADS : Number.parseInt(size, 10) || 1;
  return Math.min(POOL_CALLS_MAX, Math.max(1, threads - 1));
}

/** This thread's, whatever number of backends it has. */
const ownShare = new PoolShare(callsAtOnce(process.env.UV_THREADPOOL_SIZE));

export class NodeFiles implements Doer {
  readonly #answer: Answer;
  readonly #directories: Directories = new Directories();
  /** In order. */
  readonly #waiting: KeyedQueue<OperationId, Request> = new KeyedQueue();
  readonly #share: PoolShare;
  #runningCount = 0;

  constructor(answer: Answer, share: PoolShare = ownShare) {
    this.#answer = answer;
    this.#share = share;
  }

  get count(): number {
    return this.#runningCount + this.#waiting.size;
  }

  submit(id: OperationId, request: Request): void {
    this.#waiting.push(id, request);
    this.#startWaiting();
  }

  /** What the pool has it does not give back. */
  cancel(id: OperationId): boolean {
    return this.#waiting.get(id)?.kind !== "close" && this.#waiting.delete(id);
  }

  readonly #startWaiting = (): void => {
    while (this.#waiting.size > 0 && this.#share.take(this.#startWaiting)) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const [id, request] = next;
      this.#runningCount++;
      this.#perform(request, (completion) => {
        this.#runningCount--;
        this.#answer(id, completion);
        this.#share.give();
      });
    }
  };

  #perform(request: Request, done: Done): void {
    if (request.kind === "close") this.#close(request.fd, done);
    else if (request.kind === "list") this.#directories.list(request, done);
    else {
      // Each of the table takes its own kind, which TypeScript cannot follow.
      const call = CALLS[request.kind as Called] as (request: Request, done: Done) => void;
      begin(() => call(request, done), done);
    }
  }

  #close(fd: number, done: Done): void {
    this.#directories.forget(fd);
    // Whatever it says, the descriptor is gone.
    if (isToClose(fd)) fs.close(fd, told(done));
    else done({ kind: "done", value: 0 });
  }
}
