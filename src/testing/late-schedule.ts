// A cancel can be late only for what has not been done yet, and a kernel in memory is prompt. So a
// request to whose cancel the script wants something to happen is not done before it is canceled,
// unless nothing else is left to do.

import type { SimKernel } from "../backend/sim/kernel.ts";
import type { Agenda, Possible, Schedule } from "../backend/sim/schedule.ts";
import type { WatchedFaults } from "./script.ts";

export class LateSchedule implements Schedule {
  readonly #inner: Schedule;
  readonly #faults: WatchedFaults;
  #kernel: SimKernel | null = null;

  constructor(inner: Schedule, faults: WatchedFaults) {
    this.#inner = inner;
    this.#faults = faults;
  }

  /** The kernel that it is the schedule of, which is made with it and so after it. */
  connect(kernel: SimKernel): void {
    this.#kernel = kernel;
  }

  choose(agenda: Agenda): number {
    const places = this.#placesIn(agenda);
    if (places.length === agenda.count || places.length === 0) return this.#inner.choose(agenda);
    const at = (place: number): Possible => agenda.at(places[place] ?? 0);
    return places[this.#inner.choose({ count: places.length, at })] ?? 0;
  }

  /** Whether there is something that need not wait for a cancel. */
  hasWork(agenda: Agenda): boolean {
    return this.#placesIn(agenda).length > 0;
  }

  #placesIn(agenda: Agenda): number[] {
    const places = Array.from({ length: agenda.count }, (_, place) => place);
    if (!this.#faults.hasCancels) return places;
    return places.filter((place) => !this.#isWaiting(agenda.at(place)));
  }

  #isWaiting({ kind, number }: Possible): boolean {
    if (kind !== "execute") return false;
    const task = this.#kernel?.inFlight.find((each) => each.number === number);
    return task !== undefined && task.cancels === 0 && this.#faults.needsCancel(task);
  }
}
