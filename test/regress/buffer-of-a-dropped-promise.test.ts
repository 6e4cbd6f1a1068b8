// Goal: who stops waiting for an operation, by leaving its promise or by abandoning it, does not
// free its buffer: that is the kernel's until the end, and then has what the kernel has written.
// Method: reads that lose a race, and whose promise nobody has any more; reads that are abandoned,
// while the kernel is silent. The wrong backend ends what is abandoned at once.
//
// Seen in: https://github.com/foyer-rs/foyer/issues/1286
// Seen in: https://github.com/DataDog/glommio/issues/52

import assert from "node:assert/strict";

import { type File, IoBuffer } from "../../src/index.ts";
import { assertBack, assertLent, assertQuiet, holdKernel } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { collect } from "../native/collect.ts";
import { noticesWrong, onEachBackend } from "../support/each-backend.ts";
import { Impatient } from "../support/wrong-backends.ts";

const BYTES = 8;

/** Like a timeout that drops what it waits for. */
async function race(stage: Stage, file: File, buffer: IoBuffer): Promise<void> {
  await Promise.race([file.read(buffer), others(stage)]);
}

async function lostRace(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  for (let round = 0; round < 10; round++) {
    const buffer = IoBuffer.from("mine....");
    const views = [buffer.bytes];
    await race(stage, file, buffer);
    if (round % 5 === 0) collect();
    assertLent([buffer], views);
    const next = Array.from({ length: 32 }, () => new IoBuffer(BYTES).bytes);
    next.push(...Array.from({ length: 32 }, () => new Uint8Array(BYTES)));
    peer.write("late");
    while (buffer.isLent) await turn();
    assertBack([buffer]);
    assert.equal(Buffer.from(buffer.bytes).toString(), "late....");
    for (const bytes of next) assert.ok(bytes.every((byte) => byte === 0));
  }
  await close();
  assertQuiet(stage);
}

async function abandoned(stage: Stage): Promise<void> {
  const { file, peer, close } = await openFifo(stage);
  for (let round = 0; round < 10; round++) {
    const buffer = IoBuffer.from("mine....");
    const views = [buffer.bytes];
    const read = file.read(buffer);
    await others(stage);
    read.abandon();
    assertLent(read.state === "settled" ? [] : [buffer], views);
    await read.outcome();
    assertBack([buffer]);
    peer.write("late");
    await others(stage);
    assert.equal(Buffer.from(buffer.bytes).toString(), "mine....");
    peer.empty();
  }
  await close();
  assertQuiet(stage);
}

async function abandonedForLong(stage: Stage): Promise<void> {
  const { file, close } = await openFifo(stage);
  const buffer = IoBuffer.from("mine....");
  const views = [buffer.bytes];
  const release = holdKernel(stage);
  const read = file.read(buffer);
  try {
    await turn();
    read.abandon();
    for (let count = 0; count < 10; count++) {
      await turn();
      assertLent([buffer], views);
      assert.equal(stage.io.status().quarantinedBytes, BYTES);
    }
  } finally {
    release();
  }
  await read.outcome();
  assertBack([buffer]);
  await close();
  assertQuiet(stage);
}

const needs = ["waitingReads"] as const;

onEachBackend("a read loses a race and keeps its buffer", lostRace, { needs });
onEachBackend("a read is abandoned and keeps its buffer", abandoned, { needs });
onEachBackend("and as long as the kernel is silent", abandonedForLong, {
  needs: ["waitingReads", "holding"],
});
noticesWrong("what is abandoned is over", abandonedForLong, (...args) => new Impatient(...args));
