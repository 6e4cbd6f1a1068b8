// Goal: one listener per signal, however many operations share it; aborting asks each of them once;
// listeners of signals that nobody uses any more do not pile up.
// Method: targets that count, signals whose listeners are counted by Node.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import fc from "fast-check";

import { IDLE_SIGNALS_MAX } from "../../../src/base/limits.ts";
import { abortedBy, type CancelCause, watchSignal } from "../../../src/operation/cancel.ts";

class Target {
  readonly causes: CancelCause[] = [];
  onCancel: () => void = () => {};

  cancel(cause: CancelCause): void {
    this.causes.push(cause);
    this.onCancel();
  }
}

function listenerCount(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("watchSignal()", () => {
  test("many operations, one listener; abort asks each once, with the reason", () => {
    const controller = new AbortController();
    const targets = Array.from({ length: 1000 }, () => new Target());
    for (const target of targets) watchSignal(controller.signal, target);
    assert.equal(listenerCount(controller.signal), 1);
    const reason = { why: "enough" };
    controller.abort(reason);
    for (const { causes } of targets) {
      assert.deepEqual(causes, [{ code: "ABORT_ERR", cause: reason, isOwn: false }]);
    }
  });

  test("what is unlinked is not asked; the rest is", () => {
    const unlinked = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 10 });
    fc.assert(
      fc.property(unlinked, (gone) => {
        const controller = new AbortController();
        const targets = Array.from({ length: 10 }, () => new Target());
        const links = targets.map((target) => watchSignal(controller.signal, target));
        for (const at of gone) links[at]?.unlink();
        controller.abort();
        targets.forEach((target, at) => {
          assert.equal(target.causes.length, gone.includes(at) ? 0 : 1);
        });
      }),
    );
  });

  test("asking one may end others: they are not asked any more", () => {
    const controller = new AbortController();
    const [one, two, three] = [new Target(), new Target(), new Target()];
    const links = [one, two, three].map((target) => watchSignal(controller.signal, target));
    // The newest is asked first.
    three.onCancel = () => {
      links[0]?.unlink();
      links[1]?.unlink();
    };
    controller.abort();
    assert.deepEqual([one, two, three].map((target) => target.causes.length).sort(), [0, 0, 1]);
  });

  test("unlinking in any order, during the abort too, leaves a list that works", () => {
    const controller = new AbortController();
    const [one, two] = [new Target(), new Target()];
    const first = watchSignal(controller.signal, one);
    const second = watchSignal(controller.signal, two);
    second.unlink();
    first.unlink();
    const three = new Target();
    const third = watchSignal(controller.signal, three);
    three.onCancel = () => third.unlink();
    controller.abort();
    assert.deepEqual(
      [one, two, three].map((target) => target.causes.length),
      [0, 0, 1],
    );
  });

  test("a signal that is used again and again is listened to once", () => {
    const { signal } = new AbortController();
    for (let round = 0; round < 100; round++) {
      watchSignal(signal, new Target()).unlink();
      assert.equal(listenerCount(signal), 1);
    }
  });

  test("signals that nobody uses any more are not listened to, but for a bounded few", () => {
    const signals = Array.from({ length: 1000 }, () => new AbortController().signal);
    for (const signal of signals) watchSignal(signal, new Target()).unlink();
    const count = signals.filter((signal) => listenerCount(signal) > 0).length;
    assert.ok(count <= IDLE_SIGNALS_MAX, `${count}`);
  });

  test("a signal in use keeps its listener while others come and go", () => {
    const controller = new AbortController();
    const target = new Target();
    watchSignal(controller.signal, new Target()).unlink(); // It was idle once.
    watchSignal(controller.signal, target);
    for (let round = 0; round < 100; round++) {
      watchSignal(new AbortController().signal, new Target()).unlink();
    }
    assert.equal(listenerCount(controller.signal), 1);
    controller.abort();
    assert.equal(target.causes.length, 1);
  });

  test("one that was idle, dropped and used again hears of the abort, once", () => {
    const controller = new AbortController();
    watchSignal(controller.signal, new Target()).unlink();
    for (let round = 0; round < 100; round++) {
      watchSignal(new AbortController().signal, new Target()).unlink();
    }
    const target = new Target();
    watchSignal(controller.signal, target);
    assert.equal(listenerCount(controller.signal), 1);
    controller.abort();
    assert.equal(target.causes.length, 1);
  });

  test("works for signals of AbortSignal.any() and for several at once", () => {
    const [one, two] = [new AbortController(), new AbortController()];
    const any = AbortSignal.any([one.signal, two.signal]);
    const targets = [new Target(), new Target(), new Target()];
    watchSignal(any, targets[0]!);
    watchSignal(one.signal, targets[1]!);
    watchSignal(two.signal, targets[2]!);
    two.abort("two");
    assert.deepEqual(
      targets.map((target) => target.causes[0]?.cause),
      ["two", undefined, "two"],
    );
  });
});

test("abortedBy() has the reason if it was aborted, and the standard one if none was given", () => {
  const controller = new AbortController();
  assert.equal(abortedBy(controller.signal), null);
  assert.equal(abortedBy(undefined), null);
  controller.abort();
  const aborted = abortedBy(controller.signal);
  assert.equal(aborted?.code, "ABORT_ERR");
  assert.equal((aborted?.cause as DOMException | undefined)?.name, "AbortError");
});
