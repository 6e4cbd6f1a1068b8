// The contract without a ring. Each request goes to one of two who do it:
//
//   pending ──┬─► files     a call that takes its time, on a thread
//             ├─► streams   tried at once; if it would wait, tried again when it is ready
//             └─► held      an open whose peer has not come, tried again from time to time
//
// One turn of `#pump` starts what was submitted, from a microtask after the calls of a turn, or
// from setImmediate when the turn's budget is used up.
import type { Clock } from "../../base/clock.ts";
import { COMPLETION_CHARGE_BYTES, TURN_BUDGET_BYTES } from "../../base/limits.ts";
import { KeyedQueue } from "../../base/queue.ts";
import { EAGAIN } from "../../kernel/errno.ts";
import { O_NONBLOCK } from "../../kernel/open-flags.ts";
import { bytesMoved } from "../bytes-moved.ts";
import type {
  Backend,
  Capabilities,
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "../contract.ts";
import type { Doer, Doers, MakeDoers } from "./doer.ts";
import { HeldOpens, type OpenRequest } from "./held-opens.ts";

const CANCELED: Completion = { kind: "canceled" };

/** An open that is with its doer: until then nobody knows whether it has to wait. */
interface Opening {
  readonly request: OpenRequest;
  isCancelWanted: boolean;
}

export class PortableBackend implements Backend {
  readonly name = "portable";
  readonly capabilities: Capabilities;
  readonly #sink: CompletionSink;
  readonly #doers: Doers;
  /** In order. */
  readonly #pending: KeyedQueue<OperationId, Request> = new KeyedQueue();
  /** They only waited, and have taken and given nothing. */
  #canceled: OperationId[] = [];
  readonly #openings: Map<OperationId, Opening> = new Map();
  readonly #held: HeldOpens;
  #budget = TURN_BUDGET_BYTES;
  #isPumping = false;
  #isFlushScheduled = false;
  #isYielding = false;
  #isReleaseScheduled = false;
  #isHeld = false;
  #submissions = 0;
  readonly #settled: Promise<void> = Promise.resolve();

  constructor(sink: CompletionSink, clock: Clock, makeDoers: MakeDoers) {
    this.#sink = sink;
    this.#doers = makeDoers(this.#onAnswer);
    this.capabilities = this.#doers.capabilities;
    this.#held = new HeldOpens(clock, (id, request) => {
      this.#pending.push(id, request);
      this.#schedule();
    });
  }

  submit(id: OperationId, request: Request): void {
    this.#pending.push(id, request);
    this.#schedule();
  }

  cancel(id: OperationId): void {
    const pending = this.#pending.get(id);
    // A canceled close would leave the descriptor open.
    if (pending?.kind === "close") return;
    if (pending !== undefined) this.#pending.delete(id);
    else if (this.#held.drop(id) || this.#doers.streams.cancel(id)) {
      // The kernel was asked: so it is told later, as whatever the kernel ends.
      this.#canceled.push(id);
      this.#schedule();
      return;
    } else if (!this.#isWithdrawn(id)) return;
    this.#finish(id, CANCELED); // The kernel never saw it.
  }

  refresh(): void {
    this.#schedule();
  }

  statistics(): Readonly<Record<string, number>> {
    const { files, streams } = this.#doers;
    return { submissions: this.#submissions, atFiles: files.count, atStreams: streams.count };
  }

  /** False: it has begun, and will be answered; or nobody knows it. */
  #isWithdrawn(id: OperationId): boolean {
    const opening = this.#openings.get(id);
    const isWithdrawn = this.#doers.files.cancel(id);
    if (isWithdrawn) this.#openings.delete(id);
    else if (opening !== undefined) opening.isCancelWanted = true;
    return isWithdrawn;
  }

  /** Calls made in one go are started in one go, once the caller's own code has run. */
  #schedule(): void {
    if (this.#isFlushScheduled || this.#isPumping) return;
    this.#isFlushScheduled = true;
    void this.#settled.then(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    this.#pump();
  };

  /** Never deeper than once: completions submit new work, which this loop takes up. */
  #pump(): void {
    if (this.#isPumping || this.#isYielding) return;
    this.#isPumping = true;
    try {
      while (this.#budget > 0 && this.#hasWork) {
        this.#tellCanceled();
        this.#startPending();
      }
    } finally {
      this.#isPumping = false;
    }
    if (this.#hasWork) {
      this.#isYielding = true;
      setImmediate(this.#resume);
    }
    this.#holdOrRelease();
  }

  get #hasWork(): boolean {
    return this.#pending.size > 0 || this.#canceled.length > 0;
  }

  readonly #resume = (): void => {
    this.#isYielding = false;
    this.#budget = TURN_BUDGET_BYTES;
    this.#pump();
  };

  #tellCanceled(): void {
    const canceled = this.#canceled;
    this.#canceled = [];
    for (const id of canceled) this.#finish(id, CANCELED);
  }

  #startPending(): void {
    while (this.#budget > 0) {
      const next = this.#pending.shift();
      if (next === undefined) return;
      const [id, request] = next;
      this.#budget -= COMPLETION_CHARGE_BYTES + bytesMoved(request);
      if (this.capabilities[request.kind] === "absent") this.#finish(id, { kind: "unsupported" });
      else if (request.kind === "nop") this.#finish(id, { kind: "done", value: 0 });
      else this.#start(id, request);
    }
  }

  #start(id: OperationId, request: Request): void {
    this.#submissions++;
    const doer = this.#doerOf(request);
    if (request.kind === "close") this.#doers.sorts.forget(request.fd);
    if (request.kind === "open") this.#openings.set(id, { request, isCancelWanted: false });
    doer.submit(id, request);
  }

  #doerOf(request: Request): Doer {
    const { files, streams, sorts } = this.#doers;
    switch (request.kind) {
      case "read":
      case "readv":
      case "write":
      case "writev":
        return sorts.of(request.fd) === "stream" ? streams : files;
      case "poll":
      case "close":
        return streams;
      default:
        return files;
    }
  }

  readonly #onAnswer = (id: OperationId, completion: Completion): void => {
    const opening = this.#openings.get(id);
    if (opening === undefined) {
      this.#finish(id, completion);
      return;
    }
    this.#openings.delete(id);
    if (!hasNoPeerYet(opening.request, completion)) this.#finish(id, completion);
    else if (opening.isCancelWanted) this.#finish(id, CANCELED);
    else this.#held.push(id, opening.request);
  };

  #finish(id: OperationId, completion: Completion): void {
    this.#sink.complete(id, completion);
    if (!this.#isPumping) this.#holdOrRelease();
  }

  /** Letting go at once would be in vain if the next operation is on its way. */
  #holdOrRelease(): void {
    if (this.#sink.holders() > 0) {
      this.#hold(true);
    } else if (this.#isHeld && !this.#isReleaseScheduled) {
      this.#isReleaseScheduled = true;
      setImmediate(this.#release);
    }
  }

  readonly #release = (): void => {
    this.#isReleaseScheduled = false;
    if (this.#sink.holders() === 0) this.#hold(false);
  };

  #hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    this.#doers.hold(isHeld);
  }
}

function hasNoPeerYet(request: OpenRequest, completion: Completion): boolean {
  if (completion.kind !== "failed" || completion.errno !== EAGAIN) return false;
  return (request.flags & O_NONBLOCK) === 0;
}
