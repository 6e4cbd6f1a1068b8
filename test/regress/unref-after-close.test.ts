// Goal: unref() holds for a close that was called before it, too: behind a write that never ends it
// would keep the process alive. And ref() holds for one that was called after unref().
// Method: a write and a close on a backend that answers by hand; it is told whenever the first
// operation begins to hold the process, or the last one has stopped. Found by fuzzing, seed 99.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openFake } from "../unit/api/fake-file.ts";

test("unref() after close(): nothing holds the process", async () => {
  const { file, backend } = await openFake(false);
  void file.write("x");
  const closing = file.close();
  const { refreshes } = backend;
  file.unref();
  assert.equal(backend.refreshes, refreshes + 1);
  backend.done(1);
  backend.done(0);
  await closing;
  assert.equal(backend.refreshes, refreshes + 1);
});

test("ref() after close(): the close holds the process until it has ended", async () => {
  const { file, backend } = await openFake(false);
  const { refreshes } = backend;
  const closing = file.unref().close();
  assert.equal(backend.refreshes, refreshes);
  file.ref();
  assert.equal(backend.refreshes, refreshes + 1);
  backend.done(0);
  await closing;
  assert.equal(backend.refreshes, refreshes + 2);
  file.unref().ref();
  assert.equal(backend.refreshes, refreshes + 2);
});
