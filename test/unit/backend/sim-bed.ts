// A simulated kernel with everything above it, in which nothing happens but what the test lets
// happen.

import { SimBackend } from "../../../src/backend/sim/backend.ts";
import { type FaultRates, Faults, type ScriptedFault } from "../../../src/backend/sim/faults.ts";
import { SimKernel } from "../../../src/backend/sim/kernel.ts";
import type { RingBounds } from "../../../src/backend/sim/ring.ts";
import type { Possible, Schedule } from "../../../src/backend/sim/schedule.ts";
import { SimWorld } from "../../../src/backend/sim/world.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { Io } from "../../../src/index.ts";

export interface SimBedOptions {
  readonly script?: readonly ScriptedFault[];
  readonly seed?: number;
  readonly rates?: FaultRates;
  readonly schedule?: Schedule;
  readonly bounds?: RingBounds;
}

/** The reactions of promises have run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class SimBed {
  readonly clock: StepClock = new StepClock();
  readonly kernel: SimKernel;
  readonly world: SimWorld;
  readonly io: Io;
  #backend: SimBackend | null = null;

  constructor({ script, seed = 1, rates = {}, schedule, bounds }: SimBedOptions = {}) {
    const { clock } = this;
    const faults = new Faults(seed, rates, script);
    this.kernel = new SimKernel({ clock, schedule, faults });
    this.world = new SimWorld(this.kernel);
    this.io = new Io({}, clock, (sink) => {
      this.kernel.viewOf = (id) => sink.viewOf(id);
      this.#backend = new SimBackend(this.kernel, sink, clock, bounds);
      return { backend: this.#backend, reason: null };
    });
    this.io.status(); // Makes the backend.
  }

  get backend(): SimBackend {
    if (this.#backend === null) throw new Error("Io has made no backend");
    return this.#backend;
  }

  get events(): string[] {
    return this.kernel.trace.lines.map(({ event }) => event);
  }

  get agenda(): Possible[] {
    const { agenda } = this.kernel;
    return Array.from({ length: agenda.count }, (_, place) => agenda.at(place));
  }

  /** One step of the kernel and what follows above; false if there was nothing to do. */
  async step(): Promise<boolean> {
    await turn();
    const isDone = this.kernel.step();
    await turn();
    return isDone;
  }

  /** Steps until an event has been noted that begins so. */
  async stepUntil(start: string): Promise<void> {
    await turn();
    const from = this.events.length;
    while (!this.events.slice(from).some((event) => event.startsWith(start))) {
      if (!this.kernel.step()) throw new Error(`Nothing more happens, and never ${start}`);
      await turn();
    }
  }

  /** Until nothing is left to do, without that time passes. */
  async settle(): Promise<void> {
    await turn();
    while (this.kernel.step()) await turn();
  }

  /** What a promise came to, with as many steps as that takes. */
  async result<T>(promise: PromiseLike<T>): Promise<T> {
    let isOver = false;
    const done = (): void => {
      isOver = true;
    };
    promise.then(done, done);
    await turn();
    while (!isOver) {
      if (!this.kernel.step()) throw new Error("Nothing more happens, and it has not settled");
      await turn();
    }
    return promise;
  }
}
