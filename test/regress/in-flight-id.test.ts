// Goal: an operation has one id in inFlight() from its call to its end (P12).
// Method: a whole of several parts, looked at between them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { openFake } from "../unit/api/fake-file.ts";

test("readFully() keeps its id from part to part", async () => {
  const { io, file, backend } = await openFake(false);
  const whole = file.readFully(new IoBuffer(10), { position: 0 });
  const before = io.inFlight()[0]?.id;
  backend.done(4);
  assert.equal(io.inFlight()[0]?.id, before);
  backend.done(6);
  await whole;
});
