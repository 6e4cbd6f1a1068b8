// Goal: wrong options are refused at once, with the code that the library has for it; right ones
// are taken at their bounds.
// Method: a table of each.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type SimulateOptions, simulate, simulateSeeds } from "../../../src/testing.ts";

const TYPE = { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" };
const VALUE = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" };
const RANGE = { name: "RangeError", code: "ERR_OUT_OF_RANGE" };

const WRONG: readonly (readonly [options: unknown, refusal: typeof TYPE])[] = [
  [null, TYPE],
  ["seed", TYPE],
  [{ seed: "1" }, TYPE],
  [{ seed: -1 }, RANGE],
  [{ seed: 0.5 }, RANGE],
  [{ seed: 2 ** 32 }, RANGE],
  [{ seed: Number.NaN }, RANGE],
  [{ seeds: 1 }, VALUE],
  [{ faults: 1 }, TYPE],
  [{ faults: null }, TYPE],
  [{ faults: [] }, TYPE],
  [{ faults: "some" }, VALUE],
  [{ faults: { lateCancle: 1 } }, VALUE],
  [{ faults: { lateCancel: "1" } }, TYPE],
  [{ faults: { lateCancel: 1.01 } }, RANGE],
  [{ faults: { lateCancel: -0.01 } }, RANGE],
  [{ faults: { lateCancel: Number.NaN } }, RANGE],
  [{ script: {} }, TYPE],
  [{ script: ["stuck"] }, TYPE],
  [{ script: [null] }, TYPE],
  [{ script: [{}] }, VALUE],
  [{ script: [{ fault: "sticky" }] }, VALUE],
  [{ script: [{ fault: "stuck", kind: "open file" }] }, VALUE],
  [{ script: [{ fault: "stuck", path: 1 }] }, TYPE],
  [{ script: [{ fault: "stuck", nth: 0 }] }, RANGE],
  [{ script: [{ fault: "stuck", nth: "1" }] }, TYPE],
  [{ script: [{ fault: "stuck", when: 1 }] }, VALUE],
  [{ disorder: "1" }, TYPE],
  [{ disorder: 1.5 }, RANGE],
  [{ disorder: Number.NaN }, RANGE],
  [{ patienceMs: -1 }, RANGE],
  [{ patienceMs: "1" }, TYPE],
];

const RIGHT: readonly SimulateOptions[] = [
  {},
  { seed: undefined, faults: undefined, script: undefined, disorder: undefined },
  { seed: 2 ** 32 - 1, faults: "none", disorder: 0, patienceMs: 0 },
  { seed: 0, faults: "all", disorder: 1, patienceMs: 2_147_483_647 },
  { faults: { lateCancel: 0, stuck: 1 } },
  { faults: {}, script: [] },
];

const never = (): never => assert.fail("the function was called");

describe("options of simulations", () => {
  for (const [options, refusal] of WRONG) {
    test(`refuses ${JSON.stringify(options)} before anything is run`, () => {
      assert.throws(() => simulate(options as SimulateOptions, never), refusal);
      assert.throws(() => simulateSeeds(2, options as SimulateOptions, never), refusal);
    });
  }

  for (const options of RIGHT) {
    test(`takes ${JSON.stringify(options)}`, async () => {
      assert.equal(await simulate(options, () => 1), 1);
    });
  }

  test("refuses a wrong function, or a wrong count of seeds", () => {
    assert.throws(() => simulate({}, 1 as never), TYPE);
    assert.throws(() => simulateSeeds(1, {}, undefined as never), TYPE);
    assert.throws(() => simulateSeeds("1" as never, {}, never), TYPE);
    assert.throws(() => simulateSeeds(0, {}, never), RANGE);
    assert.throws(() => simulateSeeds(2, { seed: 2 ** 32 - 1 }, never), RANGE);
  });

  test("takes them as they are when it is called", async () => {
    const script = [{ fault: "ioError", kind: "stat" as const }] as const;
    const line: { fault: string } = { ...script[0] };
    const options = { script: [line], seed: 1 } as unknown as SimulateOptions & { seed: number };
    const run = simulate(options, (io, world) => {
      world.makeFile("/a");
      return io.stat("/a");
    });
    line.fault = "none of them";
    options.seed = -1;
    await assert.rejects(run, { code: "EIO" });
  });

  test("passTime() refuses what is no time", async () => {
    await simulate({}, (_io, { passTime }) => {
      assert.throws(() => passTime(-1), RANGE);
      assert.throws(() => passTime("1" as never), TYPE);
    });
  });
});
