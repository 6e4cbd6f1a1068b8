// Goal: a pool's buffer comes back by itself whenever its operation was rejected with
// ERR_ABANDONED: the caller cannot know whether the operation was still waiting for its turn
// (decision 3).
// Method: a second read of a stream, abandoned while it waits behind the first.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BufferPool } from "../../src/index.ts";
import { openFake } from "../unit/api/fake-file.ts";

test("a pool's buffer comes back from an operation that was abandoned in the queue", async () => {
  const { file } = await openFake(true);
  const pool = new BufferPool({ byteLength: 64, count: 2 });
  void file.read(pool.acquire());
  const waiting = file.read(pool.acquire());
  assert.equal(waiting.state, "queued");
  waiting.abandon();
  await assert.rejects(waiting, { code: "ERR_ABANDONED" });
  assert.deepEqual([pool.free, pool.quarantined], [1, 0]);
});
