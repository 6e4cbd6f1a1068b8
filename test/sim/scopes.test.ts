// Goal: however scopes are nested, shielded, canceled and left, and whatever the kernel does: none
// is left while an operation of it is in flight, and none swallows an error or makes one up (P8).
// Method: a thousand random programs on the simulated kernel, each from a seed, with faults. A
// plain account says for each scope what must be over and which errors must come out when it is
// left. When nothing moves any more, something is stuck: then all that is in flight is abandoned.
// OVERLAPPED_SEED replays a seed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Prng } from "../../src/base/prng.ts";
import { Driver } from "../../src/testing/driver.ts";
import { drawSet, FAULT_SETS } from "../../src/testing/fault-sets.ts";
import { makeSimulation, type Simulation } from "../../src/testing/simulation.ts";
import { isQuiet, leftoversOf } from "../../src/testing/verdict.ts";
import { ScopeProgram } from "./scope-program.ts";

const PROGRAMS = 1000;
const GROUPS = 10;
const DISORDERS: readonly number[] = [0, 0.1, 0.5];
const PATIENCE_MS = 1;

/** What is drawn for programs that run once, and not a thousand times. */
const STUCK_SHARE = 15;

/** What many programs must have met, or the seeds are worth little. */
const TALLIED = [
  "scopes left",
  "one error",
  "several errors",
  "shields",
  "scopes forgotten",
  "files handed on",
  "stuck",
  "refused",
  "shields of canceled scopes",
] as const;

const replayed = process.env.OVERLAPPED_SEED;
const total: Map<string, number> = new Map();

describe("a thousand random programs of scopes", () => {
  if (replayed !== undefined) {
    test(`seed ${replayed}`, () => runSeed(Number(replayed)));
    return;
  }
  for (let group = 0; group < GROUPS; group++) {
    const first = (group * PROGRAMS) / GROUPS;
    const end = ((group + 1) * PROGRAMS) / GROUPS;
    test(`seeds ${first} to ${end - 1}`, async () => {
      for (let seed = first; seed < end; seed++) await runSeed(seed);
    });
  }

  test("have met all that they should", (t) => {
    t.diagnostic(JSON.stringify(Object.fromEntries(total)));
    for (const what of TALLIED) assert.ok((total.get(what) ?? 0) >= 50, `${what} is rare`);
  });
});

async function runSeed(seed: number): Promise<void> {
  const prng = new Prng(seed);
  const rates = drawSet(prng, FAULT_SETS[prng.below(FAULT_SETS.length)] ?? "none");
  const [disorder = 0, slowness = 0] = [1, 2].map(() => DISORDERS[prng.below(DISORDERS.length)]);
  const stuck = Math.min(1, STUCK_SHARE * (rates.stuck ?? 0));
  const options = { seed: prng.next(), rates: { ...rates, stuck }, disorder };
  const simulation = makeSimulation(options);
  try {
    await runProgram(simulation, new Driver(simulation, { slowness }), prng.fork(), stuck > 0);
  } catch (error) {
    const trace = simulation.kernel.trace.toString(40);
    const message = `OVERLAPPED_SEED=${seed}: ${(error as Error).message}\n${trace}`;
    throw new Error(message, { cause: error });
  }
}

async function runProgram(
  simulation: Simulation,
  driver: Driver,
  prng: Prng,
  mayStick: boolean,
): Promise<void> {
  const { io, world, table, clock, retryCount } = simulation;
  const program = new ScopeProgram(io, world, prng, mayStick);
  let isOver = false;
  const running = program.run().finally(() => {
    isOver = true;
  });
  running.catch(() => {}); // Looked at below.
  for (;;) {
    const end = await driver.run(() => isOver, PATIENCE_MS);
    if (isOver) break;
    assert.equal(end, "stalled");
    assert.notEqual(program.root?.scope.phase, "left");
    assert.ok(program.abandonAll(), "it waits, and nothing is in flight");
    program.ledger.count("stuck");
  }
  program.ledger.check(() => program.root?.checkLeft());
  await driver.settle(() => table.liveCount === 0);
  const leftovers = leftoversOf(simulation);
  assert.ok(isQuiet(leftovers), JSON.stringify(leftovers));
  assert.equal(clock.timerCount, retryCount(), "a timer is left");
  for (const error of program.ledger.broken) throw error;
  for (const [what, count] of program.ledger.tally) {
    total.set(what, (total.get(what) ?? 0) + count);
  }
}
