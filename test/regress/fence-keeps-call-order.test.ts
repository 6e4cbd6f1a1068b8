// Goal: calls without a position run in the order in which they were made, also when the first of
// them waits behind an abandoned write and the next need not.
// Method: a write at a position is abandoned; then a write and a read without one are called.

import assert from "node:assert/strict";
import { test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { openFake, pendingOf } from "../unit/api/fake-file.ts";

test("a read without position does not overtake a write that the fence holds", async () => {
  const { file, backend } = await openFake(false);
  file.write(new IoBuffer(4), { position: 100 }).abandon();
  const write = file.write(new IoBuffer(3));
  const read = file.read(new IoBuffer(8));
  backend.answer({ kind: "canceled" }); // The fence falls.
  assert.deepEqual(pendingOf(backend), ["write@0+3"]);
  backend.done(3);
  assert.deepEqual(pendingOf(backend), ["read@3+8"]);
  backend.done(8);
  assert.deepEqual(await Promise.all([write, read]), [3, 8]);
});
