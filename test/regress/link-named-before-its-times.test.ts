// Goal: what has its final name is whole, links included: one that was killed between a link's name
// and its times left a link that no later copy mended.
// Method: the trace of a simulated kernel, in which a link that was copied is given its name by a
// rename, when it has its times.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SimulationError, simulate } from "../../src/testing.ts";

test("a link has no name before it has its times, in a new directory, too", async () => {
  const simulation = simulate({ faults: "none" }, async (io, world) => {
    world.makeDirectory("/from");
    world.makeLink("/from/link", "nowhere");
    await io.copy("/from", "/to", { preserve: true });
    assert.equal(world.linkTargetOf("/to/link"), "nowhere");
    throw new Error("to have the trace");
  });
  const error = await simulation.catch((it: { simulation: unknown }) => it.simulation);
  assert.ok(error instanceof SimulationError);
  const submitted = error.trace.matchAll(/(symlink|utimes|rename) #\d+ submitted/g);
  const steps = Array.from(submitted, ([, kind]) => kind);
  assert.deepEqual(steps.slice(0, 3), ["symlink", "utimes", "rename"]);
});
