// One descriptor that may wait: those who wait for it, in order, reads and writes apart.
//
//   submit ──► try ──► done
//               │ would wait
//               ▼
//             in line ──(it changed)──► try the first, and go on while one is done

import { EINVAL, ENOSYS, EOPNOTSUPP, EPERM } from "../../kernel/errno.ts";
import {
  BY_CALL,
  BY_FLAG,
  type Means,
  POLLIN,
  POLLOUT,
  type Readiness,
  type ReadinessShim,
} from "../../kernel/readiness.ts";
import type { Completion, OperationId, Request } from "../contract.ts";
import { type AnyTransfer, type Attempts, WOULD_WAIT } from "./attempt.ts";
import type { Answer } from "./doer.ts";

export type PollRequest = Extract<Request, { readonly kind: "poll" }>;

/** Who knows when something can be done without waiting, and does it then. */
export interface StreamKernel {
  readonly shim: Pick<ReadinessShim, "sort" | "poll" | "openAnew">;
  readonly readiness: Pick<Readiness, "watch" | "unwatch">;
  readonly attempts: Pick<Attempts, "make">;
  readonly closeOwn: (fd: number) => void;
}

/** What all streams of a backend share. */
export interface Kit extends StreamKernel {
  readonly answer: Answer;
  /** A thread does it; the stream is told when it has. */
  toThread(stream: Stream, id: OperationId, request: AnyTransfer): void;
  /** True if no thread had begun it. */
  takeFromThread(id: OperationId): boolean;
}

/** Reads, or writes. */
interface Lane {
  readonly event: number;
  readonly line: Map<OperationId, AnyTransfer>;
  /** Null: nothing keeps it from waiting but to ask first, and a thread that may wait after all. */
  means: Means | null;
  /** The first in line, which a thread has. */
  inThread: OperationId | null;
}

/** The kernel, this kind of file, or a filter that is older than it does not know that means. */
const MEANS_REFUSED: ReadonlySet<number> = new Set([-EOPNOTSUPP, -EINVAL, -ENOSYS, -EPERM]);

export class Stream {
  readonly #kit: Kit;
  readonly #fd: number;
  /** Of an open file of our own, if the given one cannot be kept from waiting. */
  #own: number;
  readonly #reads: Lane;
  readonly #writes: Lane;
  readonly #polls: Map<OperationId, PollRequest> = new Map();
  #watched = 0;

  constructor(kit: Kit, fd: number) {
    this.#kit = kit;
    this.#fd = fd;
    this.#own = fd;
    const sort = kit.shim.sort(fd);
    const means = sort > 0 ? (sort as Means) : BY_CALL;
    this.#reads = { event: POLLIN, line: new Map(), means, inThread: null };
    this.#writes = { event: POLLOUT, line: new Map(), means, inThread: null };
  }

  transfer(id: OperationId, request: AnyTransfer): void {
    const lane = this.#laneOf(request);
    lane.line.set(id, request);
    if (lane.line.size === 1) this.#advance(lane);
    this.#watch();
  }

  poll(id: OperationId, request: PollRequest): void {
    this.#polls.set(id, request);
    this.#tellReady(id, request);
    this.#watch();
  }

  /** True if it was in line and no thread had it. */
  cancel(id: OperationId): boolean {
    if (this.#polls.delete(id)) return true;
    for (const lane of [this.#reads, this.#writes]) {
      if (!lane.line.has(id)) continue;
      if (lane.inThread === id && !this.#kit.takeFromThread(id)) return false;
      const isFirst = isFirstOf(lane, id);
      lane.line.delete(id);
      // Bytes may be there that were not enough, or a thread would have been next.
      if (isFirst) {
        lane.inThread = null;
        this.#advance(lane);
        this.#watch();
      }
      return true;
    }
    return false;
  }

  /** A thread has ended what it had of this descriptor's. */
  onThreadEnded(id: OperationId, completion: Completion): void {
    const lane = this.#reads.inThread === id ? this.#reads : this.#writes;
    lane.inThread = null;
    this.#end(lane, id, completion);
    this.#advance(lane);
    this.#watch();
  }

  /** Nobody waits any more, and the descriptor is about to be closed. */
  close(): void {
    if (this.#watched !== 0) this.#kit.readiness.unwatch(this.#fd);
    this.#watched = 0;
    if (this.#own !== this.#fd) this.#kit.closeOwn(this.#own);
    this.#own = this.#fd;
  }

  #laneOf({ kind }: AnyTransfer): Lane {
    return kind === "read" || kind === "readv" ? this.#reads : this.#writes;
  }

  /** Something has changed; what exactly, those who wait find out. */
  readonly #onReady = (): void => {
    this.#advance(this.#reads);
    this.#advance(this.#writes);
    for (const [id, request] of this.#polls) this.#tellReady(id, request);
    this.#watch();
  };

  /** Tries the first in line, and so on, until one has to wait. */
  #advance(lane: Lane): void {
    for (const [id, request] of lane.line) {
      if (lane.inThread !== null) return;
      const result = this.#try(lane, id, request);
      if (result === WOULD_WAIT) return;
      this.#end(lane, id, completionOf(result));
    }
  }

  #try(lane: Lane, id: OperationId, request: AnyTransfer): number {
    for (;;) {
      if (lane.means === null) return this.#hand(lane, id, request);
      const own = lane.means === BY_FLAG ? this.#own : this.#fd;
      const result = this.#kit.attempts.make(request, own, lane.means);
      if (lane.means !== BY_CALL || !MEANS_REFUSED.has(result)) return result;
      lane.means = this.#openAnew() ? BY_FLAG : null;
    }
  }

  /** Whether there is an open file of our own, which others cannot make wait. */
  #openAnew(): boolean {
    if (this.#own !== this.#fd) return true;
    const anew = this.#kit.shim.openAnew(this.#fd);
    if (anew < 0) return false;
    this.#own = anew;
    return true;
  }

  /** Once it is ready it probably does not wait, unless somebody else is faster. */
  #hand(lane: Lane, id: OperationId, request: AnyTransfer): number {
    const ready = this.#kit.shim.poll(this.#fd, lane.event);
    if (ready < 0) return ready;
    if (ready === 0) return WOULD_WAIT;
    lane.inThread = id;
    this.#kit.toThread(this, id, request);
    return WOULD_WAIT;
  }

  #tellReady(id: OperationId, { fd, events }: PollRequest): void {
    const ready = this.#kit.shim.poll(fd, events);
    if (ready === 0) return;
    this.#polls.delete(id);
    this.#kit.answer(id, completionOf(ready));
  }

  #end(lane: Lane, id: OperationId, completion: Completion): void {
    lane.line.delete(id);
    this.#kit.answer(id, completion);
  }

  /** Has the kernel tell what those wait for who wait. */
  #watch(): void {
    let events = this.#eventsOf(this.#reads) | this.#eventsOf(this.#writes);
    for (const request of this.#polls.values()) events |= request.events;
    if (events === this.#watched) return;
    this.#watched = events;
    if (events === 0) {
      this.#kit.readiness.unwatch(this.#fd);
      return;
    }
    const error = this.#kit.readiness.watch(this.#fd, events, this.#onReady);
    if (error < 0) this.#fail(-error);
  }

  #eventsOf({ line, inThread, event }: Lane): number {
    return line.size > 0 && inThread === null ? event : 0;
  }

  /** There is no way to wait. */
  #fail(errno: number): void {
    this.#watched = 0;
    const completion: Completion = { kind: "failed", errno };
    for (const lane of [this.#reads, this.#writes]) {
      for (const id of lane.line.keys()) {
        if (lane.inThread !== id) this.#end(lane, id, completion);
      }
    }
    for (const id of this.#polls.keys()) {
      this.#polls.delete(id);
      this.#kit.answer(id, completion);
    }
  }
}

function isFirstOf({ line }: Lane, id: OperationId): boolean {
  return line.keys().next().value === id;
}

function completionOf(result: number): Completion {
  return result < 0 ? { kind: "failed", errno: -result } : { kind: "done", value: result };
}
