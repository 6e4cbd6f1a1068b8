// One mapped ring: the words that user space and kernel share, and `enter`. It knows nothing of
// requests; `backend.ts` does.
//
//   submissions   head (kernel) ─────────► tail (ours)     entries between are not yet taken
//   completions   head (ours)   ─────────► tail (kernel)   entries between are not yet read
//
// Atomics give the ordering: the kernel reads an entry only after it has seen the tail that we
// stored behind it, and we read a completion only after the tail that it stored.
import { assert, bug } from "../../base/assert.ts";
import type { Addon, RingDescription } from "../../kernel/addon.ts";
import { EAGAIN, EBUSY, EFAULT, EINTR, EINVAL, ENOMEM } from "../../kernel/errno.ts";
import {
  CQE_WORDS,
  ENTER_GETEVENTS,
  SQ_CQ_OVERFLOW,
  SQ_TASKRUN,
  SQE_WORDS,
} from "../../kernel/uring-abi.ts";

/**
 * What `enter` came to: all was taken, or the kernel has to be asked again on a later turn, or it
 * never takes anything from this ring again.
 */
export type EnterResult = "entered" | "stalled" | "failed";

/** Word of an entry that has the low half of its `user_data`. */
const USER_LOW_WORD = 8;

/** What the ring needs of the shim; a test gives another. */
export type RingKernel = Pick<Addon, "enter">;

export type OnCompletion = (userLow: number, userHigh: number, result: number) => void;

export class Ring {
  readonly index: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly sqes: Uint32Array;
  readonly #kernel: RingKernel;
  readonly #description: RingDescription;
  readonly #words: Int32Array;
  readonly #sqTail: number;
  readonly #sqFlags: number;
  readonly #cqHead: number;
  readonly #cqTail: number;
  readonly #cqes: number;
  /** Requests that are written or with the kernel; their entries count them, each once. */
  requests = 0;
  /** Entries that the kernel has taken and not answered: requests and cancels alike. */
  #unanswered = 0;
  #localTail: number;
  /** Without SQPOLL the kernel takes entries inside `enter` only, and says how many. */
  #localHead: number;
  #overflows = 0;
  /** Why the kernel takes nothing any more: a positive errno, or 0. */
  #failure = 0;

  constructor(kernel: RingKernel, description: RingDescription) {
    this.#kernel = kernel;
    this.#description = description;
    this.index = description.ring;
    this.sqEntries = description.sqEntries;
    this.cqEntries = description.cqEntries;
    this.sqes = new Uint32Array(description.sqes);
    this.#words = new Int32Array(description.rings, 0, description.rings.byteLength >> 2);
    this.#sqTail = description.sqTail >> 2;
    this.#sqFlags = description.sqFlags >> 2;
    this.#cqHead = description.cqHead >> 2;
    this.#cqTail = description.cqTail >> 2;
    this.#cqes = description.cqes >> 2;
    this.#localTail = Atomics.load(this.#words, this.#sqTail);
    this.#localHead = this.#localTail;
  }

  get mappings(): { readonly rings: ArrayBuffer; readonly sqes: ArrayBuffer } {
    return this.#description;
  }

  get unanswered(): number {
    return this.#unanswered;
  }

  /**
   * Something of it is written, or with the kernel. Not only by the count of answers: a kernel that
   * answers twice would seem to have answered everything.
   */
  get isBusy(): boolean {
    return this.requests > 0 || this.filled > 0 || this.#unanswered > 0;
  }

  get failure(): number {
    return this.#failure;
  }

  /** Times that the kernel had to keep completions back for want of room. */
  get overflows(): number {
    return this.#overflows;
  }

  /** Entries written and not yet taken by the kernel. */
  get filled(): number {
    return (this.#localTail - this.#localHead) | 0;
  }

  /** Entries that can be written now. */
  get space(): number {
    return this.sqEntries - this.filled;
  }

  /** Index in `sqes` of the next entry, for the caller to write all its words, then `push`. */
  next(): number {
    assert(this.space > 0, "ring: no entry left");
    return (this.#localTail & (this.sqEntries - 1)) * SQE_WORDS;
  }

  /**
   * The next entry is written. A thread may be ended at any moment: then the shim has to know what
   * was written and never submitted. The kernel looks at the tail within `enter` only.
   */
  push(): void {
    this.#localTail = (this.#localTail + 1) | 0;
    this.#words[this.#sqTail] = this.#localTail;
  }

  /** Unwrites what the kernel has not taken, and returns the low words of its `user_data`. */
  takeBack(): number[] {
    const lows: number[] = [];
    for (let at = this.#localHead; at !== this.#localTail; at = (at + 1) | 0) {
      lows.push(this.sqes[(at & (this.sqEntries - 1)) * SQE_WORDS + USER_LOW_WORD] ?? 0);
    }
    this.#localTail = this.#localHead;
    Atomics.store(this.#words, this.#sqTail, this.#localTail);
    return lows;
  }

  /** Hands over what is filled, and lets the kernel run what it has put off. */
  enter(): EnterResult {
    if (this.#failure !== 0) return "failed";
    for (;;) {
      const filled = this.filled;
      const flags = Atomics.load(this.#words, this.#sqFlags) & (SQ_CQ_OVERFLOW | SQ_TASKRUN);
      if (filled === 0 && flags === 0) return "entered";
      if ((flags & SQ_CQ_OVERFLOW) !== 0) this.#overflows++;
      // Without GETEVENTS completions that overflowed, and work put off, would wait for ever.
      const answer = this.#kernel.enter(this.index, filled, 0, flags === 0 ? 0 : ENTER_GETEVENTS);
      if (answer >= 0) {
        this.#unanswered += answer;
        this.#localHead = (this.#localHead + answer) | 0;
        if (answer === filled) return "entered";
        if (answer === 0) return "stalled";
        continue;
      }
      switch (-answer) {
        case EINTR:
          continue;
        case EAGAIN: // No memory for a request just now.
        case ENOMEM:
        case EBUSY: // Completions must be read first.
          return "stalled";
        case EINVAL: // What we wrote or asked is nonsense.
        case EFAULT:
          return bug(`ring: enter answered ${answer}`);
        default: // Closed by somebody else, or forbidden by a filter that came later.
          this.#failure = -answer;
          return "failed";
      }
    }
  }

  /** Reads completions until there are none or `mayContinue` says no; returns their number. */
  reap(onCompletion: OnCompletion, mayContinue: () => boolean): number {
    const words = this.#words;
    const mask = this.cqEntries - 1;
    let head = Atomics.load(words, this.#cqHead);
    const tail = Atomics.load(words, this.#cqTail);
    let count = 0;
    try {
      while (head !== tail && mayContinue()) {
        const at = this.#cqes + (head & mask) * CQE_WORDS;
        const userLow = words[at] ?? 0;
        const userHigh = words[at + 1] ?? 0;
        const result = words[at + 2] ?? 0;
        head = (head + 1) | 0;
        count++;
        this.#unanswered--;
        onCompletion(userLow >>> 0, userHigh >>> 0, result);
      }
    } finally {
      // Also when a handler found a bug: what was read is read.
      if (count > 0) Atomics.store(words, this.#cqHead, head);
    }
    return count;
  }

  get hasCompletions(): boolean {
    return Atomics.load(this.#words, this.#cqHead) !== Atomics.load(this.#words, this.#cqTail);
  }
}
