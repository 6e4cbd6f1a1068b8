// What is regular, by the shim: a thread does it. But a read of what is in memory is over sooner
// than a thread would have begun: so it is tried at once, and only the rest is left to a thread.

import { EOPNOTSUPP } from "../../kernel/errno.ts";
import { BY_CALL } from "../../kernel/readiness.ts";
import type { Completion, OperationId, Request, TransferRequest } from "../contract.ts";
import type { Threads, ThreadsRequest } from "../threads/threads.ts";
import type { Attempts } from "./attempt.ts";
import type { Answer, Doer } from "./doer.ts";

export class Files implements Doer {
  readonly #threads: Threads;
  readonly #attempts: Attempts;
  readonly #answer: Answer;
  /** Descriptors of files that may be in memory. */
  readonly #cached: Set<number> = new Set();
  /** Bytes that reads had before a thread went on with them. */
  readonly #begun: Map<OperationId, number> = new Map();

  constructor(threads: Threads, attempts: Attempts, answer: Answer) {
    this.#threads = threads;
    this.#attempts = attempts;
    this.#answer = answer;
  }

  get count(): number {
    return this.#threads.count;
  }

  /** What a descriptor is; told before its first read. */
  learn(fd: number, isCached: boolean): void {
    if (isCached) this.#cached.add(fd);
    else this.#cached.delete(fd);
  }

  submit(id: OperationId, request: Request): void {
    if (request.kind === "read" && request.position >= 0 && this.#cached.has(request.fd)) {
      this.#read(id, request);
    } else this.#threads.submit(id, request as ThreadsRequest);
  }

  cancel(id: OperationId): boolean {
    if (!this.#threads.cancel(id)) return false;
    const count = this.#begun.get(id);
    if (count === undefined) return true;
    this.#begun.delete(id);
    this.#answer(id, { kind: "done", value: count });
    return false;
  }

  onThreadEnded(id: OperationId, completion: Completion): void {
    const count = this.#begun.get(id) ?? 0;
    if (count === 0) {
      this.#answer(id, completion);
      return;
    }
    this.#begun.delete(id);
    // Bytes that were read are not lost by what happened behind them: the next read will tell.
    const more = completion.kind === "done" ? completion.value : 0;
    this.#answer(id, { kind: "done", value: count + more });
  }

  #read(id: OperationId, request: TransferRequest): void {
    const { fd, memory, offset, length, position } = request;
    let count = 0;
    for (;;) {
      const rest: TransferRequest =
        count === 0
          ? request
          : {
              kind: "read",
              fd,
              memory,
              offset: offset + count,
              length: length - count,
              position: position + count,
            };
      const result = this.#attempts.make(rest, fd, BY_CALL);
      if (result < 0) {
        if (result === -EOPNOTSUPP) this.#cached.delete(fd);
        if (count > 0) this.#begun.set(id, count);
        this.#threads.submit(id, rest);
        return;
      }
      count += result;
      // Less than asked for is not yet the end: the rest may be on the disk.
      if (result === 0 || count === length) {
        this.#answer(id, { kind: "done", value: count });
        return;
      }
    }
  }
}
