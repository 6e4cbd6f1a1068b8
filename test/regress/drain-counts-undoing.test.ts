// Goal: drain() ends only when nothing is in flight, the closing of what orphans opened included.
// Method: an abandoned open that succeeds while drain() waits, on a backend that answers by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeFakeIo } from "../support/fake-kernel-backend.ts";
import { reactions } from "../unit/api/fake-file.ts";

test("drain() waits until the descriptor of an abandoned open is closed", async () => {
  const { io, backend } = makeFakeIo();
  io.open("/a").abandon();
  let held: readonly unknown[] | undefined;
  void io.drain({ deadlineMs: 100 }).then((report) => {
    held = report.held;
  });
  backend.answer({ kind: "opened", fd: 9, isStream: false });
  await reactions();
  assert.equal(held, undefined, "the close is in flight, and the deadline has not come");
  assert.deepEqual(backend.kinds, ["close"]);
  backend.done(0);
  await reactions();
  assert.deepEqual(held, []);
});
