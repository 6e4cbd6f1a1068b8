// Goal: a write that was abandoned does not land on what was written after it: a retry waits until
// the orphan is over. Where nothing can be made to wait, as for a removal by path, the orphan's
// real end can be waited for, and what is made anew after it stays.
// Method: abandoned writes and removals that are followed at once by their retry; while the kernel
// is silent nothing of the retry has begun.
//
// Seen in: https://github.com/commonwarexyz/monorepo/issues/4165

import assert from "node:assert/strict";

import { assertQuiet, holdKernel } from "../conformance/checks.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function retriesLand(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const path = world.makeFile("");
  const file = await io.open(path, "r+");
  for (let round = 0; round < 50; round++) {
    const orphans = [0, 4].map((position) => file.write("old!".repeat(100), { position }));
    if (round % 2 === 0) await Promise.resolve();
    for (const orphan of orphans) orphan.abandon();
    const text = `new${String(round).padStart(3, "0")}`;
    await file.write(text, { position: 0 });
    await file.sync();
    const content = Buffer.from(world.contentOf(path)).toString();
    assert.ok(content.startsWith(text), `${content.slice(0, 20)} instead of ${text}`);
    while (io.inFlight().length > 0) await turn();
    assert.ok(Buffer.from(world.contentOf(path)).toString().startsWith(text), "overwritten");
  }
  await file.close();
  assertQuiet(stage);
}

async function retriesWait(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const file = await io.open(world.makeFile("0123456789"), "r+");
  const release = holdKernel(stage);
  const orphan = file.write("old", { position: 0 });
  await turn();
  orphan.abandon();
  const retry = file.write("new", { position: 0 });
  try {
    for (let count = 0; count < 5; count++) await turn();
    assert.equal(orphan.state, "abandoned");
    assert.equal(retry.state, "queued");
  } finally {
    release();
  }
  assert.equal(await retry, 3);
  await orphan.outcome();
  assert.equal(Buffer.from(world.contentOf(file.path)).toString(), "new3456789");
  await file.close();
  assertQuiet(stage);
}

async function madeAnew(stage: Stage): Promise<void> {
  const { io, world } = stage;
  for (let round = 0; round < 30; round++) {
    const path = world.makeFile("old");
    const removal = io.unlink(path);
    if (round % 2 === 0) await Promise.resolve();
    removal.abandon();
    await removal.outcome();
    await io.writeFile(path, "new");
    while (io.inFlight().length > 0) await turn();
    assert.equal(Buffer.from(world.contentOf(path)).toString(), "new");
  }
  assertQuiet(stage);
}

onEachBackend("a retry is not overwritten", retriesLand);
onEachBackend("a retry waits", retriesWait, { needs: ["holding"] });
onEachBackend("what was made anew is not removed", madeAnew);
