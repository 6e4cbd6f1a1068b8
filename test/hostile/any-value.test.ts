/**
 * Goal: whatever value a public call is given, it works, or it throws what is documented before
 * anything was begun; and nothing is held afterwards.
 * Method: each call that the declarations have, each of its parameters and options, each value of a
 * long list, while the other arguments are right; and all of them drawn. Files and FIFOs are those
 * of a simulated kernel, which is asked afterwards what was left.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { type File, type Io, Scope, type StreamHandle } from "../../src/index.ts";
import { type SimulatedWorld, simulate } from "../../src/testing.ts";
import { summarize } from "../support/summary.ts";
import { assertFailure, assertRefusal, begunIn, end } from "./judge.ts";
import { CALLS, type Call } from "./surface.ts";
import { drawn, type Try, triesOf } from "./tries.ts";

/** Whose calls can be made in a simulation. */
const SIMULATED = [
  "EverydayCalls",
  "File",
  "FileAttributes",
  "FileStreams",
  "Io",
  "PathCalls",
  "Scope",
  "StreamHandle",
];

const CASES: readonly Call[] = CALLS.filter(
  ({ declaredBy, method, parameters }) =>
    SIMULATED.includes(declaredBy) && method !== "constructor" && parameters.length > 0,
);

/** Of each call, besides. */
const COMBINATIONS = 500;

const DRAWS = 40;

function combinationsOf(call: Call): Try[] {
  const seed = [...call.name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 1);
  const numbers = fc.sample(fc.nat(), { seed, numRuns: COMBINATIONS * DRAWS }).values();
  const draw = (below: number): number => (numbers.next().value ?? 0) % below;
  return Array.from({ length: COMBINATIONS }, () => drawn(call, draw));
}

let triesCount = 0;

type Method = (...args: readonly unknown[]) => unknown;

/** A small world, made anew whenever a call has changed it. */
class Bed {
  readonly #io: Io;
  readonly #world: SimulatedWorld;
  #file: File | null = null;
  #stream: StreamHandle | null = null;
  #scope: Scope | null = null;

  constructor(io: Io, world: SimulatedWorld) {
    this.#io = io;
    this.#world = world;
    world.makeFile("/f", "one\ntwo\n");
    world.makeFifo("/fifo");
  }

  /** Something that has the method, and is not in use. */
  async receiver({ declaredBy, method }: Call): Promise<object> {
    if (!this.#world.exists("/f")) this.#world.makeFile("/f", "one\ntwo\n");
    if (declaredBy === "Io" || declaredBy === "PathCalls" || declaredBy === "EverydayCalls") {
      return this.#io;
    }
    if (declaredBy === "Scope") {
      if (method === "use") return Scope;
      if (this.#scope?.phase !== "open") this.#scope = new Scope({ io: this.#io });
      return this.#scope;
    }
    if (declaredBy === "StreamHandle") {
      if (this.#stream?.state !== "open") this.#stream = await this.#io.openPipe("/fifo", "r+");
      return this.#stream;
    }
    if (this.#file?.state !== "open") this.#file = await this.#io.open("/f", "r+");
    return this.#file;
  }

  readonly stop = async (): Promise<void> => {
    await this.#stream?.cancelAll();
  };

  async close(): Promise<void> {
    await this.#scope?.leave().catch(assertFailure);
    await this.#stream?.close();
    await this.#file?.close();
  }
}

async function tryOnce(io: Io, bed: Bed, call: Call, args: readonly unknown[]): Promise<void> {
  const receiver = await bed.receiver(call);
  const method = (receiver as Record<string, Method>)[call.method] ?? assert.fail(call.name);
  const begun = begunIn(io);
  let result: unknown;
  try {
    result = method.apply(receiver, [...args]);
  } catch (error) {
    assertRefusal(error, call.isAsync);
    assert.equal(begunIn(io), begun, "it threw when something had begun");
    return;
  }
  await end(result, bed.stop);
}

for (const call of CASES) {
  test(`${call.name} takes any value, or refuses it`, async () => {
    await simulate({ faults: "none" }, async (io, world) => {
      const bed = new Bed(io, world);
      for (const { what, args } of [...triesOf(call), ...combinationsOf(call)]) {
        triesCount++;
        try {
          await tryOnce(io, bed, call, args);
        } catch (error) {
          throw new Error(`${call.name}: ${what}`, { cause: error });
        }
      }
      await bed.close();
    });
  });
}

test("what was tried is told", (t) => {
  assert.ok(triesCount > 10_000, `only ${triesCount} tries`);
  summarize(t, {
    part: "hostile",
    scenario: "any value for any argument and option: worked or was refused, and nothing was held",
    subject: "simulated kernel",
    figures: { calls: CASES.length, tries: triesCount },
  });
});
