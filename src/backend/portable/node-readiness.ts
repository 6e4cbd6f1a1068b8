// When descriptors become ready, as far as Node tells: what has bytes wakes us, if it can be opened
// anew; for all else, such as room to write, we look again from time to time.

import { type Clock, systemClock, type Timer } from "../../base/clock.ts";
import { LOOK_AGAIN_MS_FIRST, LOOK_AGAIN_MS_MAX } from "../../base/limits.ts";
import { POLLIN } from "../../kernel/readiness.ts";
import { type Stop, wakeWhenReadable } from "./node-wakes.ts";

/** As long as a timer can be. */
const HOLD_MS = 0x7fff_ffff;

interface Watch {
  readonly events: number;
  readonly onReady: () => void;
  stop: Stop | null;
  timer: Timer | null;
  delayMs: number;
}

export class NodeReadiness {
  readonly #clock: Clock;
  readonly #watches: Map<number, Watch> = new Map();
  /** Descriptors that have something to read now, for all we know. */
  readonly #readable: Set<number> = new Set();
  /** Descriptors that nothing tells about. */
  readonly #silent: Set<number> = new Set();
  /** Descriptors that have had something to read. */
  readonly #woken: Set<number> = new Set();
  readonly #settled: Promise<void> = Promise.resolve();
  #hold: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls on each change that brings one of the events, and at other times. */
  watch(fd: number, events: number, onReady: () => void): number {
    this.unwatch(fd);
    const watch = { events, onReady, stop: null, timer: null, delayMs: LOOK_AGAIN_MS_FIRST };
    this.#watches.set(fd, watch);
    this.#arm(fd, watch);
    return 0;
  }

  unwatch(fd: number): void {
    const watch = this.#watches.get(fd);
    if (watch === undefined) return;
    this.#watches.delete(fd);
    watch.stop?.();
    watch.timer?.cancel();
  }

  /** Whether it has had something to read, or a hang-up, since it was opened. */
  hasWoken(fd: number): boolean {
    return this.#woken.has(fd);
  }

  /** Null if nobody can tell without reading. */
  isReadable(fd: number): boolean | null {
    return this.#silent.has(fd) ? null : this.#readable.has(fd);
  }

  /** The descriptor is about to be closed. */
  forget(fd: number): void {
    this.unwatch(fd);
    for (const known of [this.#readable, this.#silent, this.#woken]) known.delete(fd);
  }

  /** Whether the process is kept alive. */
  hold(isHeld: boolean): void {
    if (!isHeld) this.#hold?.cancel();
    // Of the machine, whatever the clock: it tells nobody the time.
    this.#hold = isHeld ? systemClock.after(HOLD_MS, () => this.hold(true), true) : null;
  }

  #arm(fd: number, watch: Watch): void {
    this.#readable.delete(fd);
    if ((watch.events & POLLIN) !== 0) {
      watch.stop = wakeWhenReadable(fd, () => {
        this.#woken.add(fd);
        this.#readable.add(fd);
        this.#fire(fd, watch);
      });
      if (watch.stop === null) this.#silent.add(fd);
    }
    if (watch.stop === null || watch.events !== POLLIN) this.#lookAgain(fd, watch);
    // A writer that left before there was an open file of our own is nothing that wakes it.
    else void this.#settled.then(() => this.#watches.get(fd) === watch && watch.onReady());
  }

  #lookAgain(fd: number, watch: Watch): void {
    watch.timer = this.#clock.after(watch.delayMs, () => {
      watch.timer = null;
      watch.delayMs = Math.min(2 * watch.delayMs, LOOK_AGAIN_MS_MAX);
      this.#fire(fd, watch);
    });
  }

  /** One that is still watched afterwards has to be armed again. */
  #fire(fd: number, watch: Watch): void {
    watch.stop?.();
    watch.stop = null;
    watch.timer?.cancel();
    watch.onReady();
    if (this.#watches.get(fd) === watch) this.#arm(fd, watch);
  }
}
