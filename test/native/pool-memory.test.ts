/**
 * Goal: what we build on where there is no shim: Node ends a worker only when libuv's pool is done
 * with what the worker gave it, so that the pool never writes to memory that was freed. Method: a
 * worker is terminated whose read of a FIFO the pool has begun; bytes come later.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../support/children.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";

const child = new URL("./pool-memory-child.js", import.meta.url);

test("the end of a worker waits for what the pool has begun, which then ends", async () => {
  const { out, err, isHanging } = await runScript(child, [
    makeFifo(makeTemporary("pool-memory"), "fifo"),
  ]);
  assert.equal(isHanging, false, err);
  const lines = [
    "ended while the pool was reading: false",
    "ended when it had read: true, left: 0",
  ];
  assert.deepEqual(out.trim().split("\n"), lines, err);
});
