// One run of a function under test: from a seed to its value, or to an error that explains itself.

import { inspect } from "node:util";
import type { Io } from "../api/io.ts";
import type { ScriptedFault } from "../backend/sim/faults.ts";
import { DrawnSchedule } from "../backend/sim/schedule.ts";
import { Prng } from "../base/prng.ts";
import { Driver } from "./driver.ts";
import { drawSet } from "./fault-sets.ts";
import { describeHeld, indented, quoted } from "./held.ts";
import { LateSchedule } from "./late-schedule.ts";
import { type Settings, usualFaults } from "./options.ts";
import { WatchedFaults } from "./script.ts";
import { makeSimulation, type Simulation } from "./simulation.ts";
import { SimulationError } from "./simulation-error.ts";
import { isQuiet, type Leftovers, leftoversOf, settle } from "./verdict.ts";
import type { SimulatedWorld } from "./world.ts";

/**
 * A function under test. It gets an `Io` to use in place of the package's own functions, and the
 * world around it.
 *
 * @example A function that can be simulated with any seed
 * ```ts
 * import type { Io } from "overlapped";
 * import { simulate, type Simulated } from "overlapped/testing";
 * const sizeOf = async (io: Pick<Io, "stat">, path: string) => (await io.stat(path)).size;
 * const test: Simulated<number> = (io, world) => {
 *   world.makeFile("/a", "four");
 *   return sizeOf(io, "/a");
 * };
 * console.log(await simulate({ seed: 7 }, test)); // 4
 * ```
 */
export type Simulated<T> = (io: Io, world: SimulatedWorld) => T | PromiseLike<T>;

export interface RunResult<T> {
  readonly value: T;
  /** Lines of the script that befell nobody. */
  readonly unmet: readonly ScriptedFault[];
}

/** Lines of the trace that a message has; the whole is in the error's `trace`. */
const LINES_SHOWN = 25;

/** A kernel of which nothing was said is in order, prompt, or neither, by so much. */
const DISORDERS: readonly number[] = [0, 0.1, 0.5];
const SLOWNESSES: readonly number[] = [0, 0.05, 0.3];

/** It is slow less often than it is disorderly: time that passes ends what waits. */
const SLOWNESS_SHARE = 0.5;

export class Run {
  readonly #settings: Settings;
  readonly #callers: readonly string[];
  readonly #faults: WatchedFaults;
  readonly #simulation: Simulation;
  readonly #driver: Driver;

  /** @param callers Where it was asked for, as lines of a stack. */
  constructor(settings: Settings, callers: readonly string[]) {
    const { seed, script, faults } = settings;
    this.#settings = settings;
    this.#callers = callers;
    const prng = new Prng(seed);
    const [disorder, slowness] = drawDisorder(prng, settings);
    const rates = typeof faults === "string" ? drawSet(prng, faults) : faults;
    this.#faults = new WatchedFaults(seed, rates, script);
    const schedule = new LateSchedule(new DrawnSchedule(prng.fork(), disorder), this.#faults);
    this.#simulation = makeSimulation({ seed: prng.next(), faults: this.#faults, schedule });
    const { io, kernel } = this.#simulation;
    io.captureStacks(true);
    schedule.connect(kernel);
    this.#driver = new Driver(this.#simulation, {
      slowness,
      hasWork: () => schedule.hasWork(kernel.agenda),
    });
  }

  async run<T>(test: Simulated<T>): Promise<RunResult<T>> {
    const { io, world, kernel } = this.#simulation;
    let end: { readonly value: T } | { readonly error: unknown } | undefined;
    void new Promise<T>((resolve) => resolve(test(io, world))).then(
      (value) => {
        end = { value };
        kernel.trace.add("the function has returned");
      },
      (error: unknown) => {
        end = { error };
        kernel.trace.add("the function has thrown");
      },
    );
    const how = await this.#driver.run(() => end !== undefined, this.#settings.patienceMs);
    if (end === undefined) throw this.#unended(how === "endless");
    if ("error" in end) throw this.#explained(end.error);
    const leftovers = await settle(this.#simulation, this.#driver);
    if (!isQuiet(leftovers)) throw this.#failure("The simulation did not end quietly", leftovers);
    return { value: end.value, unmet: this.#faults.unmet };
  }

  unmet(lines: readonly ScriptedFault[]): SimulationError {
    const found = list("Nothing came that this could befall", lines.map(shownOptions));
    return this.#failure("The script was not followed", NOTHING_LEFT, found);
  }

  /** Its files are open still, as they should be. */
  #unended(isMoving: boolean): SimulationError {
    const leftovers = { ...leftoversOf(this.#simulation), leftOpen: [] };
    if (isMoving) return this.#failure("The function did not come to an end", leftovers);
    const what = "The function waits for something that never comes";
    const hint = "No operation is in flight: it waits for something outside of the simulation";
    return this.#failure(what, leftovers, leftovers.held.length === 0 ? [hint] : []);
  }

  /** The same error, with the circumstances; or one with them, if it can carry nothing. */
  #explained(error: unknown): unknown {
    const leftovers = leftoversOf(this.#simulation);
    if (typeof error !== "object" || error === null || !Object.isExtensible(error)) {
      return this.#failure("The function has thrown", leftovers, [], error);
    }
    const simulation = this.#failure("In this simulation", leftovers);
    const property = { value: simulation, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(error, "simulation", property);
    return error;
  }

  #failure(
    what: string,
    leftovers: Leftovers,
    hints: readonly string[] = [],
    cause?: unknown,
  ): SimulationError {
    const { seed } = this.#settings;
    const { trace } = this.#simulation.kernel;
    const message = [
      `${what} (seed ${seed})`,
      ...hints,
      ...list("In flight", leftovers.held.map(describeHeld)),
      ...list("Left open", leftovers.leftOpen.map(quoted)),
      ...list("Seen by the kernel", leftovers.violations),
      "Its last events:",
      indented(trace.toString(LINES_SHOWN)),
      `Again: simulate(${shownOptions(this.#replay())}, …)`,
    ].join("\n");
    const report = { ...leftovers, message, seed, trace: trace.toString(), cause };
    return new SimulationError(report, this.#callers);
  }

  #replay(): object {
    const { seed, faults, script, disorder } = this.#settings;
    const isUsual = faults === usualFaults(script);
    return {
      seed,
      ...(isUsual ? {} : { faults }),
      ...(script.length > 0 ? { script } : {}),
      ...(disorder === undefined ? {} : { disorder }),
    };
  }
}

function drawDisorder(
  prng: Prng,
  { disorder, faults }: Settings,
): readonly [disorder: number, slowness: number] {
  const drawn = [DISORDERS, SLOWNESSES].map((list) => list[prng.below(list.length)] ?? 0);
  if (disorder !== undefined) return [disorder, disorder * SLOWNESS_SHARE];
  return faults === "none" ? [0, 0] : [drawn[0] ?? 0, drawn[1] ?? 0];
}

const NOTHING_LEFT: Leftovers = { held: [], leftOpen: [], violations: [] };

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${title}:`, ...items.map(indented)];
}

function shownOptions(options: object): string {
  const defined = JSON.parse(JSON.stringify(options)) as object; // Without what is undefined.
  return inspect(defined, { depth: 4, breakLength: Number.POSITIVE_INFINITY });
}
