// Goal: the machine's clock never goes back, and its timers hold nobody.
// Method: two readings; a timer that runs, one that is canceled, one that is left behind.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { systemClock } from "../../../src/base/clock.ts";
import { StepClock } from "../../../src/base/step-clock.ts";

describe("systemClock", () => {
  test("now() never goes back", () => {
    const first = systemClock.now();
    assert.ok(systemClock.now() >= first);
  });

  test("after() runs once, unless canceled; what is left does not hold the process", async () => {
    const ran: string[] = [];
    const hold = setInterval(() => {}, 1 << 30);
    await new Promise<void>((resolve) => {
      systemClock.after(0, () => ran.push("canceled")).cancel();
      systemClock.after(1, () => {
        ran.push("ran");
        resolve();
      });
    });
    clearInterval(hold);
    systemClock.after(1 << 30, assert.fail);
    assert.deepEqual(ran, ["ran"]);
  });
});

test("the tests' own clock runs what is due, in order, and no more", () => {
  const clock = new StepClock();
  const ran: string[] = [];
  clock.after(5, () => ran.push("5"));
  clock.after(3, () => {
    ran.push("3");
    clock.after(1, () => ran.push("4"));
  });
  clock.after(3, () => ran.push("never")).cancel();
  clock.after(6, () => ran.push("6"));
  clock.step(5);
  assert.deepEqual(ran, ["3", "4", "5"]);
  assert.equal(clock.now(), 5);
  assert.equal(clock.nextMs, 1);
});
