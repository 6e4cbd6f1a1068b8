// Goal: errors say what was asked, of what, and why not; showing a refused value calls nothing.
// Method: each kind of error is made and looked at; any value is shown.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { bug, InvariantError, assert as mustHold } from "../../../src/base/assert.ts";
import {
  CODES,
  type Code,
  IoError,
  ownError,
  rangeError,
  shown,
  typeError,
} from "../../../src/base/errors.ts";
import * as limits from "../../../src/base/limits.ts";

describe("IoError", () => {
  test("says what, of what, and why, and has the parts by name", () => {
    const cause = new Error("why");
    const error = new IoError("no such file or directory", {
      code: "ENOENT",
      errno: -2,
      syscall: "open",
      path: '/a "b"\n',
      bytesTransferred: 5,
      cause,
    });
    assert.equal(error.message, 'Cannot open "/a \\"b\\"\\n": no such file or directory (ENOENT)');
    assert.equal(error.name, "IoError");
    assert.equal(error.code, "ENOENT");
    assert.equal(error.errno, -2);
    assert.equal(error.syscall, "open");
    assert.equal(error.path, '/a "b"\n');
    assert.equal(error.bytesTransferred, 5);
    assert.equal(error.cause, cause);
    assert.ok(error instanceof Error);
  });

  test("without path, errno and cause has none of them", () => {
    const error = new IoError("meaning", { code: "EIO", syscall: "read" });
    assert.equal(error.message, "Cannot read: meaning (EIO)");
    assert.deepEqual([error.path, error.errno, error.bytesTransferred], [undefined, undefined, 0]);
    assert.equal("cause" in error, false);
  });

  test("an abort is called AbortError, as Web APIs and Node match it; nothing else is", () => {
    for (const code of Object.keys(CODES) as Code[]) {
      const error = ownError(code, { syscall: "read" });
      assert.equal(error.name, code === "ABORT_ERR" ? "AbortError" : "IoError", code);
      assert.equal(error.code, code);
      assert.match(error.message, /^Cannot read: .+ \([A-Z_]+\)$/);
    }
  });
});

test("typeError() and rangeError() carry codes", () => {
  const codeOf = (error: Error): unknown => (error as Error & { code?: unknown }).code;
  assert.ok(typeError("m") instanceof TypeError);
  assert.equal(codeOf(typeError("m")), "ERR_INVALID_ARG_TYPE");
  assert.equal(codeOf(typeError("m", "ERR_CLOSED")), "ERR_CLOSED");
  assert.ok(rangeError("m") instanceof RangeError);
  assert.equal(codeOf(rangeError("m")), "ERR_OUT_OF_RANGE");
});

test("InvariantError is neither of the others", () => {
  assert.throws(
    () => bug("what"),
    (error: unknown) =>
      error instanceof InvariantError &&
      !(error instanceof IoError) &&
      error.code === "ERR_INVARIANT" &&
      error.message === "Invariant broken: what",
  );
  mustHold(true, "holds");
  assert.throws(() => mustHold(false, "not"), InvariantError);
});

describe("shown()", () => {
  test("is short and calls nothing, whatever the value", () => {
    const hostile = new Proxy(() => {}, {
      get: () => assert.fail("called into the value"),
      getPrototypeOf: () => assert.fail("called into the value"),
    });
    for (const value of [hostile, { toString: assert.fail, toJSON: assert.fail }]) {
      assert.ok(shown(value).startsWith("a"));
    }
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        assert.equal(typeof shown(value), "string");
        assert.ok(typeof value === "bigint" || shown(value).length < 500);
      }),
    );
  });

  test("tells -0 from 0, text from number, and cuts long text", () => {
    assert.equal(shown(-0), "-0");
    assert.equal(shown(0), "0");
    assert.equal(shown("0"), '"0"');
    assert.equal(shown(5n), "5n");
    assert.equal(shown(null), "null");
    assert.equal(shown(undefined), "undefined");
    assert.equal(shown(Symbol("s")), "a symbol");
    assert.ok(shown("x".repeat(1e6)).length < 100);
  });
});

test("limits are positive whole numbers in sensible relation", () => {
  for (const [name, value] of Object.entries(limits)) {
    assert.ok(Number.isSafeInteger(value) && value > 0, name);
  }
  assert.ok(limits.BLOCKING_OPENS_MAX < limits.BLOCKING_WORKERS_MAX);
  assert.ok(limits.RING_ENTRIES_MIN <= limits.RING_ENTRIES_FIRST);
  assert.ok(limits.RING_ENTRIES_FIRST <= limits.RING_ENTRIES_MAX);
  assert.equal(Math.log2(limits.RING_ENTRIES_FIRST) % 1, 0);
  assert.ok(limits.CANCEL_RETRY_MS_FIRST <= limits.CANCEL_RETRY_MS_MAX);
});
