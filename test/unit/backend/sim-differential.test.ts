// Goal: the simulated disk is like Linux's: the same calls give the same answers, contents and
// error codes, so that what a program sees in a simulation it would have seen outside.
// Method: random short sequences of path and file calls, the same for fixed seeds, on the simulated
// kernel and through io_uring in a temporary directory. What depends on the file system is left
// out: sizes and link counts of directories, times, numbers of inodes and blocks.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";

import { noRing } from "../../native/ring-available.ts";
import {
  PRELUDE,
  RealDisk,
  runSimulated,
  type Side,
  type Step,
  sequences,
} from "./sim-differential.ts";

function told({ answers, tree }: Side, steps: readonly Step[]): string[] {
  const made = [...PRELUDE, ...steps];
  return [...made.map((step, place) => `${JSON.stringify(step)}: ${answers[place]}`), ...tree];
}

describe("the simulated disk answers as Linux does", { skip: noRing }, () => {
  let [umask, disk]: [number, RealDisk | null] = [0, null];
  before(() => {
    umask = process.umask(0o022);
    disk = new RealDisk();
  });
  after(() => {
    process.umask(umask);
    disk?.dispose();
  });

  async function differences(steps: readonly Step[]): Promise<void> {
    const real = await disk?.run(steps);
    if (real === undefined) throw new Error("There is no real disk");
    assert.deepEqual(told(await runSimulated(steps), steps), told(real, steps));
  }

  for (const seed of [1, 2, 3, 4]) {
    test(`to random calls, seed ${seed}`, async () => {
      await fc.assert(fc.asyncProperty(sequences, differences), { seed, numRuns: 100 });
    });
  }
});
