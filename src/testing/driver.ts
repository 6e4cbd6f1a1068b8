// Moves a simulation: one event of the kernel in each turn of the event loop, so that the function
// under test has its turn in between. Time passes when the kernel has nothing to do, and now and
// then before that, for a kernel may be slow. Real time is looked at only when all else has ended.

import type { Prng } from "../base/prng.ts";
import { type Activity, nextTurn, realActivity, realTime, underWay } from "./activity.ts";
import type { Simulation } from "./simulation.ts";

/** Events and steps of time after which a function counts as one that never ends. */
const MOVES_MAX = 100_000;

/** Turns without an event before time passes: who waits for a turn or two has it first. */
const IDLE_TURNS = 4;

/** Most milliseconds of real time between two looks at whether anything has begun to move. */
const LOOK_MS_MAX = 16;

/**
 * `over`: what was waited for has come. `stalled`: nothing moves, and nothing will. `endless`: it
 * moves and moves.
 */
export type End = "over" | "stalled" | "endless";

export interface DriverOptions {
  /** How often time passes although the kernel has something to do; 0 to 1. */
  readonly slowness: number;
  readonly movesMax?: number;
  /** Whether the kernel has something to do that need not wait for anything. */
  readonly hasWork?: () => boolean;
}

export class Driver {
  readonly #simulation: Simulation;
  readonly #prng: Prng;
  readonly #slowness: number;
  readonly #movesMax: number;
  readonly #hasWork: () => boolean;
  readonly #before: Activity = realActivity();
  #moves = 0;

  constructor(simulation: Simulation, options: DriverOptions) {
    this.#simulation = simulation;
    this.#prng = simulation.prng.fork();
    this.#slowness = options.slowness;
    this.#movesMax = options.movesMax ?? MOVES_MAX;
    this.#hasWork = options.hasWork ?? (() => simulation.kernel.agenda.count > 0);
  }

  /** @param patienceMs Real milliseconds for which nothing must move until it is stalled. */
  async run(isOver: () => boolean, patienceMs: number): Promise<End> {
    for (let idleTurns = 0; !isOver(); ) {
      if (this.#moves >= this.#movesMax) return "endless";
      await nextTurn();
      if (isOver()) break;
      if (this.#move()) idleTurns = 0;
      else if (++idleTurns < IDLE_TURNS) continue;
      else if (this.#mayPassTime()) {
        this.#passTime();
        idleTurns = 0;
      } else if (this.#step()) idleTurns = 0;
      else if (await this.#isStalled(isOver, patienceMs)) return "stalled";
    }
    return "over";
  }

  /**
   * Lets come to its end what was asked to stop, and whatever else needs no time. Time passes only
   * for cancels that have to be repeated.
   */
  async settle(isOver: () => boolean): Promise<void> {
    for (let idleTurns = 0; !isOver() && this.#moves < this.#movesMax; ) {
      await nextTurn();
      if (this.#move()) idleTurns = 0;
      else if (++idleTurns >= IDLE_TURNS) {
        if (this.#canStop()) this.#passTime();
        else if (!this.#step()) return;
        idleTurns = 0;
      }
    }
  }

  /** False if there is nothing to do, or only what would rather wait. */
  #move(): boolean {
    if (!this.#hasWork()) return false;
    if (this.#slowness > 0 && this.#prng.chance(this.#slowness) && this.#mayPassTime()) {
      this.#passTime();
      return true;
    }
    return this.#step();
  }

  #step(): boolean {
    this.#moves++;
    return this.#simulation.kernel.step();
  }

  #passTime(): void {
    const { clock } = this.#simulation;
    this.#moves++;
    clock.step(clock.nextMs ?? 0);
  }

  /** Whether a timer is set that can change anything. */
  #mayPassTime(): boolean {
    const { clock, retryCount } = this.#simulation;
    return clock.timerCount > retryCount() || this.#canStop();
  }

  /** Whether a repeated cancel can have an effect: what is stuck stays so however often. */
  #canStop(): boolean {
    const { kernel, retryCount } = this.#simulation;
    if (retryCount() === 0) return false;
    return kernel.inFlight.some(
      (task) => task.cancels > 0 && !kernel.faults.befalls("stuck", task),
    );
  }

  /** By looks, not by the clock: while the process itself is held up, no time counts. */
  async #isStalled(isOver: () => boolean, patienceMs: number): Promise<boolean> {
    const { kernel } = this.#simulation;
    for (let quietMs = 0, lookMs = 1; ; lookMs = Math.min(2 * lookMs, LOOK_MS_MAX)) {
      await realTime(lookMs);
      if (isOver() || kernel.agenda.count > 0 || this.#mayPassTime()) return false;
      quietMs += lookMs;
      if (underWay(realActivity(), this.#before).length > 0) quietMs = 0;
      else if (quietMs >= patienceMs) return true;
    }
  }
}
