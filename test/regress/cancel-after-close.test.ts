// Goal: to cancel an operation of a file that is being closed, or is closed, is as harmless as at
// any other time: it does not wake up what has ended, the operation settles once, and the close
// comes to its end.
// Method: reads that a close has asked to stop, and writes that it waits for, are canceled after
// it again and again.
//
// Seen in: https://github.com/libuv/libuv/issues/5205

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertQuiet, Witness } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function harmless(stage: Stage): Promise<void> {
  const { world } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const { file, peer } = await openFifo(stage);
    peer.fill();
    const write = file.writeAll(new Uint8Array(10_000));
    const operations = round % 2 === 0 ? [write] : [write, file.read(new IoBuffer(8)).cancel()];
    const witnesses = operations.map((operation) => new Witness(operation));
    if (round % 4 < 2) await others(stage);
    const closing = file.close();
    for (let count = 0; count < 10; count++) for (const each of operations) each.cancel();
    await closing;
    assert.equal(file.state, "closed");
    const states = operations.map(({ state }) => state);
    assert.ok(states.every((state) => state === "settled"));
    const ends = await Promise.all(operations.map((each) => each.outcome()));
    for (const each of operations) assert.equal(each.cancel(), each);
    await file.close();
    await others(stage);
    assert.deepEqual(await Promise.all(operations.map((each) => each.outcome())), ends);
    assert.ok(witnesses.every(({ heard }) => heard.length === 1));
    peer.close();
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

onEachBackend("cancel() after close()", harmless, {
  needs: ["waitingReads", "waitingWrites", "descriptors"],
});
