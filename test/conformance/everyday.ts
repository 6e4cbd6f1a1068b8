// Everyday calls: each of them ends in every way, and what it is made of ends with it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { EverydayCalls, IoError, Scope } from "../../src/index.ts";
import { assertQuiet, submissionsOf } from "./checks.ts";
import { directoryCases } from "./everyday-directories.ts";
import { fileCases } from "./everyday-files.ts";
import { EVERYDAY, type Everyday, makeProps } from "./everyday-table.ts";
import { LONG_MS, type Stage, type Subject, turn } from "./subject.ts";
import { Hostility, trouble } from "./values.ts";

export function everydayCases(subject: Subject, stage: () => Stage): void {
  describe("everyday calls", () => {
    for (const call of EVERYDAY) {
      describe(`${call.name}()`, () => {
        lifeCases(call, stage);
        endCases(call, stage);
        scopeCases(call, stage);
        optionCases(call, stage);
      });
    }
    test("none was left out", () => {
      const methods = Object.getOwnPropertyNames(EverydayCalls.prototype);
      // One that has a test of its own.
      const others = ["constructor", "copy"];
      assert.deepEqual(
        methods.filter((name) => !others.includes(name)).sort(),
        EVERYDAY.map(({ name }) => name).sort(),
      );
    });
    fileCases(stage);
    directoryCases(subject, stage);
  });
}

/** Nothing of it is left in the library, in the kernel, or open. */
function assertOver(stage: Stage, descriptors: number): void {
  assertQuiet(stage);
  assert.equal(stage.world.descriptorCount(), descriptors, "a descriptor was left open");
}

function lifeCases(call: Everyday, stage: () => Stage): void {
  test("does what it says", async () => {
    const props = await makeProps(stage());
    const descriptors = props.world.descriptorCount();
    const value = await call.start(stage().io, props, { timeoutMs: LONG_MS });
    call.check(props, value as never);
    call.checkAnyway(props);
    assertOver(stage(), descriptors);
  });

  test("aborted before: the kernel is never asked", async () => {
    const props = await makeProps(stage());
    const before = submissionsOf(stage());
    const reason = new Error("the reason");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(call.start(stage().io, props, { signal }), (error: IoError) => {
      assert.deepEqual([error.name, error.code], ["AbortError", "ABORT_ERR"]);
      assert.deepEqual([error.syscall, error.bytesTransferred], [call.name, 0]);
      assert.equal(error.cause, reason);
      return true;
    });
    assert.equal(submissionsOf(stage()), before);
    call.checkAnyway(props);
    assertQuiet(stage());
  });
}

const WHEN: readonly (readonly [when: string, wait: () => unknown])[] = [
  ["in the turn of the call", () => undefined],
  ["a microtask later", () => Promise.resolve()],
  ["a turn later", turn],
  ["three turns later", async () => [await turn(), await turn(), await turn()]],
];

function endCases(call: Everyday, stage: () => Stage): void {
  for (const [when, wait] of WHEN) {
    for (const way of ["canceled", "timed out"] as const) {
      test(`${way} ${when}: it tells the truth, and nothing goes on`, async () => {
        const props = await makeProps(stage());
        const descriptors = props.world.descriptorCount();
        const controller = new AbortController();
        const { signal } = controller;
        const options = way === "canceled" ? { signal } : { timeoutMs: LONG_MS };
        const calling = call.start(stage().io, props, options);
        calling.catch(() => {}); // Looked at below.
        await wait();
        if (way === "canceled") controller.abort();
        else stage().passTime(LONG_MS);
        const code = way === "canceled" ? "ABORT_ERR" : "ETIMEDOUT";
        await calling.then(
          (value) => call.check(props, value as never),
          (error: IoError) => assert.deepEqual([error.code, error.syscall], [code, call.name]),
        );
        call.checkAnyway(props);
        assertOver(stage(), descriptors);
      });
    }
  }
}

function scopeCases(call: Everyday, stage: () => Stage): void {
  test("in a scope: leaving waits for it, and ends it", async () => {
    for (const [, wait] of WHEN) {
      const props = await makeProps(stage());
      const descriptors = props.world.descriptorCount();
      const scope = new Scope({ io: stage().io });
      const calling = call.start(scope, props, {});
      let isOver = false;
      // Nobody hears of what the scope's own end came to; so that must be no unhandled rejection.
      const told = calling.then(
        (value) => [value],
        (error: unknown) => error,
      );
      void told.then(() => {
        isOver = true;
      });
      await wait();
      await scope.leave();
      assert.equal(isOver, true, "left before the call was over");
      const value = await told;
      if (Array.isArray(value)) call.check(props, value[0] as never);
      else assert.ok(value instanceof IoError && value.code === "ABORT_ERR", String(value));
      call.checkAnyway(props);
      assertOver(stage(), descriptors);
      await assert.rejects(async () => call.start(scope, props, {}), { code: "ERR_SCOPE_LEFT" });
    }
  });
}

/** These are signals, or none. */
const RIGHT = ["undefined", "a signal", "an aborted signal"];

function optionCases(call: Everyday, stage: () => Stage): void {
  test("wrong options throw before anything is submitted", async () => {
    const props = await makeProps(stage());
    const before = submissionsOf(stage());
    const signal = AbortSignal.abort();
    const codes = ["ABORT_ERR", "ERR_INVALID_ARG_TYPE", "ERR_OUT_OF_RANGE"];
    for (const option of ["signal", "timeoutMs"]) {
      for (const { name, make } of trouble.filter(({ name }) => !RIGHT.includes(name))) {
        const calling = async (): Promise<unknown> =>
          call.start(stage().io, props, { signal, [option]: make() });
        const error = await calling().then(
          () => assert.fail(`${option} = ${name} was taken`),
          (reason: { code?: string }) => reason,
        );
        if (error instanceof Hostility) continue;
        assert.ok(codes.includes(error.code ?? ""), `${option} = ${name}: ${String(error)}`);
      }
    }
    assert.equal(submissionsOf(stage()), before);
    assertQuiet(stage());
  });
}
