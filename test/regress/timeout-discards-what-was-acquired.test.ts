// Goal: what was acquired in the moment in which the time ran out is not thrown away: the caller
// has it, as its outcome says, or it is given back.
// Method: opens whose timeout comes when they have been answered and not told of, and scopes that
// end then; files are used, descriptors counted. The wrong backend drops what comes after a stop.
//
// Seen in: https://github.com/Kotlin/kotlinx.coroutines/issues/3504

import assert from "node:assert/strict";

import { assertQuiet } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import { LONG_MS, type Stage, turn } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { Discarding } from "../support/wrong-backends.ts";

const MOMENTS: readonly (() => Promise<unknown> | undefined)[] = [
  () => undefined,
  () => Promise.resolve(),
  () => turn(),
];

async function usedOrGivenBack(stage: Stage): Promise<void> {
  const { io, world, passTime } = stage;
  const path = world.makeFile("x");
  const before = world.descriptorCount();
  for (let round = 0; round < 60; round++) {
    const opening = io.open(path, "r", 0, { timeoutMs: LONG_MS });
    await MOMENTS[round % MOMENTS.length]?.();
    passTime(LONG_MS);
    const outcome = await opening.outcome();
    if (outcome.status === "completed") {
      assert.equal((await outcome.value.stat()).size, 1);
      await outcome.value.close();
    } else assert.equal(outcome.status, "timedOut");
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

async function withAPeer(stage: Stage): Promise<void> {
  const { io, world, passTime } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const path = world.makeFifo();
    const opening = io.open(path, "w", 0, { timeoutMs: LONG_MS });
    await others(stage);
    const peer = world.peerOf(path);
    passTime(LONG_MS);
    const outcome = await opening.outcome();
    if (outcome.status === "completed") {
      await outcome.value.write("x");
      await outcome.value.close();
      assert.equal(Buffer.from(peer.empty()).toString(), "x");
    } else assert.equal(outcome.status, "timedOut");
    peer.close();
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

const sim = { rates: { stubbornOpen: 1 } };

onEachBackend("an open whose time runs out", usedOrGivenBack, { needs: ["descriptors"], sim });
onEachBackend("an open whose peer comes in the last moment", withAPeer, {
  needs: ["descriptors", "waitingOpens"],
  sim,
});
noticesWrong(
  "it drops what it has opened",
  usedOrGivenBack,
  (...args) => {
    return new Discarding(...args);
  },
  sim,
);
