// The contract on io_uring. One turn of `#pump` does it all, from a microtask after the calls of a
// turn, from the ring's wake-up, or from setImmediate when the turn's budget is used up:
//
//   cancels ─┐
//   pending ─┴─► fill entries ──► enter ──► reap ──► sink.complete ──► (new work is pending again)
import type { Clock } from "../../base/clock.ts";
import {
  BLOCKING_OPENS_MAX,
  FILES_AT_ONCE_MAX,
  INTERRUPTED_RETRIES_MAX,
  TURN_BUDGET_BYTES,
} from "../../base/limits.ts";
import type { Addon } from "../../kernel/addon.ts";
import type { Mailbox } from "../../kernel/calls.ts";
import { EINTR } from "../../kernel/errno.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import { O_NONBLOCK } from "../../kernel/open-flags.ts";
import { IOSQE_ASYNC } from "../../kernel/uring-abi.ts";
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
import { type CallRequest, isForThreads } from "../threads/encode.ts";
import { Threads } from "../threads/threads.ts";
import { CancelQueue } from "./cancel-queue.ts";
import { chargeOf, chargeOfResult } from "./charge.ts";
import { decode } from "./decode.ts";
import { encode, encodeCancel, scratchBytes } from "./encode.ts";
import { type Entry, EntryQueue, entryAt } from "./entry.ts";
import { FileSteps, takesSteps } from "./file-steps.ts";
import { Gate } from "./gate.ts";
import { hasNoPeerYet, roomOf, wasTooLate } from "./held-opens.ts";
import type { Ring } from "./ring.ts";
import { Rings, type RingsKernel } from "./rings.ts";
import { Roster } from "./roster.ts";
import { TryLater } from "./try-later.ts";

/** In the low word of `user_data`: the completion answers a cancel, which decides nothing. */
const CANCEL_BIT = 0x8000_0000;

/** What the backend needs of the shim; a test gives another. */
export type UringKernel = RingsKernel & Pick<Addon, "seekable" | "roster" | "descriptors">;

export class UringBackend implements Backend {
  readonly name = "uring";
  readonly capabilities: Capabilities;
  readonly #sink: CompletionSink;
  readonly #kernel: UringKernel;
  readonly #rings: Rings;
  readonly #roster: Roster;
  readonly #scratch: ScratchPool = new ScratchPool();
  readonly #threads: Threads | null;
  readonly #cancels: CancelQueue;
  readonly #entries: Entry[] = [];
  readonly #pending: EntryQueue = new EntryQueue();
  /** Each waits for a peer in a kernel thread, of which there are few. */
  readonly #threadOpens: Gate;
  /** Transfers that others were too quick for. */
  readonly #late: TryLater;
  /** Each has a descriptor and memory for its content. */
  readonly #files: Gate = new Gate(FILES_AT_ONCE_MAX);
  #budget = TURN_BUDGET_BYTES;
  #isPumping = false;
  #isFlushScheduled = false;
  #isYielding = false;
  #isReleaseScheduled = false;
  #submissions = 0;
  #cancelsSent = 0;
  #staleCompletions = 0;
  readonly #settled: Promise<void> = Promise.resolve();

  constructor(
    kernel: UringKernel,
    sink: CompletionSink,
    clock: Clock,
    mailbox: Mailbox | null = null,
  ) {
    this.#kernel = kernel;
    this.#sink = sink;
    this.#roster = new Roster(kernel);
    this.#rings = new Rings(kernel, this.#pump);
    this.#threads =
      mailbox === null ? null : new Threads(mailbox, (id, done) => sink.complete(id, done));
    const { capabilities } = this.#rings;
    this.capabilities = mailbox === null ? capabilities : withThreads(capabilities);
    this.#cancels = new CancelQueue(clock, () => this.#schedule());
    const tryAgain = (entry: Entry): void => this.#tryAgain(entry);
    const held = new TryLater(clock, tryAgain);
    this.#threadOpens = new Gate(BLOCKING_OPENS_MAX, held, roomOf(kernel));
    this.#late = new TryLater(clock, tryAgain);
  }

  submit(id: OperationId, request: Request): void {
    if (isForThreads(request)) {
      this.#submitToThreads(id, request);
      return;
    }
    const entry = entryAt(this.#entries, slotOf(id));
    if (takesSteps(request)) {
      const steps = new FileSteps(request, this.#scratch, this.#isFreshSeekable);
      entry.begin(id, steps.first(), steps);
    } else entry.begin(id, request as RingRequest);
    this.#pending.push(entry);
    this.#schedule();
  }

  cancel(id: OperationId): void {
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
      this.#threadOpens.drop(entry);
      this.#files.drop(entry);
      this.#late.drop(entry);
      this.#finish(entry, { kind: "canceled" }); // The kernel never saw it.
      return;
    }
    if (entry.isCancelWanted) return;
    entry.isCancelWanted = true;
    this.#cancels.add(entry);
    this.#schedule();
  }

  refresh(): void {
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
    };
  }

  #submitToThreads(id: OperationId, request: CallRequest): void {
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
        const dealtWith = this.#fillCancels() + this.#fillRequests();
        // More than was filled now, if the kernel was out of memory before.
        const filled = this.#rings.filled;
        isStalled = this.#rings.enter() === "stalled";
        const taken = filled - this.#rings.filled;
        const reaped = this.#rings.reap(this.#onCompletion, this.#hasBudget);
        hasProgress = dealtWith + taken + reaped > 0;
      }
      this.#rings.retire();
    } finally {
      this.#isPumping = false;
    }
    // Out of budget or of memory: the event loop has its turn first.
    const isBlocked = isStalled || (this.#budget <= 0 && this.#hasWork());
    if (isBlocked) this.#yield();
    this.#holdOrRelease();
  };

  #hasWork(): boolean {
    return this.#pending.first !== null || this.#cancels.first !== null || this.#rings.hasWork;
  }

  readonly #hasBudget = (): boolean => this.#budget > 0;

  #yield(): void {
    this.#isYielding = true;
    setImmediate(this.#resume);
  }

  readonly #resume = (): void => {
    this.#isYielding = false;
    this.#budget = TURN_BUDGET_BYTES;
    this.#pump();
  };

  /** Cancels go first, and may use the entries that requests must leave free. */
  #fillCancels(): number {
    let count = 0;
    for (let entry = this.#cancels.first; entry !== null; entry = this.#cancels.first) {
      const { ring, slot } = entry;
      if (ring.space === 0) break; // It stays the first: a cancel is never lost.
      this.#cancels.onSent(entry);
      const high = generationOf(entry.id);
      encodeCancel(ring.sqes, ring.next(), slot, high, (slot | CANCEL_BIT) >>> 0);
      this.#cancelsSent++;
      count++;
    }
    return count;
  }

  #fillRequests(): number {
    let count = 0;
    let allowance = this.#budget;
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
      } else if (this.#isAdmitted(entry)) {
        this.#fill(entry, ring);
        allowance -= chargeOf(entry);
      }
    }
    return count;
  }

  /** False: it is held until others are done. */
  #isAdmitted(entry: Entry): boolean {
    const { steps } = entry;
    if (steps !== null && !steps.isAdmitted) {
      if (!this.#files.admits(entry)) return false;
      steps.isAdmitted = true;
    }
    return !entry.isForThread || this.#threadOpens.admits(entry);
  }

  #fill(entry: Entry, ring: Ring): void {
    const { request } = entry;
    const bytes = scratchBytes(request);
    const scratch = bytes === 0 ? null : this.#scratch.take(bytes);
    const generation = generationOf(entry.id);
    entry.onFilled(ring, scratch);
    this.#roster.enter(entry.slot, generation, request);
    const flags = entry.isForThread ? IOSQE_ASYNC : 0;
    encode(ring.sqes, ring.next(), request, scratch, flags, entry.slot, generation);
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
    if (completion === "interrupted") this.#onInterrupted(entry);
    else if (hasNoPeerYet(entry, completion)) this.#repeat(entry, "byThread");
    else if (wasTooLate(entry, completion)) this.#repeat(entry, "later");
    else this.#answer(entry, completion);
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

  #onInterrupted(entry: Entry): void {
    // The descriptor is gone all the same: another close could hit somebody else's.
    if (entry.request.kind === "close") this.#answer(entry, { kind: "done", value: 0 });
    else if (!entry.isCancelWanted && ++entry.interruptions > INTERRUPTED_RETRIES_MAX) {
      this.#answer(entry, { kind: "failed", errno: EINTR });
    } else this.#repeat(entry, "now");
  }

  /** An open at once never blocks; one by a thread waits for a FIFO's reader, as open(2) does. */
  #repeat(entry: Entry, how: "now" | "byThread" | "later"): void {
    if (entry.isCancelWanted) {
      this.#answer(entry, { kind: "canceled" });
      return;
    }
    this.#leaveKernel(entry);
    entry.onPendingAgain();
    if (how === "byThread") entry.isForThread = true;
    if (how === "later") this.#late.push(entry);
    else this.#pending.push(entry);
  }

  /** Its peer may have come; if not, it is held again. */
  #tryAgain(entry: Entry): void {
    entry.isForThread = false;
    this.#pending.push(entry);
    this.#schedule();
  }

  readonly #isSeekable = (fd: number, openFlags: number): boolean =>
    this.#kernel.seekable(fd, (openFlags & O_NONBLOCK) === 0) === 1;

  readonly #isFreshSeekable = (fd: number, isToWait: boolean): boolean =>
    this.#kernel.seekable(fd, isToWait) === 1;

  #finish(entry: Entry, completion: Completion): void {
    if (entry.phase === "kernel") this.#leaveKernel(entry);
    const { id, steps } = entry;
    if (steps?.isAdmitted === true) this.#admit(this.#files.leave());
    entry.end();
    this.#sink.complete(id, completion);
    steps?.release();
  }

  #admit(held: Entry | null): void {
    if (held !== null) this.#pending.push(held);
  }

  /** The kernel has let go of all that the entry gave it. */
  #leaveKernel(entry: Entry): void {
    const scratch: ScratchMemory | null = entry.scratch;
    if (scratch !== null) this.#scratch.give(scratch);
    this.#roster.leave(entry.slot);
    this.#cancels.drop(entry);
    if (!entry.isForThread) return;
    this.#admit(this.#threadOpens.leave());
  }

  /** Letting go costs a call, and the next operation is often on its way: so not at once. */
  #holdOrRelease(): void {
    if (this.#sink.holders() > 0) {
      this.#rings.hold(true);
    } else if (this.#rings.isHeld && !this.#isReleaseScheduled) {
      this.#isReleaseScheduled = true;
      setImmediate(this.#release);
    }
  }

  readonly #release = (): void => {
    this.#isReleaseScheduled = false;
    if (this.#sink.holders() === 0) this.#rings.hold(false);
  };
}

/** The steps ask for themselves. */
const notAsked = (): boolean => true;
