// Explores scenes in a process of its own, away from the test runner, which follows every promise
// and so makes it much slower. Each line of its input names a scene; for each it prints one.

import { createInterface } from "node:readline";
import { Broken, explore, type Report, type Space } from "./explore.ts";
import { complaintsOfFuture, complaintsOfWorld, isQuiet } from "./explore-checks.ts";

import { apply, type Choice, choicesOf, textOf } from "./explore-choices.ts";
import { keyOf } from "./explore-key.ts";
import { SCENES, STATES_MAX } from "./explore-list.ts";
import type { Scene } from "./explore-scenes.ts";
import { sightsOf } from "./explore-sights.ts";
import { World } from "./explore-world.ts";

/** What is printed of a scene: a report, or what is wrong. */
export interface Found {
  readonly name: string;
  readonly report?: Report;
  readonly broken?: string;
}

function spaceOf(scene: Scene): Space<World, Choice> {
  return {
    make: () => World.make(scene),
    choices: choicesOf,
    apply,
    key: keyOf,
    text: textOf,
    complaints: complaintsOfWorld,
    isQuiet,
    futureComplaints: complaintsOfFuture,
    sights: sightsOf,
    trace: ({ kernel }) => kernel.trace.toString(),
  };
}

// Errors are made by the million, and nobody asks where.
Error.stackTraceLimit = 0;
process.on("unhandledRejection", (reason) => World.bugs.push(String(reason)));

for await (const name of createInterface({ input: process.stdin })) {
  const scene = SCENES.find((each) => each.name === name);
  if (scene === undefined) throw new RangeError(`No scene is named ${name}`);
  let found: Found = { name };
  try {
    found = { name, report: await explore(spaceOf(scene), STATES_MAX) };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    found = { name, broken: error.message };
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
