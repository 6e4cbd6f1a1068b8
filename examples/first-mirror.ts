// Opens the same file in several places at once and takes the first. The first version leaves the
// others open. As tests: node --test dist/examples/first-mirror.js

import assert from "node:assert/strict";
import { test } from "node:test";
import type { File, Io } from "overlapped";
import { type SimulatedWorld, type SimulationError, simulateSeeds } from "overlapped/testing";

const MIRRORS = ["/near", "/far", "/nowhere"];

/** Wrong: a cancel is a request, and an open that has succeeded meanwhile gives a file. */
async function openFirstCarelessly(io: Io, paths: readonly string[]): Promise<File> {
  const openings = paths.map((path) => io.open(path));
  const first = await Promise.any(openings);
  for (const opening of openings) opening.cancel();
  return first;
}

/** Right: it waits for what became of the others, and closes what they have opened. */
async function openFirst(io: Io, paths: readonly string[]): Promise<File> {
  const openings = paths.map((path) => io.open(path));
  const first = await Promise.any(openings);
  for (const opening of openings) {
    const outcome = await opening.cancel().outcome();
    if (outcome.status === "completed" && outcome.value !== first) await outcome.value.close();
  }
  return first;
}

async function useMirror(io: Io, world: SimulatedWorld, open: typeof openFirst): Promise<void> {
  world.makeFile("/near", "content");
  world.makeFile("/far", "content");
  await using file = await open(io, MIRRORS);
  assert.equal((await file.stat()).size, 7);
}

test("the careless one leaves a file open", async () => {
  const run = simulateSeeds(200, {}, (io, world) => useMirror(io, world, openFirstCarelessly));
  await assert.rejects(run, (error: SimulationError) => {
    console.log(error.message);
    return error.leftOpen.includes("/far");
  });
});

test("the careful one leaves nothing", async () => {
  await simulateSeeds(200, {}, (io, world) => useMirror(io, world, openFirst));
});
