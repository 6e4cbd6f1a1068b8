// Which of the kernel's possible next events happens: the first, one drawn from a seed, one that a
// test has listed, or each in turn.

import { bug } from "../../base/assert.ts";
import type { Prng } from "../../base/prng.ts";
import type { RequestKind } from "../contract.ts";

/** An event that could happen next. */
export interface Possible {
  /**
   * `execute`: does what was asked. `post`: writes into the buffer and completes. `notify`: says
   * that the buffer is free. `answerCancel`: deals with a cancel. `wake`: those above look at their
   * completion queue.
   */
  readonly kind: "execute" | "post" | "notify" | "answerCancel" | "wake";
  /** The request that it is about; 0 for a wake, and for a cancel of one that has ended. */
  readonly number: number;
  readonly request: RequestKind | null;
}

/** All that could happen next. Made only when asked for: there may be thousands. */
export interface Agenda {
  readonly count: number;
  at(place: number): Possible;
}

export interface Schedule {
  /** 0 to `agenda.count` - 1, which is at least 1. */
  choose(agenda: Agenda): number;
}

/** What is first: a kernel that answers promptly and in order. */
export const IN_ORDER: Schedule = { choose: () => 0 };

/** Drawn, with this probability; else the first. */
export class DrawnSchedule implements Schedule {
  readonly #prng: Prng;
  readonly #disorder: number;

  constructor(prng: Prng, disorder: number) {
    this.#prng = prng;
    this.#disorder = disorder;
  }

  choose(agenda: Agenda): number {
    if (agenda.count === 1 || !this.#prng.chance(this.#disorder)) return 0;
    return this.#prng.below(agenda.count);
  }
}

/** As a test says: each step happens as soon as it is possible, everything else after the list. */
export class ListedSchedule implements Schedule {
  readonly #steps: ((possible: Possible) => boolean)[];

  constructor(steps: readonly ((possible: Possible) => boolean)[]) {
    this.#steps = [...steps];
  }

  /** Steps that have not happened. */
  get left(): number {
    return this.#steps.length;
  }

  choose(agenda: Agenda): number {
    const [step] = this.#steps;
    if (step === undefined) return 0;
    for (let place = 0; place < agenda.count; place++) {
      if (!step(agenda.at(place))) continue;
      this.#steps.shift();
      return place;
    }
    return 0;
  }
}

/** Chosen from outside, place by place, as exploration does that wants to see every order. */
export class ChosenSchedule implements Schedule {
  #next: number | null = null;

  /** The next choice. */
  will(place: number): void {
    this.#next = place;
  }

  choose(agenda: Agenda): number {
    const place = this.#next ?? bug("schedule: nothing was chosen");
    this.#next = null;
    return place < agenda.count ? place : bug("schedule: chose what is not possible");
  }
}
