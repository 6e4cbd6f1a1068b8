// Goal: to close a file, or to let go of what is in progress, frees no memory that the kernel
// still has: reads in flight are asked to stop, and the close ends when the last of them has
// ended.
// Method: files are closed while reads wait; the memory is out of reach until each read has
// settled, the close settles after them, and what is written later touches nothing. Where the
// kernel can be told to wait, it does. The wrong backend ends what a close has asked to stop.
//
// Seen in: https://github.com/pjsip/pjproject/issues/985
// Seen in: https://github.com/somdoron/AsyncIO/issues/26
// Seen in: https://github.com/ai-dynamo/nixl/pull/2077

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet, holdKernel, Witness } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { Impatient } from "../support/wrong-backends.ts";

async function lentUntilClosed(stage: Stage): Promise<void> {
  const { world } = stage;
  const before = world.descriptorCount();
  for (let round = 0; round < 20; round++) {
    const { file, peer } = await openFifo(stage);
    const buffers = [IoBuffer.from("mi"), IoBuffer.from("ne")];
    const views = buffers.map((buffer) => buffer.bytes);
    const read = file.readv(buffers);
    const heard: string[] = [];
    void read.outcome().then(() => heard.push("read"));
    await others(stage);
    const closing = file.close().then(() => heard.push("close"));
    assertLent(buffers, views);
    assert.deepEqual(heard, []);
    await closing;
    assert.deepEqual(heard, ["read", "close"]);
    assertBack(buffers);
    peer.write("late");
    await others(stage);
    assert.equal(Buffer.concat(buffers.map((buffer) => buffer.bytes)).toString(), "mine");
    peer.close();
  }
  assert.equal(world.descriptorCount(), before);
  assertQuiet(stage);
}

async function lentWhileTheKernelIsSilent(stage: Stage): Promise<void> {
  const { file, peer } = await openFifo(stage);
  const buffer = IoBuffer.from("mine");
  const views = [buffer.bytes];
  const release = holdKernel(stage);
  const read = file.read(buffer);
  const witness = new Witness(read);
  await turn();
  const closing = file.close();
  try {
    for (let count = 0; count < 10; count++) {
      await turn();
      assertLent([buffer], views);
      assert.deepEqual(witness.heard, []);
      assert.equal(file.state, "closing");
    }
  } finally {
    release();
  }
  await closing;
  assertBack([buffer]);
  peer.close();
  assertQuiet(stage);
}

onEachBackend("memory is lent until the file is closed", lentUntilClosed, {
  needs: ["waitingReads", "descriptors"],
});
onEachBackend("and as long as the kernel is silent", lentWhileTheKernelIsSilent, {
  needs: ["waitingReads", "holding"],
});
noticesWrong("a close ends what is in flight", lentWhileTheKernelIsSilent, (...args) => {
  return new Impatient(...args);
});
