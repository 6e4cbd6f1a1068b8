// Goal: what tells of an event may be closed by whoever hears of it, from within: the close does
// not wait for the callback that it is called from, and nothing is written to what it has freed.
// Method: the first of two reads closes its file when it has come, and a watcher of files is
// closed in the loop over its events, while the next read of each is in flight.
//
// Seen in: https://github.com/microsoft/wil/pull/326

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

const needs = ["waitingReads", "descriptors"] as const;

async function closedByItsReader(stage: Stage): Promise<void> {
  const { world } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const { file, peer } = await openFifo(stage);
    const [first, second] = [new IoBuffer(4), new IoBuffer(4)];
    const closed = file.read(first).then(() => file.close());
    const next = file.read(second).outcome();
    await others(stage);
    peer.write("1234");
    await closed;
    assert.equal((await next).status, "canceled");
    assertBack([first, second]);
    await others(stage);
    assert.ok(second.bytes.every((byte) => byte === 0));
    peer.close();
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

async function closedByItsListener(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const folder = world.makeDirectory();
    const watcher = io.inotify();
    watcher.add(folder, ["create"]);
    const listening = (async (): Promise<number> => {
      let events = 0;
      for await (const { events: names } of watcher) {
        assert.deepEqual(names, ["create"]);
        events++;
        await watcher.close();
      }
      return events;
    })();
    await io.writeFile(`${folder}/first`, "");
    assert.equal(await listening, 1);
    await io.writeFile(`${folder}/second`, "");
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

onEachBackend("a file is closed by who reads it", closedByItsReader, { needs });
onEachBackend("a watcher is closed by who listens", closedByItsListener, {
  needs,
  sim: "the simulated kernel tells nobody of changes",
  noShim: "inotify takes the shim",
});
