// Goal: a call of several operations leaves nothing behind with its signal or its clock.
// Method: the kernel's answers are given by hand; Node counts listeners, the clock counts timers.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";

import { IDLE_SIGNALS_MAX } from "../../../src/base/limits.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";

const ENOENT = { kind: "failed", errno: 2 } as const;

test("signals of calls that are over are not listened to, but for a bounded few", async () => {
  const { io, backend } = makeFakeIo();
  const signals = Array.from({ length: 100 }, () => new AbortController().signal);
  const calls = signals.map((signal) => io.exists("/a", { signal }));
  while (backend.pending.length > 0) backend.answer(ENOENT);
  assert.ok((await Promise.all(calls)).every((isThere) => !isThere));
  const count = signals.filter((signal) => getEventListeners(signal, "abort").length > 0).length;
  assert.ok(count <= IDLE_SIGNALS_MAX, `${count}`);
});

test("a call that is over has no timer", async () => {
  const { io, backend, clock } = makeFakeIo();
  const call = io.exists("/a", { timeoutMs: 100 });
  assert.equal(clock.timerCount, 1);
  backend.answer(ENOENT);
  assert.equal(await call, false);
  assert.equal(clock.timerCount, 0);
});
