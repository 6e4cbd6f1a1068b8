// Goal: whose a descriptor is, is known before the kernel can tell of it: an open that completes
// within the call that submits it, or in the moment in which it is given up, is closed once and by
// the one who has it, and no number of somebody else's is closed with it.
// Method: opens that are abandoned and canceled at every moment, on a kernel that completes at
// once among others, with descriptors of others in between, which must stay open.
//
// Seen in: https://github.com/lalinsky/zio/issues/530

import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync } from "node:fs";

import { assertQuiet } from "../conformance/checks.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

const MOMENTS: readonly (() => Promise<unknown> | undefined)[] = [
  () => undefined,
  () => Promise.resolve(),
  () => turn(),
];

async function closedOnce(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFile("x");
  const before = world.descriptorCount();
  for (let round = 0; round < 60; round++) {
    const openings = [io.open(path), io.open(path), io.open(path)];
    const [kept, abandoned, canceled] = openings;
    await MOMENTS[round % MOMENTS.length]?.();
    abandoned?.abandon();
    canceled?.cancel();
    const file = await kept!;
    for (const opening of openings) {
      const outcome = await opening.outcome();
      if (outcome.status === "completed" && opening !== kept) await outcome.value.close();
    }
    assert.equal((await file.stat()).size, 1, "closed by somebody else");
    await file.close();
  }
  while (io.inFlight().length > 0) await turn();
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

async function nobodyElses(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFile("x");
  const mine = world.makeFile("mine");
  const numbers: number[] = [];
  for (let round = 0; round < 60; round++) {
    const fifo = world.makeFifo();
    const openings = [io.open(path), io.open(path), io.open(fifo, "w")];
    await MOMENTS[round % MOMENTS.length]?.();
    const peer = world.peerOf(fifo);
    for (const opening of openings) opening.abandon();
    numbers.push(openSync(mine, "r"));
    for (const opening of openings) {
      const outcome = await opening.outcome();
      if (outcome.status === "completed") await outcome.value.close();
    }
    numbers.push(openSync(mine, "r"));
    while (io.inFlight().length > 0) await turn();
    peer.close();
  }
  while (io.inFlight().length > 0) await turn();
  for (const fd of numbers) assert.equal(fstatSync(fd).size, 4, "not what was opened");
  for (const fd of numbers) closeSync(fd);
  assertQuiet(stage);
}

const needs = ["descriptors"] as const;
const sim = { rates: { synchronous: 0.5 } };

onEachBackend("an open that was given up is closed once", closedOnce, { needs, sim });
onEachBackend("and nobody else's with it", nobodyElses, {
  needs,
  sim: "its descriptors are its own",
});
