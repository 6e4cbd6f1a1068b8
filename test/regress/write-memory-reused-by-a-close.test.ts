// Goal: memory that a write sends is nobody else's before the write has ended, and a close or a
// cancel in between changes nothing of that; the close comes to its end.
// Method: writes to full FIFOs whose files are being closed, while others write as much out of the
// same store of memory; then all bytes are looked at.
//
// Seen in: https://github.com/netty/netty/pull/17238

import assert from "node:assert/strict";

import { assertQuiet } from "../conformance/checks.ts";
import { openFifo, others } from "../conformance/fifo-case.ts";
import { type Stage, turn } from "../conformance/subject.ts";
import { onEachBackend } from "../support/each-backend.ts";

const BYTES = 4096;

function textOf(letter: string): string {
  return letter.repeat(BYTES);
}

/** Writes as much at the same time; what it sends is right. */
async function writeOthers({ io, world }: Stage): Promise<void> {
  const path = world.makeFile("");
  const file = await io.open(path, "w");
  const letters = [..."bcdefgh"];
  await Promise.all(letters.map((letter) => file.write(textOf(letter))));
  await file.close();
  const content = Buffer.from(world.contentOf(path)).toString();
  assert.equal(content, letters.map(textOf).join(""));
}

async function landsWhileClosing(stage: Stage): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const { file, peer } = await openFifo(stage);
    peer.fill();
    const write = file.writeAll(textOf("a"));
    await others(stage);
    const closing = file.close();
    await writeOthers(stage);
    assert.equal(file.state, "closing");
    let sent = "";
    while (write.state !== "settled") {
      sent += Buffer.from(peer.empty()).toString();
      await turn();
    }
    sent += Buffer.from(peer.empty()).toString();
    assert.equal(await write, BYTES);
    assert.equal(sent.replaceAll("-", ""), textOf("a"));
    await closing;
    peer.close();
  }
  assertQuiet(stage);
}

async function canceledByTheClose(stage: Stage): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const { file, peer } = await openFifo(stage);
    peer.fill();
    const write = file.writeAll(textOf("a"));
    await others(stage);
    const closing = file.close({ signal: AbortSignal.abort() });
    await writeOthers(stage);
    await closing;
    const { bytesTransferred } = await write.outcome();
    const sent = Buffer.from(peer.empty()).toString().replaceAll("-", "");
    assert.equal(sent, "a".repeat(bytesTransferred));
    peer.close();
  }
  assertQuiet(stage);
}

const needs = ["waitingWrites"] as const;

onEachBackend("a write lands while its file is being closed", landsWhileClosing, { needs });
onEachBackend("a write is canceled by the close", canceledByTheClose, { needs });
