// The simulated kernel and its disk, for the conformance suite.

import type { Backend, CompletionSink } from "../../src/backend/contract.ts";
import { SimBackend } from "../../src/backend/sim/backend.ts";
import { type FaultRates, Faults } from "../../src/backend/sim/faults.ts";
import { SimKernel } from "../../src/backend/sim/kernel.ts";
import { SimPump } from "../../src/backend/sim/pump.ts";
import type { RingBounds } from "../../src/backend/sim/ring.ts";
import { IN_ORDER, type Schedule } from "../../src/backend/sim/schedule.ts";
import { SimWorld } from "../../src/backend/sim/world.ts";
import type { Clock } from "../../src/base/clock.ts";
import { StepClock } from "../../src/base/step-clock.ts";
import { Io } from "../../src/index.ts";
import {
  type Attributes,
  LONG_MS,
  type Peer,
  type Stage,
  type Subject,
  type World,
} from "./subject.ts";

const STEPS_PER_TURN = 64;
const TRICKS = "one with tricks refuses some calls, and completes others at once, held or not";

export type MakeBackend = (
  kernel: SimKernel,
  sink: CompletionSink,
  clock: Clock,
  bounds: RingBounds | undefined,
) => Backend;

export interface SimSubjectOptions {
  readonly name: string;
  readonly seed?: number;
  readonly rates?: FaultRates;
  readonly schedule?: Schedule;
  readonly bounds?: RingBounds;
  /** What is between `Io` and the kernel; one that is wrong on purpose, say. */
  readonly makeBackend?: MakeBackend;
}

const honest: MakeBackend = (...args) => new SimBackend(...args);

/** The disk, and the kernel that it belongs to. */
class SimulatedDisk implements World {
  readonly clock: StepClock = new StepClock();
  readonly kernel: SimKernel;
  readonly pump: SimPump;
  readonly #world: SimWorld;
  #count = 0;

  constructor({ seed = 0, rates = {}, schedule = IN_ORDER }: SimSubjectOptions) {
    const { clock } = this;
    this.kernel = new SimKernel({ clock, schedule, faults: new Faults(seed, rates) });
    this.#world = new SimWorld(this.kernel);
    this.pump = new SimPump({
      kernel: this.kernel,
      clock,
      later: setImmediate,
      stepsPerTurn: STEPS_PER_TURN,
      mayPass: (ms) => ms < LONG_MS,
    });
  }

  fresh(name = "fresh"): string {
    return `/${name}-${this.#count++}`;
  }

  makeFile(content: string | Uint8Array): string {
    const path = this.fresh("file");
    this.#world.makeFile(path, content);
    return path;
  }

  makeDirectory(): string {
    const path = this.fresh("directory");
    this.#world.makeDirectory(path);
    return path;
  }

  makeFifo(): string {
    const path = this.fresh("fifo");
    this.#world.makeFifo(path);
    return path;
  }

  makeLink(target: string): string {
    const path = this.fresh("link");
    this.#world.makeLink(path, target);
    return path;
  }

  peerOf(fifo: string): Peer {
    return this.#world.peerOf(fifo);
  }

  exists(path: string): boolean {
    return this.#world.exists(path);
  }

  contentOf(path: string): Uint8Array {
    return this.#world.contentOf(path);
  }

  linkTargetOf(path: string): string {
    return this.#world.linkTargetOf(path);
  }

  attributesOf(path: string): Attributes {
    return this.#world.attributesOf(path);
  }

  namesIn(path: string): string[] {
    return this.#world.namesIn(path);
  }

  descriptorCount(): number {
    return this.#world.descriptorCount;
  }

  dispose(): void {
    const { violations, trace } = this.kernel;
    if (violations.length === 0) return;
    throw new Error(`${violations.join("\n")}\n${trace.toString(100)}`);
  }
}

export function simSubject(options: SimSubjectOptions): Subject {
  const inside = "a simulated kernel is inside of its process";
  const { makeBackend = honest } = options;
  let disk: SimulatedDisk | null = null;
  return {
    name: options.name,
    abilities: {
      waitingReads: true,
      waitingWrites: true,
      waitingOpens: true,
      waitingPolls: true,
      descriptors: true,
      processes: inside,
      overtaking: true,
      writablePolls: true,
      nanoseconds: true,
      bytePaths: true,
      holding: options.rates === undefined ? true : TRICKS,
    },
    module: new URL(import.meta.url),
    makeWorld: () => {
      disk = new SimulatedDisk(options);
      return disk;
    },
    makeStage: (world): Stage => {
      const { clock, kernel, pump } = world as SimulatedDisk;
      const io = new Io({}, clock, (sink) => {
        return { backend: makeBackend(kernel, sink, clock, options.bounds), reason: null };
      });
      return {
        io,
        world,
        passTime: (ms) => clock.step(ms),
        timerCount: () => clock.timerCount,
        hold: () => {
          pump.hold(true);
          return () => pump.hold(false);
        },
      };
    },
    openBackend: (sink) => {
      if (disk === null) throw new Error("No world has been made");
      return makeBackend(disk.kernel, sink, disk.clock, options.bounds);
    },
  };
}
