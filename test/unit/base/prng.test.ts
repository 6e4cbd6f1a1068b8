// Goal: the same seed gives the same numbers on every machine and in every version, or no failure
// could be replayed; and they are even enough to draw events with.
// Method: known values, written down once; counts of many draws; independence of a fork.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Prng } from "../../../src/base/prng.ts";

function draws(seed: number, count: number): number[] {
  const prng = new Prng(seed);
  return Array.from({ length: count }, () => prng.next());
}

describe("Prng", () => {
  test("known values", () => {
    assert.deepEqual(draws(0, 3), [1_684_164_658, 3_653_269_916, 2_939_563_536]);
    assert.deepEqual(draws(1, 3), [1_580_013_426, 350_525_680, 3_524_174_333]);
    assert.deepEqual(draws(0xffff_ffff, 3), [3_950_124_170, 4_293_442_868, 1_302_505_678]);
    assert.deepEqual(draws(-1, 3), draws(0xffff_ffff, 3), "the lowest 32 bits count");
  });

  test("all numbers are whole, of 32 bits", () => {
    assert.ok(draws(1, 10_000).every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32));
  });

  test("each bit is set half of the time", () => {
    const numbers = draws(42, 20_000);
    for (let bit = 0; bit < 32; bit++) {
      const set = numbers.filter((number) => ((number >>> bit) & 1) === 1).length;
      assert.ok(Math.abs(set - 10_000) < 400, `bit ${bit}: ${set} of 20000`);
    }
  });

  test("below is even, and hits both ends", () => {
    const prng = new Prng(7);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw++) {
      const number = prng.below(10);
      counts[number] = (counts[number] ?? Number.NaN) + 1;
    }
    assert.equal(counts.length, 10);
    for (const count of counts) assert.ok(Math.abs(count - 2000) < 200, `${count} of 20000`);
  });

  test("chance has its probability; never at 0, always at 1", () => {
    const prng = new Prng(3);
    const hits = Array.from({ length: 20_000 }, () => prng.chance(0.25)).filter(Boolean).length;
    assert.ok(Math.abs(hits - 5000) < 300, `${hits} of 20000`);
    assert.ok(!Array.from({ length: 1000 }, () => prng.chance(0)).includes(true));
    assert.ok(!Array.from({ length: 1000 }, () => prng.chance(1)).includes(false));
  });

  test("neighboring seeds have nothing in common", () => {
    const seen = new Set(Array.from({ length: 1000 }, (_, seed) => draws(seed, 1)[0]));
    assert.ok(seen.size >= 999, `${seen.size} first numbers of 1000 seeds`);
  });

  test("a fork does not move with its origin", () => {
    const [one, two] = [new Prng(5), new Prng(5)];
    const [forkOfOne, forkOfTwo] = [one.fork(), two.fork()];
    for (let count = 0; count < 10; count++) one.next();
    const numbers = Array.from({ length: 10 }, () => forkOfOne.next());
    assert.deepEqual(
      numbers,
      Array.from({ length: 10 }, () => forkOfTwo.next()),
    );
    assert.notDeepEqual(
      numbers,
      Array.from({ length: 10 }, () => two.next()),
    );
  });
});
