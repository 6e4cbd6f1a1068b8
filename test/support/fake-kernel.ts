// A ring kernel below `backend/uring`, in plain ArrayBuffers. It takes and answers what the test
// says, and can be as awkward as the real one is now and then.
//
//   plan              what the next calls of `enter` come to: an errno, or how many are taken
//   answer            what a request is answered when it is taken; nothing: it stays in flight
//   answerCancel      the same for cancels
//   complete          a completion of the test's own choice; wakes nobody
//   putOff, overflow  the same, but only GETEVENTS brings it out

import type { UringKernel } from "../../src/backend/uring/kernel.ts";
import type { RingDescription } from "../../src/kernel/addon.ts";
import {
  ENTER_GETEVENTS,
  OP_ASYNC_CANCEL,
  PROBE_OP_SUPPORTED,
  REGISTER_PROBE,
  SQ_CQ_OVERFLOW,
  SQ_TASKRUN,
} from "../../src/kernel/uring-abi.ts";

export const ENOENT: number = 2;
export const EALREADY: number = 114;

/** One submission entry as the kernel saw it. */
export interface Taken {
  readonly ring: number;
  readonly opcode: number;
  readonly flags: number;
  readonly fd: number;
  readonly addressLow: number;
  readonly addressHigh: number;
  readonly length: number;
  readonly userLow: number;
  readonly userHigh: number;
}

export interface EnterCall {
  readonly ring: number;
  readonly submit: number;
  readonly flags: number;
}

const AT = { sqHead: 0, sqTail: 4, sqFlags: 8, cqHead: 64, cqTail: 68, cqOverflow: 72, cqes: 128 };

class FakeRing {
  readonly index: number;
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly description: RingDescription;
  readonly words: Uint32Array;
  readonly sqes: Uint32Array;
  /** Completions that found no room, or were put off: only GETEVENTS brings them out. */
  readonly overflowed: (readonly [number, number, number])[] = [];
  readonly putOff: (readonly [number, number, number])[] = [];
  onReadable: () => void = () => {};
  isHeld = false;

  constructor(index: number, sqEntries: number, cqEntries: number, start: number) {
    this.index = index;
    this.sqEntries = sqEntries;
    this.cqEntries = cqEntries;
    const rings = new ArrayBuffer(AT.cqes + cqEntries * 16);
    const sqes = new ArrayBuffer(sqEntries * 64);
    this.words = new Uint32Array(rings);
    this.sqes = new Uint32Array(sqes);
    for (const offset of [AT.sqHead, AT.sqTail, AT.cqHead, AT.cqTail]) {
      this.words[offset / 4] = start;
    }
    this.description = { ring: index, rings, sqes, features: 0, sqEntries, cqEntries, ...AT };
  }

  word(offset: number): number {
    return this.words[offset / 4] ?? 0;
  }

  /** What poll(2) says of the ring's descriptor. */
  get isReadable(): boolean {
    const hasUnread = this.word(AT.cqHead) !== this.word(AT.cqTail);
    return hasUnread || this.overflowed.length > 0 || this.putOff.length > 0;
  }

  /** Takes one entry; the tail is ours, the head the kernel's. */
  take(): Taken | undefined {
    const head = this.word(AT.sqHead);
    if (head === this.word(AT.sqTail)) return undefined;
    const at = (head & (this.sqEntries - 1)) * 16;
    this.words[AT.sqHead / 4] = head + 1;
    const word = (index: number): number => this.sqes[at + index] ?? 0;
    return {
      ring: this.index,
      opcode: word(0) & 0xff,
      flags: (word(0) >>> 8) & 0xff,
      fd: word(1) | 0,
      addressLow: word(4),
      addressHigh: word(5),
      length: word(6),
      userLow: word(8),
      userHigh: word(9),
    };
  }

  post(userLow: number, userHigh: number, result: number): void {
    const tail = this.word(AT.cqTail);
    if ((tail - this.word(AT.cqHead)) >>> 0 === this.cqEntries) {
      this.keepBack(userLow, userHigh, result);
      return;
    }
    const at = (AT.cqes + (tail & (this.cqEntries - 1)) * 16) / 4;
    this.words.set([userLow, userHigh, result, 0], at);
    this.words[AT.cqTail / 4] = tail + 1;
  }

  keepBack(userLow: number, userHigh: number, result: number): void {
    this.overflowed.push([userLow, userHigh, result]);
    this.words[AT.sqFlags / 4]! |= SQ_CQ_OVERFLOW;
  }

  /** What GETEVENTS does. */
  bringOut(): void {
    this.words[AT.sqFlags / 4] = 0;
    const late = [...this.overflowed.splice(0), ...this.putOff.splice(0)];
    for (const completion of late) this.post(...completion);
  }
}

export class FakeKernel implements UringKernel {
  readonly rosterBuffer: ArrayBuffer = new ArrayBuffer(2 * 4 * 4096);
  readonly descriptors: ArrayBuffer = new ArrayBuffer(4 * 1024);
  readonly roster = (): ArrayBuffer => this.rosterBuffer;
  readonly rings: Map<number, FakeRing> = new Map();
  readonly enters: EnterCall[] = [];
  /** Everything taken that is no cancel, and every cancel, in order. */
  readonly taken: Taken[] = [];
  readonly cancels: Taken[] = [];
  /** Taken and not answered. */
  readonly inFlight: Map<string, Taken> = new Map();
  readonly closed: number[] = [];
  /** Descriptors that were closed by a system call, and not by the ring. */
  readonly closedAtOnce: number[] = [];
  readonly descriptorCalls = {
    close: (fd: number): number => {
      this.closedAtOnce.push(fd);
      return 0;
    },
  };
  readonly setups: number[] = [];
  /** For the next calls; when it is empty, all goes well. */
  readonly plan: number[] = [];
  readonly setupPlan: number[] = [];
  /** By the number of what is registered: the answers to all such calls. */
  readonly registerAnswers: Map<number, number> = new Map();
  readonly absentOpcodes: Set<number> = new Set();
  /** First value of all heads and tails. */
  startIndex = 0;
  answer: (taken: Taken) => number | undefined = () => undefined;
  answerCancel: (cancel: Taken, target: Taken | undefined) => number | undefined;
  seekable: (fd: number) => number = () => 1;
  waitsInside: (fd: number) => boolean = () => false;
  opensWaitInside: () => boolean = () => false;

  constructor() {
    this.answerCancel = (_cancel, target) => {
      if (target === undefined) return -ENOENT;
      this.complete(target, -125);
      return 0;
    };
  }

  readonly setup = (entries: number, cqEntries: number): RingDescription | number => {
    this.setups.push(entries);
    const planned = this.setupPlan.shift() ?? 0;
    if (planned < 0) return planned;
    let index = 0;
    while (this.rings.has(index)) index++;
    const ring = new FakeRing(index, entries, cqEntries, this.startIndex);
    this.rings.set(index, ring);
    return ring.description;
  };

  readonly enter = (index: number, submit: number, _wait: number, flags: number): number => {
    this.enters.push({ ring: index, submit, flags });
    const planned = this.plan.shift() ?? Number.POSITIVE_INFINITY;
    if (planned < 0) return planned;
    const ring = this.ring(index);
    let count = 0;
    while (count < Math.min(submit, planned)) {
      const taken = ring.take();
      if (taken === undefined) break;
      count++;
      this.#see(taken);
    }
    if ((flags & ENTER_GETEVENTS) !== 0) ring.bringOut();
    return count;
  };

  readonly register = (
    _ring: number,
    op: number,
    arg: Uint8Array | null,
    count: number,
  ): number => {
    const planned = this.registerAnswers.get(op) ?? 0;
    if (planned < 0) return planned;
    if (op !== REGISTER_PROBE || arg === null) return 0;
    const view = new DataView(arg.buffer, arg.byteOffset);
    for (let opcode = 0; opcode < count; opcode++) {
      const isThere = opcode < 64 && !this.absentOpcodes.has(opcode);
      view.setUint16(16 + opcode * 8 + 2, isThere ? PROBE_OP_SUPPORTED : 0, true);
    }
    return 0;
  };

  readonly closeRing = (index: number): void => {
    this.rings.delete(index);
    this.closed.push(index);
  };

  readonly watch = (index: number, onReadable: () => void): void => {
    this.ring(index).onReadable = onReadable;
  };

  readonly hold = (index: number, isHeld: boolean): void => {
    this.ring(index).isHeld = isHeld;
  };

  ring(index: number): FakeRing {
    const ring = this.rings.get(index);
    if (ring === undefined) throw new Error(`Ring ${index} is not open`);
    return ring;
  }

  get isHeld(): boolean {
    return [...this.rings.values()].some((ring) => ring.isHeld);
  }

  /** The kernel's last word on a request. Wakes nobody. */
  complete(taken: Taken, result: number): void {
    this.inFlight.delete(nameOf(taken.userLow, taken.userHigh));
    this.ring(taken.ring).post(taken.userLow, taken.userHigh, result);
  }

  /** As `complete`, but it shows only when somebody enters with GETEVENTS. */
  putOff(taken: Taken, result: number): void {
    this.inFlight.delete(nameOf(taken.userLow, taken.userHigh));
    const ring = this.ring(taken.ring);
    ring.putOff.push([taken.userLow, taken.userHigh, result]);
    ring.words[AT.sqFlags / 4]! |= SQ_TASKRUN;
  }

  /** As `complete` while the completion queue was full, although by now it may have room. */
  overflow(taken: Taken, result: number): void {
    this.inFlight.delete(nameOf(taken.userLow, taken.userHigh));
    this.ring(taken.ring).keepBack(taken.userLow, taken.userHigh, result);
  }

  /** The loop sees that a ring is readable. */
  wake(index = 0): void {
    this.ring(index).onReadable();
  }

  #see(taken: Taken): void {
    if (taken.opcode === OP_ASYNC_CANCEL) {
      this.cancels.push(taken);
      const target = this.inFlight.get(nameOf(taken.addressLow, taken.addressHigh));
      const isHere = target?.ring === taken.ring;
      const answer = this.answerCancel(taken, isHere ? target : undefined);
      if (answer !== undefined) this.ring(taken.ring).post(taken.userLow, taken.userHigh, answer);
      return;
    }
    this.taken.push(taken);
    this.inFlight.set(nameOf(taken.userLow, taken.userHigh), taken);
    const answer = this.answer(taken);
    if (answer !== undefined) this.complete(taken, answer);
  }
}

function nameOf(userLow: number, userHigh: number): string {
  return `${userHigh}:${userLow}`;
}
