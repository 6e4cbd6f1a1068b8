/**
 * Goal: as in `any-value.test.ts`, for the entry `overlapped/testing`: any value works or is
 * refused in words that help, and none takes the process with it.
 * Method: each function and each method of the world, each argument and option with each value, the
 * others being right. What is neither undone nor refused fails; a simulation says what it leaves.
 */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  assertQuiet,
  quietAfterEach,
  type SimulatedWorld,
  simulate,
  simulateSeeds,
} from "../../src/testing.ts";
import { publicOf } from "../support/declarations.ts";
import { summarize } from "../support/summary.ts";
import { HOSTILE, Thrown } from "./values.ts";

type Act = (value: never, world: SimulatedWorld) => unknown;

/** They would be tried one after the other, and rightly so. */
const isManySeeds = (value: unknown): boolean => typeof value === "number" && value > 10;
const OPTIONS = ["seed", "faults", "script", "disorder", "patienceMs"];

const nothing = async (): Promise<void> => {};
const withOption = (name: string): Act => {
  return (value) => simulate({ [name]: value }, nothing);
};

const FUNCTIONS: Readonly<Record<string, readonly Act[]>> = {
  assertQuiet: [(value) => value === undefined || assertQuiet(value)],
  quietAfterEach: [(value) => value === undefined || quietAfterEach(value)],
  simulate: [
    (value) => simulate(value, nothing),
    (value) => simulate({}, value),
    ...OPTIONS.map(withOption),
  ],
  simulateSeeds: [
    (value) => isManySeeds(value) || simulateSeeds(value, {}, nothing),
    (value) => simulateSeeds(1, value, nothing),
    (value) => simulateSeeds(1, {}, value),
  ],
};

const WORLD: Readonly<Record<string, readonly Act[]>> = {
  attributesOf: [(value, world) => world.attributesOf(value)],
  contentOf: [(value, world) => world.contentOf(value)],
  exists: [(value, world) => world.exists(value)],
  linkTargetOf: [(value, world) => world.linkTargetOf(value)],
  makeDirectory: [
    (value, world) => world.makeDirectory(value),
    (value, world) => world.makeDirectory("/made", value),
  ],
  makeFifo: [
    (value, world) => world.makeFifo(value),
    (value, world) => world.makeFifo("/made", value),
  ],
  makeFile: [
    (value, world) => world.makeFile(value),
    (value, world) => world.makeFile("/made", value),
    (value, world) => world.makeFile("/made", "", value),
  ],
  makeLink: [
    (value, world) => world.makeLink(value, "/file"),
    (value, world) => world.makeLink("/made", value),
  ],
  namesIn: [(value, world) => world.namesIn(value)],
  passTime: [(value, world) => world.passTime(value)],
  peerOf: [(value, world) => world.peerOf(value).close()],
  write: [(value, world) => withPeer(world, (peer) => peer.write(value))],
};

function withPeer(world: SimulatedWorld, act: (peer: Peer) => void): void {
  const peer = world.peerOf("/fifo");
  try {
    act(peer);
  } finally {
    peer.empty();
    peer.close();
  }
}

type Peer = ReturnType<SimulatedWorld["peerOf"]>;

const OF_LANGUAGE = /^Cannot perform '\w+' on a proxy|^Class constructors? |is not a function/;

function assertTold(error: unknown): void {
  if (error instanceof Thrown) return;
  assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
  const isTold = /^(?:Cannot \w|Nothing is at |".*" is no )/s.test(error.message);
  assert.ok(isTold || OF_LANGUAGE.test(error.message), error.stack);
}

let triesCount = 0;

async function tryAll(act: Act, world: SimulatedWorld): Promise<void> {
  for (const [what, make] of HOSTILE) {
    triesCount++;
    try {
      await act(make() as never, world);
    } catch (error) {
      assertTold(Object.assign(error as object, { what }));
    }
  }
}

for (const [name, acts] of Object.entries({ ...FUNCTIONS, ...WORLD })) {
  test(`${name} of the testing entry takes any value, or refuses it`, async () => {
    // A world for each: what was made by one would be there for the next.
    for (const act of acts) {
      await simulate({ faults: "none" }, async (_io, world) => {
        world.makeFile("/file", "content");
        world.makeFifo("/fifo");
        // One simulation at a time: what is in the world does not wait for another.
        if (name in WORLD) await tryAll(act, world);
      });
      if (name in FUNCTIONS) await tryAll(act, undefined as never);
    }
  });
}

test("the testing entry has no other calls with arguments", (t) => {
  const calls = publicOf("testing").filter(
    ({ kind, name, isOfClass, code }) =>
      (kind === "function" || (kind === "method" && isOfClass)) &&
      !name.endsWith(".constructor") &&
      !code.includes("()"),
  );
  const names = calls.map(({ name }) => name.slice(name.indexOf(".") + 1));
  assert.deepEqual(names.sort(), Object.keys({ ...FUNCTIONS, ...WORLD }).sort());
  summarize(t, {
    part: "hostile",
    scenario: "the same for the entry for tests, and the simulated world",
    subject: "simulated kernel",
    figures: { calls: names.length, tries: triesCount },
  });
});
