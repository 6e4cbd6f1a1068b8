// Goal: no session finds anything, also none that once did; and the fuzzer would find it: what is
// broken on purpose is found, and made small enough to be read.
// Method: sessions of fixed seeds, those that are kept in seeds.json, and sessions on backends and
// kernels that are wrong in one way each.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, describe, mock, test } from "node:test";
import { Handle } from "../../src/api/handle.ts";
import { Operation } from "../../src/api/operation.ts";
import { Fifo } from "../../src/backend/sim/fifo.ts";
import { Coverage } from "../../src/testing/fuzz/coverage.ts";
import type { Checker } from "../../src/testing/fuzz/finding.ts";
import type { MakeBackend } from "../../src/testing/fuzz/machine.ts";
import { drawPlan, type Plan } from "../../src/testing/fuzz/plan.ts";
import { describeFinding, explain } from "../../src/testing/fuzz/report.ts";
import { runSession, type SessionResult } from "../../src/testing/fuzz/session.ts";
import { shrink } from "../../src/testing/fuzz/shrink.ts";
import { BROKEN } from "./broken-backends.ts";

interface Kept {
  readonly seed: number;
  readonly found: string;
  readonly plan: Plan;
}

const FRESH_SEEDS = 150;

/** Sessions in which something broken must be found at the latest. */
const BROKEN_SEEDS = 400;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const repository = new URL("../../../", import.meta.url);
const kept = JSON.parse(readFileSync(new URL("test/sim/seeds.json", repository), "utf8")) as Kept[];

async function passes(plan: Plan): Promise<void> {
  const result = await runSession(plan, { turn });
  assert.equal(result.finding, null, explain(result));
}

async function firstFailure(makeBackend?: MakeBackend): Promise<SessionResult> {
  for (let seed = 0; seed < BROKEN_SEEDS; seed++) {
    const result = await runSession(drawPlan(seed), { turn, makeBackend });
    if (result.finding !== null) return result;
  }
  return assert.fail(`${BROKEN_SEEDS} sessions found nothing`);
}

describe("fuzzing", () => {
  for (const { seed, found, plan } of kept) {
    test(`seed ${seed}, which once found: ${found}`, async () => {
      await passes(plan);
      await passes(drawPlan(seed));
    });
  }

  test(`${FRESH_SEEDS} sessions find nothing, and all faults occur`, async () => {
    const coverage = new Coverage();
    for (let seed = 0; seed < FRESH_SEEDS; seed++) {
      const result = await runSession(drawPlan(seed), { turn, coverage });
      assert.equal(result.finding, null, `seed ${seed}: ${explain(result)}`);
    }
    assert.deepEqual(coverage.missing, []);
  });

  test("a seed plays the same session again, whatever was played before", async () => {
    const play = async (seed: number): Promise<string> =>
      (await runSession(drawPlan(seed), { turn })).trace.toString();
    const first = await play(7);
    await play(8);
    assert.equal(await play(7), first);
    assert.notEqual(await play(9), first);
  });
});

describe("fuzzing finds and makes small", () => {
  async function isFound(finders: readonly Checker[], makeBackend?: MakeBackend): Promise<void> {
    const failed = await firstFailure(makeBackend);
    const play = (plan: Plan): Promise<SessionResult> => runSession(plan, { turn, makeBackend });
    const { result } = await shrink(failed, play);
    const { finding, plan } = result;
    assert.ok(finding !== null && finders.includes(finding.checker), describeFinding(result));
    assert.ok(plan.actions.length <= 12, `${plan.actions.length} actions are left`);
    assert.match(explain(result), /program: /);
    const again = await play(plan);
    assert.equal(again.finding?.message, finding.message);
  }

  for (const { what, makeBackend, finders } of BROKEN) {
    test(`a backend that ${what}`, () => isFound(finders, makeBackend));
  }

  afterEach(() => mock.restoreAll());

  test("a FIFO that gives its bytes backwards", async () => {
    const { take } = Fifo.prototype;
    mock.method(Fifo.prototype, "take", function (this: Fifo, atMost: number) {
      return take.call(this, atMost).reverse();
    });
    await isFound(["stream"]);
  });

  test("a cancel() after which no failure is told of", async () => {
    const { cancel } = Operation.prototype;
    mock.method(Operation.prototype, "cancel", function (this: Operation<unknown>) {
      this.catch(() => {});
      return cancel.call(this);
    });
    await isFound(["rejection"]);
  });

  test("an end of the program's own cancel() that is told of as unhandled", async () => {
    const { then } = Promise.prototype;
    const whoListens = function (this: Promise<unknown>, ...listeners: Parameters<typeof then>) {
      return listeners[0] === undefined ? this : then.apply(this, listeners);
    };
    mock.method(Operation.prototype, "then", whoListens);
    await isFound(["rejection"]);
  });

  test("a file that is closed under a copy that takes its bytes", async () => {
    mock.method(Handle.prototype, "borrow", () => {});
    await isFound(["order", "memory"]);
  });

  test("nothing in a session that does not fail", async () => {
    const result = await runSession(drawPlan(0), { turn });
    await assert.rejects(
      shrink(result, () => assert.fail("played")),
      RangeError,
    );
  });
});

describe("overlapped sim", () => {
  const main = new URL("dist/src/cli/main.js", repository);
  const sim = (...args: readonly string[]) =>
    spawnSync(process.execPath, [main.pathname, "sim", ...args], { encoding: "utf8" });

  test("plays a seed again, and shows its trace if asked", () => {
    const { status, stdout } = sim("--seed", "7", "--trace");
    assert.equal(status, 0);
    assert.match(stdout, /^Seed 7: \d+ actions;/);
    assert.match(stdout, /step +ms +event +kernel +application/);
    assert.match(stdout, /kernel steps: all was as promised\n$/);
  });

  test("wants a seed that is one", () => {
    for (const args of [[], ["--seed", "x"], ["--seed", "4294967296"]]) {
      assert.equal(sim(...args).status, 2);
    }
  });
});
