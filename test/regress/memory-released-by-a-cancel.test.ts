// Goal: the call that asks for a cancel releases nothing. What the kernel has, it has until the
// operation itself has completed: whatever the cancel was answered, and however long that takes.
// Method: reads are canceled while nobody has written; until they settle their memory is out of
// reach, and afterwards nothing that is written touches it. Where the kernel can be told to wait,
// it does, and bytes come then. The wrong backend says "canceled" as soon as it is asked.
//
// Seen in: https://github.com/nyholku/purejavacomm/pull/21
// Seen in: https://github.com/lewissbaker/cppcoro/issues/68
// Seen in: https://github.com/microsoft/demikernel/pull/1149
// Seen in: https://github.com/microsoft/STL/pull/1632

import assert from "node:assert/strict";

import { IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet, holdKernel, Witness } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { Impatient } from "../support/wrong-backends.ts";

const needs = ["waitingReads"] as const;

async function lentUntilSettled(stage: Stage): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const { file, peer, close } = await openFifo(stage);
    const buffer = IoBuffer.from("mine");
    const views = [buffer.bytes];
    const read = file.read(buffer);
    const witness = new Witness(read);
    await others(stage);
    read.cancel();
    assertLent([buffer], views);
    assert.deepEqual(witness.heard, []);
    const { status } = await read.outcome();
    assert.equal(status, "canceled");
    assertBack([buffer]);
    peer.write("late");
    await others(stage);
    assert.equal(Buffer.from(buffer.bytes).toString(), "mine");
    assert.equal(Buffer.from(peer.empty()).toString(), "late");
    await close();
  }
  assertQuiet(stage);
}

async function lentWhileTheKernelIsSilent(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  const buffer = IoBuffer.from("mine");
  const views = [buffer.bytes];
  const release = holdKernel(stage);
  const read = file.read(buffer);
  const witness = new Witness(read);
  try {
    await turn();
    read.cancel();
    for (let count = 0; count < 10; count++) {
      await turn();
      assertLent([buffer], views);
      assert.deepEqual(witness.heard, []);
    }
    peer.write("late");
  } finally {
    release();
  }
  await read.outcome();
  assertBack([buffer]);
  await close();
  assertQuiet(stage);
}

onEachBackend("memory is lent until its operation settles", lentUntilSettled, { needs });
onEachBackend("and as long as the kernel is silent", lentWhileTheKernelIsSilent, {
  needs: ["waitingReads", "holding"],
});
noticesWrong("it settles with the cancel", lentWhileTheKernelIsSilent, (...args) => {
  return new Impatient(...args);
});
