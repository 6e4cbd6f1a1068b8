// The contract on io_uring. One turn of `#pump` does it all, from a microtask after the calls of a
// turn, from the ring's wake-up, or from setImmediate when the turn's budget is used up:
//
//   cancels ─┐
//   pending ─┴─► fill entries ──► enter ──► reap ──► sink.complete ──► (new work is pending again)
import type { Clock } from "../../base/clock.ts";
import { TURN_BUDGET_BYTES } from "../../base/limits.ts";
import type { Mailbox } from "../../kernel/calls.ts";
import { O_NONBLOCK } from "../../kernel/open-flags.ts";
import { withThreads } from "../capabilities.ts";
import {
  type Backend,
  type Capabilities,
  type Completion,
  type CompletionSink,
  generationOf,
  type OperationId,
  type Request,
  type RingRequest,
  slotOf,
} from "../contract.ts";
import { ScratchPool } from "../scratch.ts";
import { scratchBytes } from "../scratch-data.ts";
import { isForThreads } from "../threads/encode.ts";
import { Threads, type ThreadsRequest } from "../threads/threads.ts";
import { Admission } from "./admission.ts";
import { CancelQueue } from "./cancel-queue.ts";
import { chargeOf, chargeOfResult } from "./charge.ts";
import { decode } from "./decode.ts";
import { encode, encodeCancel } from "./encode.ts";
import { type Entry, EntryQueue, entryAt } from "./entry.ts";
import { FileSteps, takesSteps } from "./file-steps.ts";
import { handOver, lookFromTimeToTime } from "./hand-over.ts";
import { Holding } from "./holding.ts";
import { nobody, type OnFailed, type UringKernel } from "./kernel.ts";
import type { Ring } from "./ring.ts";
import { Rings } from "./rings.ts";
import { Roster } from "./roster.ts";
import { verdictOn } from "./verdict.ts";
import { WaitingFiles } from "./waiting-files.ts";

/** In the low word of `user_data`: the completion answers a cancel, which decides nothing. */
const CANCEL_BIT = 0x8000_0000;

export class UringBackend implements Backend {
  readonly name = "uring";
  readonly capabilities: Capabilities;
  readonly #sink: CompletionSink;
  readonly #kernel: UringKernel;
  readonly #onFailed: OnFailed;
  /** Who does what the kernel has not got, once it takes nothing any more. */
  #successor: Backend | null = null;
  readonly #rings: Rings;
  readonly #holding: Holding;
  readonly #roster: Roster;
  readonly #scratch: ScratchPool = new ScratchPool();
  readonly #threads: Threads | null;
  readonly #cancels: CancelQueue;
  readonly #entries: Entry[] = [];
  readonly #pending: EntryQueue = new EntryQueue();
  readonly #admission: Admission;
  readonly #waiting: WaitingFiles;
  #budget = TURN_BUDGET_BYTES;
  #isPumping = false;
  #isFlushScheduled = false;
  #isYielding = false;
  #submissions = 0;
  #cancelsSent = 0;
  #staleCompletions = 0;
  readonly #settled: Promise<void> = Promise.resolve();

  constructor(
    kernel: UringKernel,
    sink: CompletionSink,
    clock: Clock,
    mailbox: Mailbox | null = null,
    onFailed: OnFailed = nobody,
  ) {
    this.#onFailed = (errno) => {
      lookFromTimeToTime(clock, this.#rings, this.#pump);
      return onFailed(errno);
    };
    this.#kernel = kernel;
    this.#sink = sink;
    this.#roster = new Roster(kernel);
    this.#waiting = new WaitingFiles(kernel);
    this.#rings = new Rings(kernel, this.#pump);
    this.#holding = new Holding(sink, this.#rings);
    this.#threads =
      mailbox === null ? null : new Threads(mailbox, (id, done) => sink.complete(id, done));
    const { capabilities } = this.#rings;
    this.capabilities = mailbox === null ? capabilities : withThreads(capabilities);
    this.#cancels = new CancelQueue(clock, () => this.#schedule());
    this.#admission = new Admission(kernel, clock, this.#tryAgain, this.#pending);
  }

  /** @throws {RingRefusal} Then nothing of it is left. */
  tryOut(): void {
    this.#rings.tryOut(this.#scratch);
    this.#waiting.begin();
  }

  submit(id: OperationId, request: Request): void {
    if (this.#successor !== null) {
      this.#successor.submit(id, request);
      return;
    }
    if (isForThreads(request) || this.#waiting.isOfThem(request)) {
      this.#submitToThreads(id, request);
      return;
    }
    const entry = entryAt(this.#entries, slotOf(id));
    if (takesSteps(request)) {
      const steps = new FileSteps(request, this.#scratch, this.#kernel);
      entry.begin(id, steps.first(), steps);
    } else entry.begin(id, request as RingRequest);
    this.#pending.push(entry);
    this.#schedule();
  }

  cancel(id: OperationId): void {
    this.#successor?.cancel(id);
    if (this.#threads?.cancel(id) === true) {
      this.#sink.complete(id, { kind: "canceled" });
      return;
    }
    const entry = this.#entries[slotOf(id)];
    if (entry === undefined || entry.id !== id || entry.phase === "free") return;
    // A canceled close would leave the descriptor open, or closed: nobody could know.
    if (entry.request.kind === "close") return;
    if (entry.phase === "pending") {
      if (entry.steps?.hasDescriptor === true) {
        entry.request = entry.steps.stop();
        return;
      }
      this.#pending.drop(entry);
      this.#admission.drop(entry);
      this.#finish(entry, { kind: "canceled" }); // The kernel never saw it.
      return;
    }
    if (entry.isCancelWanted) return;
    entry.isCancelWanted = true;
    this.#cancels.add(entry);
    this.#schedule();
  }

  refresh(): void {
    this.#successor?.refresh();
    this.#schedule();
  }

  statistics(): Readonly<Record<string, number>> {
    return {
      rings: this.#rings.count,
      ringEntries: this.#rings.current.sqEntries,
      submissions: this.#submissions,
      cancelsSent: this.#cancelsSent,
      overflows: this.#rings.overflows,
      staleCompletions: this.#staleCompletions,
      ...this.#successor?.statistics(),
    };
  }

  #submitToThreads(id: OperationId, request: ThreadsRequest): void {
    this.#schedule(); // Holds the process, if it has to.
    if (this.#threads !== null) this.#threads.submit(id, request);
    else void this.#settled.then(() => this.#sink.complete(id, { kind: "unsupported" }));
  }

  /** Calls made in one go are handed over in one go, once the caller's own code has run. */
  #schedule(): void {
    if (this.#isFlushScheduled || this.#isPumping) return;
    this.#isFlushScheduled = true;
    // A prepared promise is the cheapest microtask there is.
    void this.#settled.then(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    this.#pump();
  };

  /** Never deeper than once: completions submit new work, which this loop takes up. */
  readonly #pump = (): void => {
    if (this.#isPumping || this.#isYielding) return;
    this.#isPumping = true;
    let isStalled = false;
    try {
      let hasProgress = true;
      while (hasProgress && !isStalled && this.#budget > 0) {
        const dealtWith = this.#dealWith();
        // More than was filled now, if the kernel was out of memory before.
        const filled = this.#rings.filled;
        const entered = this.#rings.enter();
        isStalled = entered === "stalled";
        if (entered === "failed" && this.#successor === null) this.#fail();
        const taken = filled - this.#rings.filled;
        const reaped = this.#rings.reap(this.#onCompletion, this.#hasBudget);
        hasProgress = dealtWith + taken + reaped > 0;
      }
      this.#rings.retire();
    } finally {
      this.#isPumping = false;
    }
    // Out of budget or of memory: the event loop has its turn first.
    if (isStalled || (this.#budget <= 0 && this.#hasWork())) {
      this.#isYielding = true;
      setImmediate(this.#resume);
    }
    this.#holding.update();
  };

  #hasWork(): boolean {
    return this.#pending.first !== null || this.#cancels.first !== null || this.#rings.hasWork;
  }

  readonly #hasBudget = (): boolean => this.#budget > 0;

  readonly #resume = (): void => {
    this.#isYielding = false;
    this.#budget = TURN_BUDGET_BYTES;
    this.#pump();
  };

  #dealWith(): number {
    const successor = this.#successor;
    if (successor === null) return this.#fillCancels() + this.#fillRequests();
    let count = 0;
    for (let entry = this.#pending.first; entry !== null; entry = this.#pending.first, count++) {
      this.#pending.drop(entry);
      this.#handOver(entry, successor);
    }
    return count;
  }

  /**
   * The kernel takes nothing any more: no request, and no cancel. What it has got it may answer
   * still, and until then it has the memory; what it has not got, another may do.
   */
  #fail(): void {
    this.#successor = this.#onFailed(this.#rings.failure);
    for (const low of this.#rings.takeBack()) {
      const entry = low < CANCEL_BIT ? this.#entries[low] : undefined;
      if (entry?.phase !== "kernel") continue;
      this.#leaveKernel(entry);
      this.#roster.takeBack(entry.request);
      entry.onPendingAgain();
      this.#pending.push(entry);
    }
    // Some slots have had no entry yet; those are skipped.
    this.#entries.forEach((entry) => {
      if (entry.isCancelWanted) this.#cancels.drop(entry);
      if (entry.phase === "pending" && !this.#pending.has(entry)) {
        this.#admission.drop(entry);
        this.#pending.push(entry);
      }
    });
  }

  #handOver(entry: Entry, successor: Backend): void {
    const { id, steps } = entry;
    const { completion, request } = handOver(entry, this.#kernel.descriptorCalls.close);
    if (request === null) {
      this.#finish(entry, completion);
      return;
    }
    if (steps?.isAdmitted === true) this.#admission.leaveFiles();
    entry.end();
    steps?.release();
    successor.submit(id, request);
  }

  /** Cancels go first, and may use the entries that requests must leave free. */
  #fillCancels(): number {
    let count = 0;
    for (let entry = this.#cancels.first; entry !== null; entry = this.#cancels.first) {
      const { ring, slot } = entry;
      if (ring.space === 0) break; // It stays the first: a cancel is never lost.
      this.#cancels.onSent(entry);
      encodeCancel(ring.sqes, ring.next(), slot, generationOf(entry.id), (slot | CANCEL_BIT) >>> 0);
      ring.push();
      this.#cancelsSent++;
      count++;
    }
    return count;
  }

  #fillRequests(): number {
    let count = 0;
    let allowance = this.#budget;
    this.#waiting.onTurn();
    while (allowance > 0) {
      const entry = this.#pending.first;
      if (entry === null) break;
      const ring = this.#rings.withRoom();
      if (ring === null) break;
      this.#pending.drop(entry);
      count++;
      const { request } = entry;
      if (this.capabilities[request.kind] === "absent") {
        this.#finish(entry, { kind: "unsupported" });
      } else if (this.#admission.admits(entry)) {
        this.#fill(entry, ring);
        allowance -= chargeOf(entry);
      }
    }
    return count;
  }

  #fill(entry: Entry, ring: Ring): void {
    const { request } = entry;
    const scratch = this.#scratch.takeIfAny(scratchBytes(request));
    const generation = generationOf(entry.id);
    entry.onFilled(ring, scratch);
    const run = this.#waiting.runOf(entry);
    encode(ring.sqes, ring.next(), request, scratch, run, entry.slot, generation);
    ring.push();
    this.#roster.enter(entry.slot, generation, request);
    this.#submissions++;
  }

  readonly #onCompletion = (userLow: number, userHigh: number, result: number): void => {
    const isCancel = userLow >= CANCEL_BIT;
    const slot = isCancel ? userLow - CANCEL_BIT : userLow;
    const entry = this.#entries[slot];
    const isCurrent =
      entry !== undefined && entry.phase === "kernel" && generationOf(entry.id) === userHigh;
    if (isCancel) {
      // The target may be in flight all the same ("not found" means nothing): ask again later.
      if (isCurrent) this.#cancels.onAnswered(entry, result);
      return;
    }
    if (!isCurrent) {
      this.#staleCompletions++;
      return;
    }
    const isSeekable = entry.steps === null ? this.#isSeekable : notAsked;
    const completion = decode(entry.request, result, entry.scratch, isSeekable);
    this.#budget -= chargeOfResult(entry.request, result);
    if (completion !== "interrupted" && completion.kind === "opened") {
      this.#roster.own(completion.fd);
    }
    const verdict = verdictOn(entry, completion);
    if (typeof verdict !== "string") {
      this.#answer(entry, verdict);
      return;
    }
    this.#leaveKernel(entry);
    entry.onPendingAgain();
    if (verdict === "in a thread") entry.isForThread = true;
    if (verdict === "later") this.#admission.later(entry);
    else this.#pending.push(entry);
  };

  /** Of several steps, another may follow. It goes before what has not begun. */
  #answer(entry: Entry, completion: Completion): void {
    const { steps } = entry;
    const next = steps?.next(completion, entry.isCancelWanted) ?? null;
    if (next === null) {
      this.#finish(entry, steps?.result ?? completion);
      return;
    }
    this.#leaveKernel(entry);
    entry.onPendingAgain();
    entry.request = next;
    entry.isForThread = false;
    this.#pending.pushFirst(entry);
  }

  /** Its peer may have come; if not, it is held again. */
  readonly #tryAgain = (entry: Entry): void => {
    entry.isForThread = false;
    this.#pending.push(entry);
    this.#schedule();
  };

  readonly #isSeekable = (fd: number, openFlags: number): boolean =>
    this.#kernel.seekable(fd, (openFlags & O_NONBLOCK) === 0) === 1;

  #finish(entry: Entry, completion: Completion): void {
    if (entry.phase === "kernel") this.#leaveKernel(entry);
    const { id, steps } = entry;
    if (steps?.isAdmitted === true) this.#admission.leaveFiles();
    entry.end();
    this.#sink.complete(id, completion);
    steps?.release();
  }

  /** The kernel has let go of all that the entry gave it. */
  #leaveKernel(entry: Entry): void {
    const { scratch } = entry;
    if (scratch !== null) this.#scratch.give(scratch);
    this.#roster.leave(entry.slot);
    this.#cancels.drop(entry);
    if (entry.isForThread) this.#admission.leaveThread();
  }
}

/** The steps ask for themselves. */
const notAsked = (): boolean => true;
