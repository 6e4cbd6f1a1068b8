// A session before it is played: everything in it is drawn from the seed, and it is plain data.
//
// Each session has its own mix (swarm testing): its own few faults, its own few kinds of action. A
// session with everything in it would hardly ever come as far as the rare things.

import { drawRates, type Fault, type FaultRates } from "../../backend/sim/faults.ts";
import { type RingBounds, ROOMY } from "../../backend/sim/ring.ts";
import { Prng } from "../../base/prng.ts";
import type { BufferPoolOptions } from "../../operation/buffer.ts";
import type { Action } from "./action.ts";
import { ActionDrawer, FIFO_PATHS, type Mix } from "./draw-action.ts";

export interface Plan {
  /** Faults and lags are drawn from it while the session runs. */
  readonly seed: number;
  readonly rates: FaultRates;
  /** How likely it is that an event of the kernel comes late; 0 to 1. */
  readonly disorder: number;
  /** How many other events go before one that comes late, at most. */
  readonly lagMax: number;
  readonly bounds: RingBounds;
  /** Bytes of each buffer. */
  readonly buffers: readonly number[];
  readonly pool: BufferPoolOptions | null;
  readonly actions: readonly Action[];
}

const ACTIONS_MIN = 15;
const ACTIONS_MAX = 250;
const HANDLES_MAX = 4;

/** Times that each file is opened at the start, for opens can fail. */
const OPENINGS = 2;

/** What these befall is soon over: if they were frequent, not much would happen. */
const FAILURES: readonly Fault[] = ["noSpace", "ioError", "again", "noBuffers"];

/** Steps that open what a session begins with. */
const OPENING: Action = { kind: "steps", count: 40, perTurn: 4 };

/** What a cancel can come to, instead of an end. */
const STUBBORN: readonly Fault[] = ["lateCancel", "lostCancel", "alreadyRunning", "stubbornOpen"];

export function drawPlan(seed: number): Plan {
  const prng = new Prng(seed);
  const rates = prng.chance(0.15) ? {} : drawFaults(prng);
  const disorder = prng.chance(0.2) ? 0 : prng.next() / 0x1_0000_0000;
  const lagMax = 2 ** (1 + prng.below(6));
  const bounds = drawBounds(prng);
  const buffers = Array.from({ length: 3 + prng.below(4) }, () => drawLength(prng));
  const pool = prng.chance(0.5)
    ? { byteLength: 1 + prng.below(500), count: 1 + prng.below(4) }
    : null;
  const mix = drawMix(prng, buffers, pool);
  const actions = drawActions(prng, mix);
  return { seed, rates, disorder, lagMax, bounds, buffers, pool, actions };
}

/** Now and then a kernel that hardly ever does what a cancel asks for. */
function drawFaults(prng: Prng): FaultRates {
  const drawn = Object.entries(drawRates(prng.fork())) as [Fault, number][];
  const tame = drawn.map(([fault, rate]) => [fault, FAILURES.includes(fault) ? rate / 4 : rate]);
  const stubborn = prng.chance(0.3) ? STUBBORN.map((fault) => [fault, 0.5]) : [];
  return Object.fromEntries([...tame, ...stubborn]) as FaultRates;
}

function drawBounds(prng: Prng): RingBounds {
  if (prng.chance(0.6)) return ROOMY;
  return { submissionsMax: 1 + prng.below(4), completionsMax: 1 + prng.below(4) };
}

/** Mostly small; now and then longer than a FIFO has room for. */
function drawLength(prng: Prng): number {
  if (prng.chance(0.01)) return 70_000;
  return 1 + prng.below(prng.chance(0.15) ? 6000 : 200);
}

function drawMix(prng: Prng, buffers: readonly number[], pool: BufferPoolOptions | null): Mix {
  return {
    handleCount: 1 + prng.below(HANDLES_MAX),
    buffers,
    pool,
    streams: prng.chance(0.3) ? 0.9 : prng.next() / 0x1_0000_0000,
    signals: prng.chance(0.5) ? 0 : 0.3,
    timeouts: prng.chance(0.5) ? 0 : 0.3,
    blind: prng.chance(0.5) ? 0 : 0.4,
    strangers: prng.chance(0.7) ? 0 : 0.2,
    ends: prng.chance(0.08),
  };
}

function drawActions(prng: Prng, mix: Mix): Action[] {
  const drawer = new ActionDrawer(prng.fork(), mix);
  const actions: Action[] = [];
  for (const fifo of FIFO_PATHS.keys()) {
    if (prng.chance(0.6)) actions.push({ kind: "connect", fifo });
  }
  for (let opening = 0; opening < OPENINGS * mix.handleCount; opening++) {
    actions.push(drawer.open(opening % mix.handleCount));
  }
  actions.push(OPENING);
  const count = ACTIONS_MIN + prng.below(ACTIONS_MAX - ACTIONS_MIN);
  for (let drawn = 0; drawn < count; drawn++) actions.push(...drawer.draw());
  if (mix.ends) actions.push({ kind: "teardown" });
  return actions;
}
