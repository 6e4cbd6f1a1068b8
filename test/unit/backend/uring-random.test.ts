// Goal: whatever a ring kernel does, all of it at once and in any order, each request reaches it
// once and completes once, not before the kernel has let go of it; no cancel is lost or hits
// somebody else; and in the end nothing is left.
// Method: random steps on the backend above a fake ring of the smallest size. The kernel takes a
// part, is interrupted, busy or out of memory, overflows, puts work off, interrupts requests,
// answers cancels in vain, late or not at all, repeats itself, and its indices wrap. Every
// completion is compared with what the kernel has answered. Seeds are fixed: a failure prints the
// one that failed and the shortest list of steps.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import type { Request } from "../../../src/backend/contract.ts";
import { EAGAIN, EBUSY, EINTR, ENOMEM, ENXIO, ERESTARTSYS } from "../../../src/kernel/errno.ts";
import { flushed, NOP, openFile, read, turned } from "./uring-harness.ts";
import { emptyTally, POLICIES, RandomRing, type Setting, WAYS } from "./uring-random.ts";

const EIO = 5;
const EMFILE = 24;
const ENOBUFS = 105;

interface Step {
  readonly name: string;
  readonly [fc.toStringMethod]: () => string;
  readonly run: (ring: RandomRing) => void | Promise<void>;
}

const step = (name: string, run: Step["run"]): Step => ({
  name,
  run,
  [fc.toStringMethod]: () => name,
});

const requests: readonly (() => Request)[] = [
  () => NOP,
  () => read(100),
  openFile,
  () => ({ kind: "fsync", fd: 3 }),
  () => ({ kind: "close", fd: 4 }),
];

/** One of the list, or undefined if it is empty. */
function pick<T>(list: readonly T[], number: number): T | undefined {
  return list[number % Math.max(list.length, 1)];
}

const number = fc.nat({ max: 1000 });
const live = (ring: RandomRing): number[] => [...ring.live.keys()];

const submits = fc
  .tuple(fc.constantFrom(...requests), fc.integer({ min: 1, max: 15 }))
  .map(([request, count]) =>
    step(`submit ${count} ${request().kind}`, (ring) => {
      for (let left = count; left > 0; left--) ring.submit(request());
    }),
  );

const cancels = fc.oneof(
  number.map((which) =>
    step(`cancel ${which}`, (ring) => {
      const id = pick(live(ring), which);
      if (id !== undefined) ring.cancel(id);
    }),
  ),
  fc.constant(
    step("cancel all", (ring) => {
      for (const id of live(ring)) ring.cancel(id);
    }),
  ),
  number.map((which) =>
    step(`cancel what is over: ${which}`, (ring) => {
      const past = pick(ring.past, which);
      if (past !== undefined) ring.cancel(past.id);
    }),
  ),
  fc.constantFrom(...POLICIES).map((policy) =>
    step(`kernel ${policy}`, (ring) => {
      ring.policy = policy;
    }),
  ),
  fc.constant(step("answer late cancels", (ring) => ring.answerLateCancels())),
);

const enters = fc
  .array(fc.constantFrom(0, 1, 2, 5, -EINTR, -EBUSY, -EAGAIN, -ENOMEM), {
    minLength: 1,
    maxLength: 4,
  })
  .map((answers) => step(`enter: ${answers}`, (ring) => void ring.kernel.plan.push(...answers)));

const results = fc.constantFrom(0, 7, -EIO, -ENOBUFS, -EINTR, -ERESTARTSYS, -ENXIO);

const answers = fc.oneof(
  fc.tuple(number, results, fc.constantFrom(...WAYS)).map(([which, result, way]) =>
    step(`${way} ${which}: ${result}`, (ring) => {
      const taken = pick([...ring.kernel.inFlight.values()], which);
      if (taken !== undefined) ring.answer(taken, result, way);
    }),
  ),
  fc.tuple(fc.constantFrom(0, 3, -EINTR), fc.constantFrom(...WAYS)).map(([result, way]) =>
    step(`${way} all: ${result}`, (ring) => {
      const newestFirst = [...ring.kernel.inFlight.values()].reverse();
      for (const taken of newestFirst) ring.answer(taken, result, way);
    }),
  ),
);

const repeats = number.map((which) =>
  step(`repeat ${which}`, (ring) => {
    const past = pick(ring.past, which);
    if (past !== undefined) ring.repeat(past);
  }),
);

const time = fc.oneof(
  fc.constant(step("microtasks", flushed)),
  fc.constant(step("turn", turned)),
  fc.constant(step("wake", (ring) => ring.wake())),
  fc.constantFrom(1, 10, 1000).map((ms) => step(`${ms} ms`, (ring) => ring.clock.step(ms))),
);

const reactions = number.map((which) =>
  step(`when one completes, cancel ${which} and submit`, (ring) => {
    ring.reactions.push(() => {
      const id = pick(live(ring), which);
      if (id !== undefined) ring.cancel(id);
      ring.submit(read(10));
    });
  }),
);

const startIndex = fc.constantFrom(0, 0x7fff_fffb, 0xffff_fff9);

interface Situation {
  readonly name: string;
  readonly setting: fc.Arbitrary<Setting>;
  readonly steps: fc.Arbitrary<Step[]>;
}

const common = [submits, cancels, enters, answers, time, time, reactions] as const;
const lengths = { minLength: 20, maxLength: 120 } as const;

const SITUATIONS: readonly Situation[] = [
  {
    name: "rings that grow",
    setting: fc.record({
      startIndex,
      growth: fc.array(fc.constantFrom(0, 0, -ENOMEM, -EMFILE), { maxLength: 3 }),
    }),
    steps: fc.array(fc.oneof(...common, repeats), lengths),
  },
  {
    name: "one ring, and completions that come twice",
    setting: fc.record({ startIndex, growth: fc.constant([-EMFILE]) }),
    steps: fc.array(fc.oneof(...common, repeats), lengths),
  },
];

describe("a ring kernel with all faults at once", () => {
  for (const { name, setting, steps } of SITUATIONS) {
    for (const seed of [1, 2, 3]) {
      test(`${name}: all complete once, no cancel is lost; seed ${seed}`, async (t) => {
        const tally = emptyTally();
        const property = fc.asyncProperty(setting, steps, async (given, list) => {
          const ring = new RandomRing(given);
          for (const { run } of list) {
            await run(ring);
            ring.check();
          }
          await ring.endCanceled();
          await ring.endAll();
          ring.addTo(tally);
        });
        await fc.assert(property, { seed, numRuns: 500 });
        t.diagnostic(JSON.stringify(tally));
        const { stale, "bigger rings": bigger, ...rest } = tally;
        assert.ok(Object.values(rest).every((count) => count > 100));
        assert.ok(setting === SITUATIONS[0]?.setting ? bigger > 100 : stale > 100);
      });
    }
  }
});
