// What chance does to operations, and how they end under it.

import assert from "node:assert/strict";
import type { CallOptions, Operation, Outcome } from "../../src/index.ts";
import { Random } from "../support/tree.ts";

/** Failures that others of the soak cause: the other end of a pipe or terminal has gone. */
const EXPECTED: readonly string[] = ["EPIPE", "EIO", "ERR_CLOSED", "ABORT_ERR", "ETIMEDOUT"];

const TIMEOUT_MS_MAX = 5;

export class Lot {
  readonly random: Random;
  readonly counts: Record<string, number> = {};
  #isStopping = false;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** What was counted so far is not part of it. */
  forget(): void {
    for (const what of Object.keys(this.counts)) delete this.counts[what];
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.random.below(times) === 0;
  }

  /** Begins it and lets fate have it; its end, which is no surprise. */
  async end<T>(begin: (options: CallOptions) => Operation<T>): Promise<Outcome<T>> {
    const { random } = this;
    const controller = new AbortController();
    const fate = random.below(10);
    const options: CallOptions =
      fate === 0
        ? { timeoutMs: 1 + random.below(TIMEOUT_MS_MAX) }
        : fate === 1
          ? { signal: controller.signal }
          : {};
    const operation = begin(options);
    operation.catch(() => {});
    if (fate === 1) this.#soon(() => controller.abort());
    if (fate === 2) this.#soon(() => operation.cancel());
    if (fate === 3) this.#soon(() => operation.abandon());
    return this.#told(operation);
  }

  /** What may wait for ever: its fate is to be stopped, sooner or later. */
  async stopped<T>(begin: (options: CallOptions) => Operation<T>): Promise<Outcome<T>> {
    const isTimed = this.oneIn(2);
    const operation = begin(isTimed ? { timeoutMs: 1 + this.random.below(TIMEOUT_MS_MAX) } : {});
    operation.catch(() => {});
    if (!isTimed) this.#soon(() => (this.oneIn(2) ? operation.cancel() : operation.abandon()));
    return this.#told(operation);
  }

  /** Work that may fail as others cause it. */
  async expected(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { code = "" } = error as { code?: string };
      if (!EXPECTED.includes(code)) throw error;
    }
  }

  async #told<T>(operation: Operation<T>): Promise<Outcome<T>> {
    const outcome = await operation.outcome();
    this.count(outcome.status);
    if (outcome.status === "failed") {
      const { code } = outcome.error;
      assert.ok(EXPECTED.includes(code), outcome.error.stack);
    }
    return outcome;
  }

  #soon(act: () => unknown): void {
    switch (this.random.below(3)) {
      case 0:
        act();
        break;
      case 1:
        queueMicrotask(act);
        break;
      default:
        setImmediate(act);
    }
  }
}
