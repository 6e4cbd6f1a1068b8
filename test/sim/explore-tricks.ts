// Time and tricks of an explored world: every timer can fire at any moment, and the kernel plays a
// trick exactly when the search says so.

import type { Fault, Victim } from "../../src/backend/sim/faults.ts";
import { Faults } from "../../src/backend/sim/faults.ts";
import type { Clock, Timer } from "../../src/base/clock.ts";
import { Prng } from "../../src/base/prng.ts";

interface SetTimer {
  readonly name: string;
  readonly onTime: () => void;
}

/**
 * A clock on which the next timer is any of them. So each exploration stands for all lengths of
 * time that timers, the kernel and the application could take.
 */
export class AnyTimeClock implements Clock {
  readonly #nameOf: (delayMs: number) => string;
  #timers: SetTimer[] = [];

  constructor(nameOf: (delayMs: number) => string) {
    this.#nameOf = nameOf;
  }

  readonly now = (): number => 0;

  readonly after = (delayMs: number, onTime: () => void): Timer => {
    const timer = { name: this.#nameOf(delayMs), onTime };
    this.#timers.push(timer);
    return { cancel: () => this.#remove(timer) };
  };

  get names(): string[] {
    return this.#timers.map(({ name }) => name);
  }

  fire(name: string): void {
    const timer = this.#timers.find((each) => each.name === name);
    if (timer === undefined) throw new RangeError(`No timer is named ${name}`);
    this.#remove(timer);
    timer.onTime();
  }

  #remove(timer: SetTimer): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
  }
}

/** As small as can be, where a fault draws its details: one byte, one lost cancel. */
class Least extends Prng {
  override below(): number {
    return 0;
  }
}

const LEAST = new Least(0);

/** No fault happens, but those that were chosen for a request. */
export class ChosenFaults extends Faults {
  readonly #chosen: Map<number, Set<Fault>> = new Map();

  constructor() {
    super(0, {});
  }

  choose(fault: Fault, { number }: Victim): void {
    this.#chosen.set(number, (this.#chosen.get(number) ?? new Set<Fault>()).add(fault));
  }

  chosenFor({ number }: Victim): readonly Fault[] {
    return [...(this.#chosen.get(number) ?? [])];
  }

  override befalls(fault: Fault, { number }: Victim): boolean {
    return this.#chosen.get(number)?.has(fault) === true;
  }

  override drawer(): Prng {
    return LEAST;
  }
}
