// Goal: what moves a simulation comes to an end, whatever the function does, and what it finds at
// the end is told whole.
// Method: simulations that are made and driven by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Faults } from "../../../src/backend/sim/faults.ts";
import { IoBuffer } from "../../../src/index.ts";
import { realActivity, underWay } from "../../../src/testing/activity.ts";
import { Driver } from "../../../src/testing/driver.ts";
import { makeSimulation, type Simulation } from "../../../src/testing/simulation.ts";
import { isQuiet, settle } from "../../../src/testing/verdict.ts";

const never = (): boolean => false;

function make(): Simulation {
  return makeSimulation({ seed: 0 });
}

describe("makeSimulation()", () => {
  test("the same options make the same simulation", () => {
    const trace = (seed: number): string => {
      const { io, kernel } = makeSimulation({ seed, rates: { synchronous: 0.5 }, disorder: 1 });
      for (const path of ["/a", "/b", "/c", "/d"]) void io.mkdir(path).outcome();
      while (kernel.step());
      return kernel.trace.toString();
    };
    assert.equal(trace(1), trace(1));
  });

  test("takes a script, or faults in its place", async () => {
    const script = [{ fault: "noSpace", kind: "mkdir" }] as const;
    for (const faults of [undefined, new Faults(0, {})]) {
      const { io, kernel } = makeSimulation({ seed: 0, script, faults });
      const outcome = io.mkdir("/a").outcome();
      await undefined;
      while (kernel.step());
      assert.equal((await outcome).status, faults === undefined ? "failed" : "completed");
    }
  });
});

describe("Driver", () => {
  test("run() ends when it is over, when nothing moves, and when it moves for ever", async () => {
    const over = new Driver(make(), { slowness: 0 });
    assert.equal(await over.run(() => true, 0), "over");
    assert.equal(await new Driver(make(), { slowness: 0 }).run(never, 0), "stalled");

    const simulation = make();
    const again = (): void => void simulation.world.passTime(1).then(again);
    again();
    const driver = new Driver(simulation, { slowness: 0, movesMax: 50 });
    assert.equal(await driver.run(never, 0), "endless");
    assert.equal(simulation.world.nowMs, 50);
  });

  test("settle() ends although something moves for ever", async () => {
    const simulation = make();
    const again = (): void => void simulation.io.stat("/").then(again);
    again();
    await new Driver(simulation, { slowness: 0, movesMax: 50 }).settle(never);
    assert.ok(simulation.kernel.trace.step > 20);
  });

  test("cancels of what is stuck are repeated for ever, and hold up nobody", async () => {
    const simulation = makeSimulation({ seed: 0, script: [{ fault: "stuck", kind: "read" }] });
    const { io, world } = simulation;
    world.makeFile("/a", "x");
    const driver = new Driver(simulation, { slowness: 0 });
    const opening = io.open("/a");
    await driver.settle(never);
    void (await opening).read(new IoBuffer(1), { timeoutMs: 10 }).outcome();
    assert.equal(await driver.run(never, 0), "stalled");
    assert.equal(world.nowMs, 10);
  });

  test("a slow kernel lets time pass while it has work", async () => {
    const times = await Promise.all(
      [0, 1].map(async (slowness) => {
        const simulation = make();
        const { io, world } = simulation;
        void world.passTime(50);
        let endMs = -1;
        void io.stat("/").then(() => {
          endMs = world.nowMs;
        });
        await new Driver(simulation, { slowness }).run(() => endMs >= 0, 0);
        return endMs;
      }),
    );
    assert.deepEqual(times, [0, 50]);
  });
});

describe("settle()", () => {
  test("has what the kernel saw", async () => {
    const simulation = make();
    simulation.kernel.violate("its buffer was touched");
    const leftovers = await settle(simulation, new Driver(simulation, { slowness: 0 }));
    assert.deepEqual(leftovers.violations, ["its buffer was touched"]);
    assert.equal(isQuiet(leftovers), false);
  });
});

describe("underWay()", () => {
  test("is what is more than before, and requests, which end by themselves", () => {
    const before = new Map(Object.entries({ PipeWrap: 2, FSReqPromise: 1, Timeout: 1 }));
    assert.deepEqual(underWay(new Map([["PipeWrap", 2]]), before), []);
    assert.deepEqual(underWay(new Map([["PipeWrap", 3]]), before), ["PipeWrap"]);
    assert.deepEqual(underWay(new Map([["FSReqPromise", 1]]), before), ["FSReqPromise"]);
    assert.deepEqual(underWay(new Map([["Timeout", 1]]), before), []);
    assert.deepEqual(underWay(new Map([["Timeout", 2]]), before), ["Timeout"]);
    assert.deepEqual(underWay(before, before), ["FSReqPromise"]);
  });

  test("sees a timer", () => {
    const before = realActivity();
    const timer = setTimeout(() => {}, 1000);
    assert.deepEqual(underWay(realActivity(), before), ["Timeout"]);
    clearTimeout(timer);
    assert.deepEqual(underWay(realActivity(), before), []);
  });
});
