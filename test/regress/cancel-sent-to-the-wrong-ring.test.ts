// Goal: a cancel goes where its target is, however many rings there are by then.
// Method: more reads than one ring answers for, so that there are two, on a ring kernel that tells
// where each cancel came in; on every backend six hundred reads of two Ios of one thread, of which
// the oldest and the newest are canceled.
//
// Seen in: https://github.com/ClickHouse/silk/pull/59

import assert from "node:assert/strict";

import { Io, IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { onRing } from "../support/ring-io.ts";
import { Deaf } from "../support/wrong-backends.ts";
import { flushed, turned } from "../unit/backend/uring-harness.ts";

const READS = 1000;
const FILES = 600;

onRing("each of two rings gets the cancels of its own", async (ring) => {
  const file = await ring.open();
  const { kernel } = ring;
  const reads = Array.from({ length: READS }, () => file.read(new IoBuffer(8), { position: 0 }));
  for (let count = 0; count < 10; count++) await turned();
  assert.equal(kernel.taken.length, READS);
  const homes = new Set(kernel.taken.map((taken) => taken.ring));
  assert.equal(homes.size, 2, "one ring has them all");
  const targets = [kernel.taken[0]!, kernel.taken.at(-1)!];
  const [oldest, newest] = [reads[0]!.cancel(), reads.at(-1)!.cancel()];
  await flushed();
  const cameIn = kernel.cancels.map((cancel) => cancel.ring);
  assert.deepEqual(cameIn.sort(), targets.map((target) => target.ring).sort());
  for (const { ring: index } of targets) kernel.wake(index);
  const ends = await Promise.all([oldest.outcome(), newest.outcome()]);
  assert.ok(ends.every(({ status }) => status === "canceled"));
});

async function oldestAndNewest(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const files = await Promise.all(Array.from({ length: FILES }, () => io.open(path, "r+")));
  const reads = files.map((file) => file.read(new IoBuffer(8)));
  await others(stage);
  for (const read of [reads[0]!, reads.at(-1)!]) {
    assert.equal((await read.cancel().outcome()).status, "canceled");
  }
  assert.equal(io.inFlight().length, FILES - 2);
  await Promise.all(files.map((file) => file.close()));
  peer.close();
  assertQuiet(stage);
}

async function twoOfOneThread({ io, world }: Stage): Promise<void> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const other = new Io({ backend: io.status().backend as "uring" | "portable" });
  const files = await Promise.all([io, other, io, other].map((each) => each.open(path, "r+")));
  for (let round = 0; round < 10; round++) {
    const reads = files.map((file) => file.read(new IoBuffer(8)));
    await Promise.all([io.stat("/"), other.stat("/")]);
    for (const read of reads.reverse()) {
      assert.equal((await read.cancel().outcome()).status, "canceled");
    }
  }
  await Promise.all(files.map((file) => file.close()));
  assert.deepEqual([...io.inFlight(), ...other.inFlight()], []);
  peer.close();
}

const needs = ["waitingReads"] as const;

onEachBackend("the oldest and the newest of many", oldestAndNewest, { needs });
noticesWrong("a cancel that finds nobody", oldestAndNewest, (...args) => new Deaf(...args));
onEachBackend("two of one thread", twoOfOneThread, { needs, sim: "each has a kernel of its own" });
