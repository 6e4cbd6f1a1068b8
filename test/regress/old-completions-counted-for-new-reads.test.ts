// Goal: after a batch in which something has failed, its other completions are still its own: they
// are not counted for what is asked next, and nothing that they write to is used meanwhile.
// Method: three reads of which one fails, so that the others are given up; two small reads follow,
// and then the old completions come, with counts that the new reads could never have.
//
// Seen in: https://github.com/kvcache-ai/Mooncake/issues/3066

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet } from "../conformance/checks.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";
import { onRing } from "../support/ring-io.ts";
import { flushed } from "../unit/backend/uring-harness.ts";

const EIO = 5;
const BIG = 1024 * 1024;
const SMALL = 4096;

onRing("old completions come first, and last", async (ring) => {
  const file = await ring.open();
  ring.kernel.answerCancel = () => undefined;
  const big = [0, 1, 2].map(() => new IoBuffer(BIG));
  const old = big.map((buffer, at) => file.read(buffer, { position: at * BIG }));
  await flushed();
  const before = [...ring.kernel.taken];
  ring.answer(before[0]!, -EIO);
  await assert.rejects(old[0]!, { code: "EIO" });
  for (const read of old.slice(1)) read.abandon();
  assertLent(big.slice(1), []);

  const small = [0, 1].map(() => new IoBuffer(SMALL));
  const reads = small.map((buffer, at) => file.read(buffer, { position: at * SMALL }));
  await flushed();
  const after = ring.kernel.taken.slice(before.length);
  assert.equal(after.length, 2);
  ring.answer(before[1]!, BIG);
  assert.ok(reads.every(({ state }) => state === "submitted"));
  assertLent([...small, big[2]!], []);
  assertBack([big[1]!]);
  for (const taken of after) ring.answer(taken, SMALL);
  ring.answer(before[2]!, BIG);
  assert.deepEqual(await Promise.all(reads), [SMALL, SMALL]);
  await Promise.all(old.map((read) => read.outcome()));
  assertBack([...small, ...big]);
  assert.equal(ring.io.status().statistics.staleCompletions, 0);
});

async function givenUp(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const content = Buffer.alloc(64 * SMALL, "0123456789abcdef");
  const file = await io.open(world.makeFile(content));
  for (let round = 0; round < 50; round++) {
    const old = [0, 1, 2].map((at) => file.read(new IoBuffer(16 * SMALL), { position: at }));
    if (round % 2 === 0) await turn();
    for (const read of old) read.abandon();
    const small = [0, 1, 2, 3].map(() => new IoBuffer(16));
    const reads = small.map((buffer, at) => file.read(buffer, { position: at }));
    assert.deepEqual(await Promise.all(reads), [16, 16, 16, 16]);
    for (const [at, { bytes }] of small.entries()) {
      assert.ok(content.subarray(at, at + 16).equals(bytes), `round ${round}, read ${at}`);
    }
  }
  await io.drain();
  await file.close();
  assertQuiet(stage);
}

onEachBackend("small reads follow on big ones that were given up", givenUp);
