// One thread on a simulated kernel, from a seed: everything that a run needs but somebody who
// drives it. Nothing happens by itself; `kernel.step()` and `clock.step()` are the only movers.

import { Io } from "../api/io.ts";
import { SimBackend } from "../backend/sim/backend.ts";
import { type FaultRates, Faults, type ScriptedFault } from "../backend/sim/faults.ts";
import { SimKernel } from "../backend/sim/kernel.ts";
import type { RingBounds } from "../backend/sim/ring.ts";
import { DrawnSchedule, type Schedule } from "../backend/sim/schedule.ts";
import type { Clock } from "../base/clock.ts";
import { Prng } from "../base/prng.ts";
import { StepClock } from "../base/step-clock.ts";
import type { OperationTable } from "../operation/table.ts";
import { SimulatedWorld } from "./world.ts";

export interface SimulationOptions {
  /** All that is drawn is drawn from it; its lowest 32 bits count. */
  readonly seed: number;
  readonly rates?: FaultRates | undefined;
  readonly script?: readonly ScriptedFault[] | undefined;
  /** In place of those that `rates` and `script` make. */
  readonly faults?: Faults | undefined;
  /** How often the next event is drawn instead of the first; 0 to 1, 0 if absent. */
  readonly disorder?: number | undefined;
  /** In place of the one that `disorder` makes. */
  readonly schedule?: Schedule | undefined;
  readonly bounds?: RingBounds | undefined;
}

export interface Simulation {
  readonly io: Io;
  readonly kernel: SimKernel;
  readonly clock: StepClock;
  readonly world: SimulatedWorld;
  /** What the library believes, to compare with what the kernel has. */
  readonly table: OperationTable;
  /** For whoever drives it. */
  readonly prng: Prng;
  /** Timers by which the backend repeats cancels. */
  readonly retryCount: () => number;
}

/** The same options make the same simulation, on every machine. */
export function makeSimulation(options: SimulationOptions): Simulation {
  const { seed, rates = {}, script = [], disorder = 0, bounds } = options;
  const prng = new Prng(seed);
  const clock = new StepClock();
  const kernel = new SimKernel({
    clock,
    schedule: options.schedule ?? new DrawnSchedule(prng.fork(), disorder),
    faults: options.faults ?? new Faults(seed, rates, script),
  });
  const retries = new CountedTimers(clock);
  const made: { table?: OperationTable } = {};
  const io = new Io({}, clock, (sink) => {
    made.table = sink;
    return { backend: new SimBackend(kernel, sink, retries, bounds), reason: null };
  });
  io.status(); // It makes its backend when first asked.
  const { table } = made as Required<typeof made>;
  kernel.viewOf = (id) => table.viewOf(id);
  return {
    io,
    kernel,
    clock,
    world: new SimulatedWorld(kernel, clock),
    table,
    prng,
    retryCount: () => retries.count,
  };
}

class CountedTimers implements Clock {
  readonly now: Clock["now"];
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.now = clock.now;
  }

  get count(): number {
    return this.#count;
  }

  readonly after: Clock["after"] = (delayMs, onTime) => {
    let isPending = true;
    const end = (): void => {
      if (isPending) this.#count--;
      isPending = false;
    };
    this.#count++;
    const timer = this.#clock.after(delayMs, () => {
      end();
      onTime();
    });
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
    };
  };
}
