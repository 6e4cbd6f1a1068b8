// Faults and an order of events that stay the same for the rest when some actions are left out:
// else nothing that fails could be made smaller. Each draw depends on the seed and on what it is
// about, never on how many draws there were before.

import { type Fault, type FaultRates, Faults, type Victim } from "../../backend/sim/faults.ts";
import type { Agenda, Possible, Schedule } from "../../backend/sim/schedule.ts";
import { Prng } from "../../base/prng.ts";

/** A number for a request that does not depend on how many there were before it. */
export type NameOf = (requestNumber: number) => number;

export class SteadyFaults extends Faults {
  /** Which fault fell on which requests. */
  readonly fallen: Map<Fault, Set<number>> = new Map();
  readonly #nameOf: NameOf;

  constructor(seed: number, rates: FaultRates, nameOf: NameOf) {
    super(seed, rates);
    this.#nameOf = nameOf;
  }

  override befalls(fault: Fault, victim: Victim): boolean {
    const does = super.befalls(fault, victim);
    if (does) {
      const fallen = this.fallen.get(fault) ?? new Set();
      this.fallen.set(fault, fallen.add(victim.number));
    }
    return does;
  }

  override drawer(fault: Fault, { number, kind, path }: Victim): Prng {
    return super.drawer(fault, { number: this.#nameOf(number), kind, path });
  }
}

const KINDS: readonly Possible["kind"][] = ["post", "notify", "execute", "answerCancel", "wake"];

/** In order, but that some events come late: so many others go before them. */
export class LaggingSchedule implements Schedule {
  /** What was chosen last. */
  chosen: Possible | null = null;
  readonly #seed: number;
  readonly #disorder: number;
  readonly #lagMax: number;
  readonly #nameOf: NameOf;
  /** When an event is due, in steps; by kind and request. */
  readonly #due: Map<number, number> = new Map();
  #step = 0;
  #unnamed = 0;

  constructor(seed: number, disorder: number, lagMax: number, nameOf: NameOf) {
    this.#seed = seed;
    this.#disorder = disorder;
    this.#lagMax = lagMax;
    this.#nameOf = nameOf;
  }

  choose(agenda: Agenda): number {
    this.#step++;
    let [chosen, place, due] = [agenda.at(0), 0, Number.POSITIVE_INFINITY];
    for (let at = 0; at < agenda.count && due > this.#step; at++) {
      const possible = agenda.at(at);
      const dueAt = this.#dueOf(possible);
      if (dueAt < due) [chosen, place, due] = [possible, at, dueAt];
    }
    this.#due.delete(keyOf(chosen));
    this.chosen = chosen;
    return place;
  }

  #dueOf(possible: Possible): number {
    if (this.#disorder === 0) return 0;
    const key = keyOf(possible);
    const known = this.#due.get(key);
    if (known !== undefined) return known;
    const due = this.#step + this.#lagOf(possible);
    this.#due.set(key, due);
    return due;
  }

  #lagOf({ kind, number }: Possible): number {
    const name = number === 0 ? ++this.#unnamed : this.#nameOf(number);
    const about = Math.imul(name, KINDS.length) + KINDS.indexOf(kind);
    const prng = new Prng(this.#seed ^ Math.imul(about, 0x85eb_ca6b));
    return prng.chance(this.#disorder) ? 1 + prng.below(this.#lagMax) : 0;
  }
}

function keyOf({ kind, number }: Possible): number {
  return number * KINDS.length + KINDS.indexOf(kind);
}
