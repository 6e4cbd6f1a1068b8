// Calls that the shim's own threads make, for what io_uring has no opcode for. One mailbox for each
// thread of JavaScript, opened when first needed.

import { bug } from "../base/assert.ts";
import { type Addon, loadAddon } from "./addon.ts";

/** Arguments of a call, as the shim takes them; addresses and offsets are exact up to 2^53. */
export const CALL_WORDS = 8;

/** Results that a turn of the event loop brings at most. */
export const RESULTS_AT_ONCE: number = 64;

export type CallKernel = Pick<Addon, "openCalls" | "call" | "cancelCall">;

/** Hears the result of a call: 0 or more, or a negative errno. */
type OnEnded = (result: number) => void;

export class Mailbox {
  readonly #kernel: CallKernel;
  readonly #results: Float64Array = new Float64Array(2 * RESULTS_AT_ONCE);
  readonly #waiting: Map<number, OnEnded> = new Map();
  #lastNumber = 0;

  constructor(kernel: CallKernel) {
    this.#kernel = kernel;
    kernel.openCalls((count) => this.#onEnded(count), this.#results);
  }

  /** Returns the call's number, or a negative errno if there is no thread for it. */
  start(kind: number, words: Float64Array, onEnded: OnEnded): number {
    const number = ++this.#lastNumber;
    const error = this.#kernel.call(kind, number, words);
    if (error < 0) return error;
    this.#waiting.set(number, onEnded);
    return number;
  }

  /** True if it had not begun: then it never does, and `onEnded` is not called. */
  cancel(number: number): boolean {
    if (!this.#waiting.has(number) || !this.#kernel.cancelCall(number)) return false;
    return this.#waiting.delete(number);
  }

  #onEnded(count: number): void {
    // What is heard may start calls, whose results come in another round.
    const ended = this.#results.slice(0, 2 * count);
    for (let at = 0; at < ended.length; at += 2) {
      const number = ended[at] ?? 0;
      const onEnded = this.#waiting.get(number) ?? bug("calls: an unknown one has ended");
      this.#waiting.delete(number);
      onEnded(ended[at + 1] ?? 0);
    }
  }
}

let mailbox: Mailbox | null = null;

/** This thread's mailbox; null without the shim. */
export function openMailbox(): Mailbox | null {
  const { addon } = loadAddon();
  if (addon !== null) mailbox ??= new Mailbox(addon);
  return mailbox;
}
