// Goal: an open that was asked to stop and has succeeded all the same leaks no descriptor: its
// caller has the file, or, if it has left, the file is closed.
// Method: opens of files and of FIFOs that are canceled or abandoned at every moment; descriptors
// are counted. The wrong backend tells of a cancel when it has been asked for one.
//
// Seen in: https://github.com/tokio-rs/tokio/pull/7983

import assert from "node:assert/strict";

import type { File, Operation } from "../../src/index.ts";
import { assertQuiet } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { Discarding } from "../support/wrong-backends.ts";

const WAYS: readonly ((opening: Operation<File>) => unknown)[] = [
  (opening) => opening.cancel(),
  (opening) => opening.abandon(),
];

async function files(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFile("x");
  const before = world.descriptorCount();
  for (let round = 0; round < 90; round++) {
    const openings = [io.open(path), io.open(path, "r+"), io.open(path, "w")];
    if (round % 3 === 1) await Promise.resolve();
    if (round % 3 === 2) await turn();
    for (const opening of openings) WAYS[round % WAYS.length]?.(opening);
    for (const opening of openings) {
      const outcome = await opening.outcome();
      if (outcome.status === "completed") await outcome.value.close();
    }
  }
  while (io.inFlight().length > 0) await turn();
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

async function fifos(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const path = world.makeFifo();
    const opening = io.open(path, "w");
    await others(stage);
    const peer = world.peerOf(path);
    WAYS[round % WAYS.length]?.(opening);
    const outcome = await opening.outcome();
    if (outcome.status === "completed") await outcome.value.close();
    while (io.inFlight().length > 0) await turn();
    peer.close();
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

const sim = { rates: { stubbornOpen: 1 } };

onEachBackend("files", files, { needs: ["descriptors"], sim });
onEachBackend("FIFOs", fifos, { needs: ["descriptors", "waitingOpens"], sim });
noticesWrong("it drops what it has opened", files, (...args) => new Discarding(...args), sim);
