// Goal: a tree that several remove at the same time is gone when all are done, and nobody fails.
// A directory that somebody else has removed cannot be listed any more (ENOENT): taken for the
// end of the whole, each of them could stop because of another, and the tree stayed.
// Method: on the simulated kernel, where hundreds of seeds draw the order of events, three remove
// one tree.

import assert from "node:assert/strict";
import { test } from "node:test";

import { simulateSeeds } from "../../src/testing.ts";

const SEEDS = 300;
const NAMES = ["one", "two", "three"];

test("a tree that several remove at a time is gone, with or without force", async () => {
  let met = 0;
  await simulateSeeds(SEEDS, { faults: "none", disorder: 0.6 }, async (io, world) => {
    world.makeDirectory("/t");
    for (const name of NAMES) {
      for (const path of [`/t/${name}`, `/t/${name}/inner`]) {
        world.makeDirectory(path);
        world.makeFile(`${path}/file`);
      }
    }
    const options = { recursive: true, force: met % 2 === 0 };
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => io.remove("/t", options)));
    assert.equal(await io.exists("/t"), false);
    for (const outcome of outcomes) {
      assert.equal(outcome.status, "fulfilled", String((outcome as PromiseRejectedResult).reason));
    }
    met++;
  });
  assert.equal(met, SEEDS);
});
