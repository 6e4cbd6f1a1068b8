// Goal: the search finds every state and every way to it, and what is wrong; so that its silence
// about the library means something.
// Method: toy worlds whose states can be counted by hand, each with another mistake in it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Broken, explore, type Space } from "./explore.ts";

/** Two counters from 0 to 3 that are stepped on their own: 16 states, 24 transitions. */
interface Counters {
  a: number;
  b: number;
  readonly history: string[];
}

const COUNTERS: Space<Counters, "a" | "b"> = {
  make: async () => ({ a: 0, b: 0, history: [] }),
  choices: ({ a, b }) => [...(a < 3 ? (["a"] as const) : []), ...(b < 3 ? (["b"] as const) : [])],
  apply: async (world, choice) => {
    world[choice]++;
    world.history.push(choice);
  },
  key: ({ a, b }) => `${a} ${b}`,
  text: (choice) => choice,
  complaints: () => [],
  isQuiet: ({ a, b }) => a === 3 && b === 3,
  futureComplaints: async () => [],
  sights: ({ a, b }) => (a === b ? ["equal"] : []),
  trace: ({ history }) => history.join(""),
};

function brokenBy(change: Partial<typeof COUNTERS>): Promise<string> {
  return explore({ ...COUNTERS, ...change }, 100).then(
    () => "nothing",
    (error: unknown) => (error instanceof Broken ? error.message : `no Broken: ${error}`),
  );
}

describe("the search", () => {
  test("finds every state and every transition once", async () => {
    const report = await explore(COUNTERS, 100);
    assert.equal(report.states, 16);
    assert.equal(report.transitions, 24);
    assert.equal(report.quiet, 1);
    assert.equal(report.depth, 6);
    assert.deepEqual(report.sights, ["equal"]);
  });

  test("follows a circle once", async () => {
    const circle: Partial<typeof COUNTERS> = {
      choices: ({ a }) => (a === 3 ? [] : ["a", "b"]),
      apply: async (world, choice) => {
        world.a = choice === "b" ? 0 : world.a + 1;
      },
      isQuiet: ({ a }) => a === 3,
    };
    const report = await explore({ ...COUNTERS, ...circle }, 100);
    assert.equal(report.states, 4);
    assert.equal(report.transitions, 6);
  });

  test("tells the shortest list of choices that leads to what is wrong", async () => {
    const complaints = ({ a, b }: Counters) => (a === 2 && b >= 1 ? ["a is two"] : []);
    const message = await brokenBy({ complaints });
    const lines = message.split("\n");
    assert.equal(lines[0], "a is two");
    const choices = lines.filter((line) => /^\d\. /.test(line)).map((line) => line.slice(3));
    assert.deepEqual(choices.sort(), ["a", "a", "b"]);
    assert.match(message, /Kernel:\n(?:aab|aba|baa)$/);
  });

  test("tells what a choice throws", async () => {
    const apply: typeof COUNTERS.apply = async (world, choice) => {
      await COUNTERS.apply(world, choice);
      if (world.b === 2) throw new Error("b is two");
    };
    assert.match(await brokenBy({ apply }), /^Error: b is two\n\nChoices:\n1\. b\n2\. b\n/);
  });

  test("notices a wrong that depends on the way, in a state that was seen before", async () => {
    const complaints = ({ history }: Counters) => (history.join("") === "baab" ? ["baab"] : []);
    assert.match(await brokenBy({ complaints }), /^baab\n/);
  });

  test("notices a key that leaves out what can happen next", async () => {
    const key = ({ a, b }: Counters) => `${a + b}`;
    assert.match(await brokenBy({ key }), /^One key, and different (?:choices|futures)/);
  });

  test("notices a key that leaves out where a choice leads", async () => {
    // Who begins with b leaves out the 2 of a: nothing in the key says so.
    const apply: typeof COUNTERS.apply = async (world, choice) => {
      await COUNTERS.apply(world, choice);
      if (world.history[0] === "b" && world.a === 2) world.a = 3;
    };
    assert.match(await brokenBy({ apply }), /^One key, and different futures/);
  });

  test("notices a place from which nothing comes to rest", async () => {
    const isQuiet = ({ a, b }: Counters) => a === 3 && b === 2;
    assert.match(await brokenBy({ isQuiet }), /^From here nothing comes to rest/);
  });

  test("notices what is wrong with the future of a world at rest", async () => {
    const futureComplaints = async ({ a }: Counters) => (a === 3 ? ["no future"] : []);
    assert.match(await brokenBy({ futureComplaints }), /^no future/);
  });

  test("comes to an end when there are too many states", async () => {
    const choices = () => ["a"] as const;
    assert.match(await brokenBy({ choices }), /^There are more than 100 states/);
  });
});
