// When descriptors become ready, and reads and writes that do not wait. One readiness for each
// thread of JavaScript, opened when first needed.

import type { Addon } from "./addon.ts";
import { errnoMeaning } from "./errno.ts";

/** Bits of poll(2), which epoll shares. */
export const POLLIN = 1;
export const POLLOUT = 4;

/** As the shim has them. Numbers below zero are errnos. */
export interface ReadinessShim {
  readonly open: (callback: (count: number) => void, ready: Int32Array) => number;
  /** Tells of changes only: who has not tried since is told nothing. No events: no more. */
  readonly watch: (fd: number, events: number) => number;
  readonly hold: (isHeld: boolean) => void;
  /**
   * 0 if it never waits, -1 of a file that is read through the page cache; else how it is kept from
   * waiting: see `Means`.
   */
  readonly sort: (fd: number) => number;
  /** The events that are there now. */
  readonly poll: (fd: number, events: number) => number;
  /**
   * Bytes; -EAGAIN if it would wait. `own` is the descriptor that is used for `fd`. A negative
   * count is one of parts, as struct iovec. A negative position is none.
   */
  readonly attempt: (
    fd: number,
    own: number,
    isWrite: boolean,
    means: Means,
    address: number,
    count: number,
    position: number,
  ) => number;
  /** The same pipe or terminal by an open file that is ours alone and never waits. */
  readonly openAnew: (fd: number) => number;
  /** Makes an open file that is ours alone one that never waits. */
  readonly keepPrivate: (fd: number) => number;
}

/** O_NONBLOCK, MSG_DONTWAIT, RWF_NOWAIT. */
export type Means = 1 | 2 | 3;

export const BY_FLAG: Means = 1;
export const BY_CALL: Means = 3;

/** Descriptors that one look at the kernel brings at most. */
const READY_AT_ONCE = 256;

export class Readiness {
  readonly #shim: ReadinessShim;
  readonly #ready: Int32Array = new Int32Array(READY_AT_ONCE);
  readonly #listeners: Map<number, () => void> = new Map();
  #holders = 0;

  /** @throws {Error} if there is no descriptor left for it. */
  constructor(shim: ReadinessShim) {
    this.#shim = shim;
    const error = shim.open((count) => this.#onReady(count), this.#ready);
    if (error < 0) {
      throw Object.assign(new Error(`epoll: ${errnoMeaning(-error)}`), { errno: -error });
    }
  }

  /** Calls on each change that brings one of the events. A negative errno, or 0. */
  watch(fd: number, events: number, onReady: () => void): number {
    const error = this.#shim.watch(fd, events);
    if (error === 0) this.#listeners.set(fd, onReady);
    return error;
  }

  /** Before the descriptor is closed, since the kernel watches what is behind it. */
  unwatch(fd: number): void {
    if (this.#listeners.delete(fd)) this.#shim.watch(fd, 0);
  }

  /** Whether one more keeps the process alive, or one less. */
  hold(isHeld: boolean): void {
    this.#holders += isHeld ? 1 : -1;
    this.#shim.hold(this.#holders > 0);
  }

  #onReady(count: number): void {
    // What is heard may watch and close others: one that is gone by then hears nothing.
    for (const fd of this.#ready.slice(0, count)) this.#listeners.get(fd)?.();
  }
}

let readiness: Readiness | null = null;

/** This thread's. @throws {Error} if there is no descriptor left for it. */
export function openReadiness(addon: Pick<Addon, "readinessCalls">): Readiness {
  readiness ??= new Readiness(addon.readinessCalls);
  return readiness;
}
