// Goal: drain() lets writes land, also those that follow when one of them is done: nothing is asked
// to stop before the deadline but what may wait for ever.
// Method: a chain of writes and a close, each begun when the one before has settled, while drain()
// waits; a backend that answers by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import type { DrainReport, File } from "../../src/index.ts";
import { openFake, reactions } from "../unit/api/fake-file.ts";

async function chain(file: File): Promise<string> {
  await file.write("one");
  await file.write("two");
  await file.close();
  return "all landed";
}

test("drain() waits for the writes that follow, and cancels none of them", async () => {
  const { io, file, backend, clock } = await openFake(false);
  const landing = chain(file);
  let report: DrainReport | undefined;
  void io.drain({ deadlineMs: 1000 }).then((value) => {
    report = value;
  });
  for (const expected of ["write", "write", "close"]) {
    await reactions();
    assert.equal(report, undefined, `before the ${expected} was over`);
    assert.deepEqual(backend.kinds, [expected]);
    assert.deepEqual(backend.canceled, []);
    backend.done(3);
  }
  assert.equal(await landing, "all landed");
  await reactions();
  assert.deepEqual(report, { held: [] });
  assert.equal(clock.timerCount, 0);
});
