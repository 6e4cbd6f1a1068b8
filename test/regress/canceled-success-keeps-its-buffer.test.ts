// Goal: a read that was asked to stop and has succeeded all the same gives its buffer back, as any
// other does: a pool is as full afterwards as it was before.
// Method: reads out of a pool that are canceled in the moment in which bytes come, or abandoned.
//
// Seen in: https://github.com/compio-rs/compio/issues/746

import assert from "node:assert/strict";

import { BufferPool } from "../../src/index.ts";
import { assertBack, assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

const COUNT = 4;

async function poolIsFull(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  const pool = new BufferPool({ byteLength: 8, count: COUNT });
  const statuses = new Set<string>();
  for (let round = 0; round < 200; round++) {
    const buffer = pool.acquire();
    const read = file.read(buffer);
    if (round % 3 !== 0) await others(stage);
    peer.write("bytes");
    if (round % 5 === 0) read.abandon();
    else read.cancel();
    const { status } = await read.outcome();
    statuses.add(status);
    assertBack([buffer]);
    if (status !== "abandoned") pool.release(buffer);
    peer.empty();
    // What an orphan has brought is the next read's.
    if (round % 5 === 0) await file.read(buffer).cancel().outcome();
  }
  while (stage.io.inFlight().length > 0) await turn();
  assert.deepEqual([pool.free, pool.quarantined], [COUNT, 0]);
  assert.ok(statuses.has("abandoned"));
  await close();
  assertQuiet(stage);
}

async function successWins(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  const pool = new BufferPool({ byteLength: 8, count: 1 });
  let completed = 0;
  for (let round = 0; round < 20; round++) {
    const buffer = pool.acquire();
    const read = file.read(buffer);
    await others(stage);
    peer.write("bytes");
    read.cancel();
    if ((await read.outcome()).status === "completed") completed++;
    assertBack([buffer]);
    pool.release(buffer);
    peer.empty();
  }
  assert.ok(completed > 0, "none has succeeded");
  assert.equal(pool.free, 1);
  await close();
  assertQuiet(stage);
}

const needs = ["waitingReads"] as const;

onEachBackend("every buffer comes back", poolIsFull, { needs });
onEachBackend("also of reads that have succeeded", successWins, {
  needs: [...needs, "overtaking"],
  // Every cancel is too late.
  sim: { rates: { lateCancel: 1 } },
});
