// Goal: each call is heard of once, with its own result, or never, if it was withdrawn in time.
// Method: a shim in JavaScript, whose results come in the order and the batches of the test.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { CALL_WORDS, type CallKernel, Mailbox } from "../../../src/kernel/calls.ts";

/** Takes calls, and ends them when the test says so. */
class FakeShim implements CallKernel {
  /** Numbers of calls that wait or run. */
  readonly calls: number[] = [];
  /** What the next calls are answered: 0 is yes. */
  readonly refusals: number[] = [];
  #callback: (count: number) => void = () => {};
  #results: Float64Array = new Float64Array();

  readonly openCalls = (callback: (count: number) => void, results: Float64Array): void => {
    this.#callback = callback;
    this.#results = results;
  };

  readonly call = (_kind: number, number: number): number => {
    const refusal = this.refusals.shift() ?? 0;
    if (refusal === 0) this.calls.push(number);
    return refusal;
  };

  readonly cancelCall = (number: number): boolean => {
    const at = this.calls.indexOf(number);
    if (at >= 0) this.calls.splice(at, 1);
    return at >= 0;
  };

  /** Ends the calls at these places; each answers with ten times its number. */
  end(...places: readonly number[]): void {
    const ended = places.map((place) => this.calls[place] ?? 0);
    for (const [at, number] of ended.entries()) {
      this.calls.splice(this.calls.indexOf(number), 1);
      this.#results.set([number, 10 * number], 2 * at);
    }
    this.#callback(ended.length);
  }

  get batchMax(): number {
    return this.#results.length / 2;
  }
}

const WORDS = new Float64Array(CALL_WORDS);
const nobody = (): void => assert.fail("nobody was to hear of it");

describe("Mailbox", () => {
  test("each call has a number of its own, and hears its own result", () => {
    const shim = new FakeShim();
    const mailbox = new Mailbox(shim);
    const heard: string[] = [];
    for (const name of ["a", "b", "c", "d"]) {
      assert.ok(mailbox.start(0, WORDS, (result) => heard.push(`${name} ${result}`)) > 0);
    }
    assert.equal(new Set(shim.calls).size, 4);
    const [a = 0, b = 0, c = 0, d = 0] = shim.calls;
    shim.end(2, 0);
    shim.end(0, 1);
    assert.deepEqual(heard, [`c ${10 * c}`, `a ${10 * a}`, `b ${10 * b}`, `d ${10 * d}`]);
  });

  test("a refused call is told at once, and never heard of", () => {
    const shim = new FakeShim();
    const mailbox = new Mailbox(shim);
    shim.refusals.push(-11);
    assert.equal(mailbox.start(0, WORDS, nobody), -11);
    assert.equal(mailbox.cancel(1), false);
    assert.deepEqual(shim.calls, []);
  });

  test("withdrawn in time it is never heard of, too late it is", () => {
    const shim = new FakeShim();
    const mailbox = new Mailbox(shim);
    const first = mailbox.start(0, WORDS, nobody);
    let result = 0;
    const second = mailbox.start(0, WORDS, (heard) => {
      result = heard;
    });
    assert.equal(mailbox.cancel(first), true);
    assert.equal(mailbox.cancel(first), false);
    shim.end(0);
    assert.equal(result, 10 * second);
    assert.equal(mailbox.cancel(second), false);
  });

  test("what is started while results are told does not disturb them", () => {
    const shim = new FakeShim();
    const mailbox = new Mailbox(shim);
    const heard: number[] = [];
    const again = (result: number): void => {
      heard.push(result);
      if (heard.length < 4) {
        mailbox.start(0, WORDS, again);
        // Its result comes from within, in the same memory as those that are being told.
        shim.end(shim.calls.length - 1);
      }
    };
    const numbers = [mailbox.start(0, WORDS, again), mailbox.start(0, WORDS, again)];
    shim.end(0, 1);
    assert.deepEqual(
      heard.filter((result) => numbers.includes(result / 10)).length,
      2,
      "one of the first two was lost or doubled",
    );
    assert.equal(new Set(heard).size, heard.length);
  });

  test("in any order of calls, withdrawals and batches, each is heard of once or never", () => {
    const step = fc.record({ what: fc.constantFrom("start", "cancel", "end"), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const shim = new FakeShim();
        const mailbox = new Mailbox(shim);
        const heard = new Map<number, number>();
        let withdrawn = 0;
        for (const { what, which } of steps) {
          const place = which % Math.max(shim.calls.length, 1);
          if (what === "start") {
            const number = mailbox.start(0, WORDS, (result) => {
              assert.equal(result, 10 * number);
              heard.set(number, (heard.get(number) ?? 0) + 1);
            });
          } else if (what === "cancel" && shim.calls.length > 0) {
            withdrawn += mailbox.cancel(shim.calls[place] ?? 0) ? 1 : 0;
          } else if (what === "end" && shim.calls.length > 0) {
            const count = Math.min(1 + (which % 5), shim.calls.length, shim.batchMax);
            shim.end(...Array.from({ length: count }, (_, at) => at));
          }
        }
        const started = steps.filter(({ what }) => what === "start").length;
        assert.equal(heard.size + withdrawn + shim.calls.length, started);
        assert.ok([...heard.values()].every((count) => count === 1));
      }),
    );
  });
});
