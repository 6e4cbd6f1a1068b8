// Goal: simulateSeeds() runs each seed once, stops at the first that fails, and says which it is,
// so that simulate() does the same again.
// Method: functions that fail with some seeds only, and one that fails with none.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Io, IoBuffer } from "../../../src/index.ts";
import {
  type SimulatedWorld,
  type SimulationError,
  simulate,
  simulateSeeds,
} from "../../../src/testing.ts";
import { busy, failureOf } from "./cases.ts";

/** Takes a short write for a whole one. */
async function writeOnce(io: Io, world: SimulatedWorld): Promise<void> {
  await using file = await io.open("/a", "w");
  await file.write("0123456789");
  assert.equal(Buffer.from(world.contentOf("/a")).toString(), "0123456789");
}

/** Leaves the file open if the read was stopped. */
async function closeIfRead(io: Io, world: SimulatedWorld): Promise<void> {
  world.makeFile("/a", "x");
  const file = await io.open("/a");
  const outcome = await file.read(new IoBuffer(1)).cancel().outcome();
  if (outcome.status === "completed") await file.close();
}

describe("simulateSeeds()", () => {
  test("gives what the function returned, seed by seed", async () => {
    const all = await simulateSeeds(40, { seed: 100 }, busy);
    const one = await simulate({ seed: 107 }, busy);
    assert.equal(all.length, 40);
    assert.deepEqual(all[7], one);
    assert.ok(new Set(all.map(String)).size > 5, "the seeds make no difference");
  });

  test("what is thrown has the seed in its message, and is thrown again by it", async () => {
    const run = simulateSeeds(200, {}, writeOnce);
    const error = await run.then(
      () => assert.fail("nothing was found"),
      (it: Error & { simulation: SimulationError }) => it,
    );
    assert.ok(error instanceof assert.AssertionError);
    const { seed } = error.simulation;
    assert.match(error.message, new RegExp(`\\(with seed ${seed}\\)$`));
    assert.ok(error.stack?.includes(`(with seed ${seed})`));
    const again = await simulate({ seed }, writeOnce).catch((it: unknown) => it);
    const { simulation } = again as { simulation: SimulationError };
    assert.equal(simulation.trace, error.simulation.trace);
    await simulateSeeds(seed, {}, writeOnce); // Those before it pass.
  });

  test("what is left behind is found with the seed that leaves it", async () => {
    const error = await failureOf(simulateSeeds(200, {}, closeIfRead));
    assert.deepEqual(error.leftOpen, ["/a"]);
    const again = await failureOf(simulate({ seed: error.seed }, closeIfRead));
    assert.equal(again.trace, error.trace);
  });

  test("a careful function passes with failures, too", async () => {
    const ends = await simulateSeeds(200, { faults: "failures" }, async (io, world) => {
      world.makeFile("/a", "0123456789");
      const opening = await io.open("/a").outcome();
      if (opening.status !== "completed") return opening.status;
      await using file = opening.value;
      const outcome = await file.readFully(new IoBuffer(10), { timeoutMs: 10 }).outcome();
      if (outcome.status === "completed") assert.equal(outcome.value, 10);
      return outcome.status;
    });
    assert.deepEqual(new Set(ends), new Set(["completed", "timedOut", "failed"]));
  });

  test("a line of the script needs to come to pass with one seed only", async () => {
    const script = [{ fault: "shortWrite", kind: "write" }] as const;
    const maybe = async (io: Io, world: SimulatedWorld, seed: number): Promise<void> => {
      await using file = await io.open("/a", "w");
      if (seed === 3) await file.writeAll("0123456789");
      assert.equal(world.exists("/a"), true);
    };
    let seed = 0;
    await simulateSeeds(5, { script }, (io, world) => maybe(io, world, seed++));
    seed = 10;
    const error = await failureOf(
      simulateSeeds(5, { script }, (io, world) => maybe(io, world, seed++)),
    );
    assert.match(error.message, /The script was not followed/);
  });
});
