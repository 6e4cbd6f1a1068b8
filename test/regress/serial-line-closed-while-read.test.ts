// Goal: a serial line or terminal can be closed while a read of it waits: nothing crashes, the
// read ends because of the close, and what is sent later touches no memory.
// Method: pseudo-terminals, each closed with a read in flight, while the other side goes on
// sending.
//
// Seen in: https://github.com/pyserial/pyserial/issues/51

import assert from "node:assert/strict";

import { IoBuffer, type IoError } from "../../src/index.ts";
import { assertBack, assertQuiet } from "../conformance/checks.ts";
import { others } from "../conformance/fifo-case.ts";
import type { Stage } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

async function closedWhileRead(stage: Stage): Promise<void> {
  const { io, world } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const { controller, path } = io.openPty();
    const line = await io.openTty(path);
    const buffer = new IoBuffer(64);
    const read = line.read(buffer);
    await others(stage);
    const heard: string[] = [];
    void read.outcome().then(() => heard.push("read"));
    const closing = line.close().then(() => heard.push("close"));
    assert.equal(buffer.isLent, read.state !== "settled");
    await controller.write("late\n").outcome();
    await closing;
    assert.deepEqual(heard, ["read", "close"]);
    const outcome = await read.outcome();
    assertBack([buffer]);
    if (outcome.status === "completed") assert.equal(outcome.value, 5);
    else {
      assert.equal((outcome.error.cause as IoError).code, "ERR_CLOSED");
      assert.ok(buffer.bytes.every((byte) => byte === 0));
    }
    await controller.close();
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

onEachBackend("a line is closed while it is read", closedWhileRead, {
  sim: "the simulated kernel has no terminals",
  noShim: "a pseudo-terminal takes the shim",
});
