// Goal: drain() says "never rejects", and wrong arguments throw at the call, as everywhere.
// Method: wrong arguments of each kind.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drain } from "../../src/index.ts";

for (const [wrong, code] of [
  ["x", "ERR_INVALID_ARG_TYPE"],
  [null, "ERR_INVALID_ARG_TYPE"],
  [{ deadlineMs: "5" }, "ERR_INVALID_ARG_TYPE"],
  [{ deadlineMs: -1 }, "ERR_OUT_OF_RANGE"],
  [{ deadlineMs: 2 ** 31 }, "ERR_OUT_OF_RANGE"],
  [{ deadlineMs: Number.NaN }, "ERR_OUT_OF_RANGE"],
] as const) {
  test(`drain(${JSON.stringify(wrong)}) throws at the call`, () => {
    let returned: unknown;
    const call = (): void => {
      returned = drain(wrong as never);
    };
    try {
      assert.throws(call, { code });
    } finally {
      (returned as Promise<unknown> | undefined)?.catch(() => {});
    }
  });
}
