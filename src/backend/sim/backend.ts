// The contract on the simulated kernel. It hides what a driver has to hide, as `uring/` does: a
// full queue, interruptions, cancels that were lost, completions that come in two parts.

import type { Clock, Timer } from "../../base/clock.ts";
import {
  CANCEL_RETRY_MS_FIRST,
  CANCEL_RETRY_MS_MAX,
  INTERRUPTED_RETRIES_MAX,
} from "../../base/limits.ts";
import { EINTR } from "../../kernel/errno.ts";
import { REQUEST_KINDS } from "../capabilities.ts";
import type {
  Backend,
  Capabilities,
  Completion,
  CompletionSink,
  OperationId,
  Request,
} from "../contract.ts";
import type { SimKernel } from "./kernel.ts";
import { type RingBounds, ROOMY, type SimCompletion, SimRing } from "./ring.ts";
import type { Task } from "./task.ts";

/** What each kind of request is here: done by the kernel itself. */
const CAPABILITIES: Capabilities = Object.fromEntries(
  REQUEST_KINDS.map((kind) => [kind, "native"]),
) as Record<Request["kind"], "native">;

interface Entry {
  readonly id: OperationId;
  readonly request: Request;
  /** Submitted, or refused and to be submitted when there is room. */
  task: Task | null;
  isWithKernel: boolean;
  isCancelWanted: boolean;
  interruptions: number;
  /** The first of two completions. */
  result: Completion | null;
  cancelDelayMs: number;
  retry: Timer | null;
}

export class SimBackend implements Backend {
  readonly name = "sim";
  readonly capabilities: Capabilities = CAPABILITIES;
  readonly #kernel: SimKernel;
  readonly #sink: CompletionSink;
  readonly #clock: Clock;
  readonly #ring: SimRing;
  readonly #entries: Map<OperationId, Entry> = new Map();
  /** Without a place in the kernel's queue yet, oldest first. */
  readonly #pending: Set<Entry> = new Set();
  readonly #cancels: Set<Entry> = new Set();
  #isFlushScheduled = false;
  #submissions = 0;
  #cancelsSent = 0;

  constructor(kernel: SimKernel, sink: CompletionSink, clock: Clock, bounds: RingBounds = ROOMY) {
    this.#kernel = kernel;
    this.#sink = sink;
    this.#clock = clock;
    this.#ring = new SimRing(kernel, bounds, this.#pump);
  }

  submit(id: OperationId, request: Request): void {
    const entry: Entry = {
      id,
      request,
      task: null,
      isWithKernel: false,
      isCancelWanted: false,
      interruptions: 0,
      result: null,
      cancelDelayMs: CANCEL_RETRY_MS_FIRST,
      retry: null,
    };
    this.#entries.set(id, entry);
    this.#pending.add(entry);
    this.#scheduleFlush();
  }

  cancel(id: OperationId): void {
    const entry = this.#entries.get(id);
    // A canceled close would leave the descriptor open, or closed: nobody could know.
    if (entry === undefined || entry.request.kind === "close" || entry.isCancelWanted) return;
    if (!entry.isWithKernel) {
      this.#pending.delete(entry);
      this.#end(entry, { kind: "canceled" }); // The kernel never saw it.
      return;
    }
    entry.isCancelWanted = true;
    this.#cancels.add(entry);
    this.#scheduleFlush();
  }

  refresh(): void {}

  statistics(): Readonly<Record<string, number>> {
    return {
      submissions: this.#submissions,
      cancelsSent: this.#cancelsSent,
      overflows: this.#ring.overflows,
    };
  }

  /**
   * The end of the thread: nobody asks the kernel any more, which goes on with what it has.
   */
  close(): void {
    this.#ring.close();
    for (const entry of this.#entries.values()) entry.retry?.cancel();
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    void Promise.resolve().then(() => {
      this.#isFlushScheduled = false;
      this.#flush();
      this.#reap(); // Something may have completed at once.
    });
  }

  readonly #pump = (): void => {
    this.#reap();
    this.#flush();
  };

  /** Cancels first. What finds no room stays, in order, for the next wake. */
  #flush(): void {
    for (const entry of this.#cancels) {
      if (!this.#ring.cancel(entry.id)) return;
      this.#cancels.delete(entry);
      this.#cancelsSent++;
    }
    for (const entry of this.#pending) {
      if (entry.task === null) {
        entry.task = this.#kernel.makeTask(this.#ring, entry.id, entry.request);
        this.#submissions++;
      }
      if (!this.#ring.submit(entry.task)) return;
      this.#pending.delete(entry);
      entry.isWithKernel = true;
    }
  }

  #reap(): void {
    for (let next = this.#ring.reap(); next !== undefined; next = this.#ring.reap()) {
      const entry = this.#entries.get(next.id);
      if (entry === undefined) continue; // The answer to a cancel came after the end.
      if (next.cancelResult !== null) this.#onCancelAnswered(entry, next.cancelResult);
      else this.#onCompletion(entry, next);
    }
  }

  /** Whatever it says decides nothing. Unless it took effect, it is sent again, later each time. */
  #onCancelAnswered(entry: Entry, result: number): void {
    if (result === 0) return;
    const delayMs = entry.cancelDelayMs;
    entry.cancelDelayMs = Math.min(2 * delayMs, CANCEL_RETRY_MS_MAX);
    entry.retry = this.#clock.after(delayMs, () => {
      entry.retry = null;
      if (!entry.isWithKernel) return;
      this.#cancels.add(entry);
      this.#scheduleFlush();
    });
  }

  #onCompletion(entry: Entry, { answer, isMore }: SimCompletion): void {
    if (isMore && answer !== null && answer.kind !== "interrupted") {
      entry.result = answer; // The buffer is not free yet.
      return;
    }
    const last = entry.result ?? answer;
    if (last === null) return;
    if (last.kind !== "interrupted") this.#end(entry, last);
    else if (entry.isCancelWanted) this.#end(entry, { kind: "canceled" });
    else if (++entry.interruptions > INTERRUPTED_RETRIES_MAX) {
      this.#end(entry, { kind: "failed", errno: EINTR });
    } else this.#submitAgain(entry);
  }

  #submitAgain(entry: Entry): void {
    entry.isWithKernel = false;
    entry.task = null;
    this.#pending.add(entry);
    this.#scheduleFlush();
  }

  #end(entry: Entry, completion: Completion): void {
    entry.retry?.cancel();
    this.#cancels.delete(entry);
    entry.isWithKernel = false;
    this.#entries.delete(entry.id);
    this.#sink.complete(entry.id, completion);
  }
}
