// Begins operations, decides by chance what befalls each of them, and checks how each one ends.

import assert from "node:assert/strict";
import {
  BufferPool,
  type CallOptions,
  IoBuffer,
  type IoError,
  type Operation,
  type Outcome,
} from "../../src/index.ts";
import type { Random } from "../support/tree.ts";

/** What may befall an operation. */
export type Fate = "left alone" | "shared signal" | "own signal" | "timeout" | "cancel" | "abandon";

export type Status = Outcome<unknown>["status"];

/** How often each does. */
const FATES: readonly Fate[] = (
  [
    ["left alone", 9],
    ["shared signal", 4],
    ["own signal", 2],
    ["timeout", 2],
    ["cancel", 2],
    ["abandon", 2],
  ] as const
).flatMap(([fate, times]) => Array<Fate>(times).fill(fate));

const SHARED_SIGNALS = 4;
/** One start of so many aborts a shared signal, and with it all operations that have it. */
const STARTS_PER_ABORT = 150;
const TIMEOUT_MS_MAX = 4;
const POOL = { byteLength: 32_768, count: 128 } as const;

/** What else may end the operations of a handle, besides the fate of each. */
export class Ending {
  /** It is being closed, which cancels reads. */
  isClosing = false;
  /** The close does not wait for writes either; a timeout may be the reason. */
  isCutShort = false;
  /** Its reads are abandoned now and then. */
  isAbandoning = false;
}

/** A buffer for one operation. */
export interface Lease {
  readonly buffer: IoBuffer;
  readonly isPooled: boolean;
}

export class Mix {
  readonly random: Random;
  readonly pool: BufferPool = new BufferPool(POOL);
  readonly counts: Record<Status, number> = {
    completed: 0,
    canceled: 0,
    timedOut: 0,
    abandoned: 0,
    failed: 0,
  };
  #begun = 0;
  #settled = 0;
  #left = 0;
  #isStopped = false;
  readonly #shared: AbortController[];

  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  constructor(random: Random) {
    this.random = random;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => {});
    this.#shared = Array.from({ length: SHARED_SIGNALS }, () => new AbortController());
  }

  /** Reads and writes that are to begin from now on. */
  grant(count: number): void {
    this.#left += count;
  }

  /** True if one more may begin. */
  take(): boolean {
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  get hasLeft(): boolean {
    return this.#left > 0;
  }

  /** Operations whose promise has not told their end. */
  get unsettled(): number {
    return this.#begun - this.#settled;
  }

  /** Rejects with the first failure. */
  get failed(): Promise<never> {
    return this.#failed;
  }

  /** Watches over work that nobody may be waiting for when it fails. */
  async guard(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      // From here on whatever wants to begin one more operation fails, too.
      this.#isStopped = true;
      this.#left = 0;
      this.#fail(error);
    }
  }

  /** A buffer of the pool, or one of its own; `giveBack` when its operation has really ended. */
  lease(byteLength: number): Lease {
    const isPooled = byteLength <= POOL.byteLength && this.random.below(4) > 0;
    if (!isPooled || this.pool.free === 0) {
      return { buffer: new IoBuffer(byteLength), isPooled: false };
    }
    return { buffer: this.pool.acquire(), isPooled: true };
  }

  giveBack({ buffer, isPooled }: Lease, status: Status): void {
    // What was abandoned has gone back to its pool by itself, and is somebody else's by now.
    if (isPooled && status === "abandoned") return;
    assert.equal(buffer.isLent, false, "the buffer is lent after the end");
    if (isPooled) this.pool.release(buffer);
  }

  /** Begins an operation; resolves at its real end. */
  start<T>(begin: (options: CallOptions) => Operation<T>, ending?: Ending): Promise<Outcome<T>> {
    if (this.#isStopped) throw new Error("Stopped after a failure elsewhere");
    if (this.random.below(STARTS_PER_ABORT) === 0) this.#abortShared();
    const fate = this.random.pick(FATES);
    const own = new AbortController();
    const operation = begin(this.#optionsOf(fate, own));
    this.#begun += 1;
    if (fate === "own signal" && this.random.below(4) > 0) this.#soon(abortLater(own));
    if (fate === "cancel") this.#soon(() => operation.cancel());
    if (fate === "abandon") this.#soon(() => operation.abandon());
    return this.#watch(operation, fate, ending);
  }

  #optionsOf(fate: Fate, own: AbortController): CallOptions {
    switch (fate) {
      case "shared signal":
        return { signal: this.random.pick(this.#shared).signal };
      case "own signal":
        return { signal: own.signal };
      case "timeout":
        return { timeoutMs: 1 + this.random.below(TIMEOUT_MS_MAX) };
      default:
        return {};
    }
  }

  /** At once, before the kernel has seen it, or after it has. */
  #soon(act: () => void): void {
    switch (this.random.below(4)) {
      case 0:
        act();
        break;
      case 1:
        queueMicrotask(act);
        break;
      case 2:
        setImmediate(act);
        break;
      default:
        setImmediate(() => setImmediate(act));
    }
  }

  #abortShared(): void {
    const at = this.random.below(SHARED_SIGNALS);
    const controller = this.#shared[at]!;
    this.#shared[at] = new AbortController();
    this.#soon(abortLater(controller));
  }

  /** When it resolves, the buffers are back. */
  async #watch<T>(
    operation: Operation<T>,
    fate: Fate,
    ending: Ending | undefined,
  ): Promise<Outcome<T>> {
    let told = 0;
    const promised = operation.then(
      (value) => {
        told += 1;
        return { value };
      },
      (error: IoError) => {
        told += 1;
        return { error };
      },
    );
    const outcome = await operation.outcome();
    assert.equal(operation.state, "settled");
    this.counts[outcome.status] += 1;
    const check = promised.then((end) => {
      this.#settled += 1;
      assert.equal(told, 1);
      if (outcome.status === "completed") assert.deepEqual(end, { value: outcome.value });
      else assert.equal("error" in end && end.error, outcome.error);
    });
    void this.guard(check);
    assertExpected(outcome, fate, ending);
    return outcome;
  }
}

/**
 * A function of its own, since the reason of an abort has a stack, and with it everything that is
 * in reach of the function that aborts; and idle signals are kept for a while.
 */
function abortLater(controller: AbortController): () => void {
  return () => controller.abort();
}

const CODES: Readonly<Record<Exclude<Status, "completed" | "failed">, string>> = {
  canceled: "ABORT_ERR",
  timedOut: "ETIMEDOUT",
  abandoned: "ERR_ABANDONED",
};

const STATUS_OF: Readonly<Record<Fate, Status>> = {
  "left alone": "completed",
  "shared signal": "canceled",
  "own signal": "canceled",
  timeout: "timedOut",
  cancel: "canceled",
  abandon: "abandoned",
};

/** Nothing ends in a way that nobody asked for. */
function assertExpected(outcome: Outcome<unknown>, fate: Fate, ending: Ending | undefined): void {
  const { status } = outcome;
  if (status === "completed") return;
  assert.notEqual(status, "failed", `failed by itself: ${(outcome.error as Error).stack}`);
  if (status === "failed") return;
  assert.equal(outcome.error.code, CODES[status]);
  const isByFate = status === STATUS_OF[fate];
  const isByClose = ending?.isClosing === true && (status === "canceled" || ending.isCutShort);
  const isByOthers = ending?.isAbandoning === true && status === "abandoned";
  assert.ok(isByFate || isByClose || isByOthers, `${status}, though its fate was: ${fate}`);
}
