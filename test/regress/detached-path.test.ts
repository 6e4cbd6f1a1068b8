// Goal: a path whose bytes were transferred away is refused with a documented code, as data is.
// Method: each place for a path.

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeFakeIo } from "../support/fake-kernel-backend.ts";

test("detached bytes are no path", () => {
  const { io } = makeFakeIo();
  const path = new Uint8Array([0x61]);
  structuredClone(path.buffer, { transfer: [path.buffer] });
  const refused = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE", message: /^Cannot .*wanted/ };
  assert.throws(() => io.stat(path), refused);
  assert.throws(() => io.rename("a", path), refused);
  assert.throws(() => io.symlink(path, "a"), refused);
  assert.deepEqual(io.inFlight(), []);
});
