// Faults that are drawn, and faults that a test has written down. A script of which something never
// came to pass proves nothing, so it is known what did.

import {
  type Fault,
  type FaultRates,
  Faults,
  type ScriptedFault,
  type Victim,
} from "../backend/sim/faults.ts";

/** Faults that happen to a cancel. */
const OF_CANCELS: readonly Fault[] = ["lateCancel", "lostCancel", "alreadyRunning", "stubbornOpen"];

export class WatchedFaults extends Faults {
  /** One list of faults for each line of the script. */
  readonly #lines: ReadonlyMap<ScriptedFault, Faults>;
  readonly #met: Set<ScriptedFault> = new Set();

  constructor(seed: number, rates: FaultRates, script: readonly ScriptedFault[]) {
    super(seed, rates);
    this.#lines = new Map(script.map((line) => [line, new Faults(seed, {}, [line])]));
  }

  /** Lines of the script that befell nobody. */
  get unmet(): ScriptedFault[] {
    return [...this.#lines.keys()].filter((line) => !this.#met.has(line));
  }

  /** Whether the script has faults that happen to cancels. */
  get hasCancels(): boolean {
    return [...this.#lines.keys()].some(({ fault }) => OF_CANCELS.includes(fault));
  }

  /** Whether the script wants something to happen to the cancel of this one. */
  needsCancel(victim: Victim): boolean {
    return [...this.#lines]
      .filter(([{ fault }]) => OF_CANCELS.includes(fault))
      .map(([{ fault }, faults]) => faults.befalls(fault, victim)) // All are asked: they count.
      .includes(true);
  }

  override befalls(fault: Fault, victim: Victim): boolean {
    let isBefallen = super.befalls(fault, victim);
    for (const [line, faults] of this.#lines) {
      if (!faults.befalls(fault, victim)) continue; // All are asked: they count.
      this.#met.add(line);
      isBefallen = true;
    }
    return isBefallen;
  }
}
