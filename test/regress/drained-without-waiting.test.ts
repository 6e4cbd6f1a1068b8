// Goal: what is not over when somebody stops waiting for it is not forgotten: it is told of, it
// goes on to its end, and what it has opened by then is closed or delivered.
// Method: opens in flight, some of them abandoned, and a drain that does not wait at all; then
// descriptors are counted.
//
// Seen in: https://github.com/tokio-rs/mio/issues/1944

import assert from "node:assert/strict";

import { assertQuiet, holdKernel } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import { LONG_MS, type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function nothingIsForgotten(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFile("x");
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const openings = ["r", "r+", "w", "r", "r+"].map((flags) => io.open(path, flags));
    if (round % 2 === 0) await turn();
    for (const opening of openings.slice(3)) opening.abandon();
    const { held } = await io.drain({ deadlineMs: 0 });
    const left = openings.filter(({ state }) => state !== "settled").length;
    assert.ok(held.length >= left, "some are not told of");
    for (const opening of openings) {
      const outcome = await opening.outcome();
      if (outcome.status === "completed") await outcome.value.close();
    }
    assert.deepEqual(await io.drain({ deadlineMs: LONG_MS }), { held: [] });
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

/** Opens that are given up in the moment in which they come about. */
async function openedWhileDrained(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const path = world.makeFifo();
    const opening = io.open(path, "w");
    await others(stage);
    const peer = world.peerOf(path);
    opening.abandon();
    await io.drain({ deadlineMs: 0 });
    await opening.outcome();
    assert.deepEqual(await io.drain({ deadlineMs: LONG_MS }), { held: [] });
    peer.close();
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

async function toldWhileTheKernelIsSilent(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFile("x");
  const before = world.descriptorCount();
  const release = holdKernel(stage);
  const openings = [io.open(path, "r"), io.open(path, "w")];
  try {
    await turn();
    openings[1]?.abandon();
    const draining = io.drain({ deadlineMs: 0 });
    await turn();
    stage.passTime(1);
    const { held } = await draining;
    assert.deepEqual(
      held.map(({ kind, state }) => [kind, state]),
      [
        ["open", "canceling"],
        ["open", "abandoned"],
      ],
    );
  } finally {
    release();
  }
  for (const opening of openings) {
    const outcome = await opening.outcome();
    if (outcome.status === "completed") await outcome.value.close();
  }
  assert.deepEqual(await io.drain({ deadlineMs: LONG_MS }), { held: [] });
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

onEachBackend("nothing that is in flight is forgotten", nothingIsForgotten, {
  needs: ["descriptors"],
});
onEachBackend("nor what is opened just then", openedWhileDrained, {
  needs: ["descriptors", "waitingOpens"],
  sim: { rates: { stubbornOpen: 1 } },
});
onEachBackend("and all of it is told of", toldWhileTheKernelIsSilent, {
  needs: ["descriptors", "holding"],
});
