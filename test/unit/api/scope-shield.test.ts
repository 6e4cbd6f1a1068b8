// Goal: what runs in a shield is not canceled with its scope, but by its own deadline; and the
// scope is not left before it is over.
// Method: the kernel's answers are given by hand, time is stepped.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Scope } from "../../../src/index.ts";
import { quiet } from "./fake-file.ts";
import { codesOf, errorOf, readOf, ScopeBed, settled } from "./scope-bed.ts";

const USUAL_DEADLINE_MS = 5000;

describe("shield()", () => {
  test("is not canceled with its scope, whatever cancels that, nor is what is in it", async () => {
    const controller = new AbortController();
    const bed = new ScopeBed({ signal: controller.signal, deadlineMs: 50 });
    let inner: Scope | undefined;
    const shielded = bed.scope.shield(async (shield) => {
      inner = shield.nested();
      const task = shield.run((scope) => scope.stat("/a").catch(codesOf));
      return Promise.all([task, inner.stat("/b").catch(codesOf)]);
    });
    await settled();
    controller.abort();
    bed.scope.cancel();
    bed.fake.clock.step(50);
    void bed.leave();
    assert.deepEqual(
      bed.scope.inFlight().map(({ state }) => state),
      ["submitted", "submitted"],
    );
    bed.answer("stat", "EIO");
    bed.answer("stat", "EIO");
    assert.deepEqual(await shielded, [
      ["EIO", undefined],
      ["EIO", undefined],
    ]);
    await settled();
    assert.equal(bed.log.at(-1), "left");
    assert.equal(inner?.phase, "left");
  });

  test("has five seconds, or as much as it is given; then it is canceled", async () => {
    for (const deadlineMs of [undefined, 70]) {
      const bed = new ScopeBed();
      const work = (shield: Scope): Promise<unknown> => shield.stat("/a");
      const shielded = bed.scope.shield(work, deadlineMs === undefined ? {} : { deadlineMs });
      void bed.leave();
      bed.fake.clock.step((deadlineMs ?? USUAL_DEADLINE_MS) - 1);
      assert.deepEqual(bed.fake.backend.canceled, []);
      bed.fake.clock.step(1);
      assert.equal(bed.fake.backend.canceled.length, 1);
      assert.equal(bed.scope.phase, "leaving");
      bed.answer("stat", "canceled");
      assert.deepEqual(codesOf(await errorOf(shielded)), ["ETIMEDOUT", "ETIMEDOUT"]);
      await settled();
      assert.equal(bed.log.at(-1), "left");
    }
  });

  test("has a signal of its own, if it is given one", async () => {
    const controller = new AbortController();
    const bed = new ScopeBed();
    const { signal } = controller;
    const shielded = bed.scope.shield((shield) => shield.stat("/a"), { signal });
    controller.abort();
    bed.answer("stat", "canceled");
    assert.deepEqual(codesOf(await errorOf(shielded))[0], "ABORT_ERR");
    assert.equal(bed.scope.signal.aborted, false);
  });

  test("rejects with what it throws; leaving does not tell it again", async () => {
    const bed = new ScopeBed();
    const mistake = new Error("in the shield");
    const shielded = bed.scope.shield(() => Promise.reject(mistake));
    assert.equal(await errorOf(shielded), mistake);
    await bed.leave();
  });

  test("resolves with what it returns, after its files have been closed", async () => {
    const bed = new ScopeBed();
    const shielded = bed.scope.shield((shield) => bed.open(shield));
    await settled();
    bed.answer("close");
    assert.equal((await shielded).state, "closed");
  });

  test("does not spare a file of the scope", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const shielded = bed.scope.shield(async () => readOf(file));
    bed.scope.cancel();
    assert.deepEqual(
      bed.scope.inFlight().map(({ state }) => state),
      ["canceling"],
    );
    bed.answer("read", "canceled");
    assert.equal(codesOf(await errorOf(shielded))[0], "ABORT_ERR");
    const later = bed.scope.shield(async () => file.sync());
    assert.equal(codesOf(await errorOf(later))[0], "ABORT_ERR");
  });

  test("spares one that it has taken over, and closes it in its end", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const before = quiet(readOf(file));
    bed.scope.cancel();
    const shielded = bed.scope.shield(async (shield) => {
      shield.add(file);
      return file.write("the end");
    });
    assert.deepEqual(
      bed.scope
        .inFlight()
        .map(({ kind, state }) => [kind, state])
        .sort(),
      [
        ["read", "canceling"],
        ["write", "submitted"],
      ],
    );
    void bed.leave();
    bed.answer("read", "canceled");
    bed.answer("write");
    await settled();
    bed.answer("close");
    assert.equal(await shielded, 1);
    await settled();
    assert.equal(bed.log.at(-1), "left");
    assert.equal(before.state, "settled");
  });

  test("can be begun by a task that hears of the end, in a shield again", async () => {
    const bed = new ScopeBed();
    const task = bed.scope.run(async (scope) => {
      await scope.stat("/a").catch(() => {});
      return scope.shield((outer) =>
        outer.shield(async (inner) => {
          outer.cancel();
          return (await inner.stat("/b").outcome()).status;
        }),
      );
    });
    void bed.leave();
    bed.answer("stat", "canceled");
    await settled();
    bed.answer("stat", "EIO");
    assert.equal(await task, "failed");
    await settled();
    assert.equal(bed.log.at(-1), "left");
  });
});
