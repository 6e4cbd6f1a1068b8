// Drives a simulated kernel: a few steps in each turn of the event loop, so that those above have
// their turns in between; and when nothing is left to do, the clock goes to the next timer.

import type { StepClock } from "../../base/step-clock.ts";
import type { SimKernel } from "./kernel.ts";

export interface PumpOptions {
  readonly kernel: SimKernel;
  readonly clock: StepClock;
  /** Calls `run` in a later turn of the event loop. */
  readonly later: (run: () => void) => void;
  /** Kernel steps per turn; 1 or more. */
  readonly stepsPerTurn: number;
  /** Whether so much time may pass by itself. */
  readonly mayPass: (ms: number) => boolean;
}

export class SimPump {
  readonly #options: PumpOptions;
  #isScheduled = false;
  #isHeld = false;

  constructor(options: PumpOptions) {
    this.#options = options;
    options.kernel.onWork = () => this.#schedule();
  }

  /** While held, the kernel does nothing. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#schedule();
  }

  /** Somebody has set a timer, perhaps: look again. */
  poke(): void {
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isHeld) return;
    this.#isScheduled = true;
    this.#options.later(this.#run);
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    if (this.#isHeld) return;
    const { kernel, clock, stepsPerTurn, mayPass } = this.#options;
    let steps = 0;
    while (steps < stepsPerTurn && kernel.step()) steps++;
    if (steps === 0) {
      const ms = clock.nextMs;
      if (ms === undefined || !mayPass(ms)) return;
      clock.step(ms);
    }
    this.#schedule();
  };
}
