// P5: completed wins, and what was transferred is told.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";

export function winnerCases(subject: Subject, stage: () => Stage): void {
  describe("P5", needs(subject, "waitingReads", "waitingWrites"), () => {
    winners(subject, stage);
    counts(subject, stage);
    failures(stage);
  });
  const opens = needs(subject, "waitingOpens", "descriptors");
  describe("P5 of opens", opens, () => opened(stage));
}

function winners(subject: Subject, stage: () => Stage): void {
  test("P5: bytes that came are delivered, although a cancel was on its way", async () => {
    let completed = 0;
    for (let round = 0; round < 100; round++) {
      const { file, peer, close } = await openFifo(stage());
      const buffer = new IoBuffer(8);
      const read = file.read(buffer);
      await others(stage());
      peer.write("bytes");
      read.cancel();
      const outcome = await read.outcome();
      if (outcome.status === "completed") {
        completed++;
        assert.equal(outcome.value, 5);
        assert.equal(Buffer.from(buffer.bytes.subarray(0, 5)).toString(), "bytes");
        assert.equal(peer.empty().byteLength, 0);
      } else {
        assert.equal(outcome.bytesTransferred, 0);
        assert.equal(Buffer.from(peer.empty()).toString(), "bytes", "nobody has the bytes");
      }
      await close();
    }
    const isOvertaking = subject.abilities.overtaking === true;
    assert.equal(completed > 0, isOvertaking, `the bytes won ${completed} times`);
  });
}

function counts(subject: Subject, stage: () => Stage): void {
  test("P5: a canceled writeAll tells how much was written", async () => {
    const { file, peer, close } = await openFifo(stage());
    const write = file.writeAll(new Uint8Array(1_000_000).fill(0x77));
    await others(stage());
    write.cancel();
    const outcome = await write.outcome();
    assert.ok(outcome.status === "canceled");
    const written = peer.empty().byteLength;
    assert.ok(written > 0 && written < 1_000_000);
    assert.equal(outcome.bytesTransferred, written);
    assert.equal(outcome.error.bytesTransferred, written);
    await close();
  });

  test("P5: a canceled readFully tells how much was read, and has it", async () => {
    let most = 0;
    for (let round = 0; round < 20; round++) {
      const { file, peer, close } = await openFifo(stage());
      const buffer = new IoBuffer(100);
      const read = file.readFully(buffer, { offset: 10 });
      peer.write("abc");
      await others(stage());
      peer.write("def");
      await others(stage());
      read.cancel();
      const outcome = await read.outcome();
      assert.ok(outcome.status === "canceled");
      const { bytesTransferred } = outcome;
      assert.equal(outcome.error.bytesTransferred, bytesTransferred);
      const text = Buffer.from(buffer.bytes.subarray(10, 10 + bytesTransferred)).toString();
      assert.equal(text + Buffer.from(peer.empty()).toString(), "abcdef");
      most = Math.max(most, bytesTransferred);
      await close();
    }
    // Where nobody tells of bytes, only the first had been looked for.
    const isToldOfBytes = subject.abilities.waitingPolls === true;
    assert.ok(most >= (isToldOfBytes ? 6 : 3), "no cancel ever found bytes");
  });

  test("P5: a timed out writev tells of nothing, for nothing was written", async () => {
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const write = file.writev([IoBuffer.from("text")], { timeoutMs: LONG_MS });
    await others(stage());
    stage().passTime(LONG_MS);
    const outcome = await write.outcome();
    assert.equal(outcome.status, "timedOut");
    assert.equal(outcome.bytesTransferred, 0);
    assert.match(Buffer.from(peer.empty()).toString(), /^-+$/);
    await close();
  });

  test("P5: no byte is lost or doubled by a hundred canceled reads", async () => {
    const { file, peer, close } = await openFifo(stage());
    let sent = "";
    let got = "";
    for (let round = 0; round < 100; round++) {
      const buffer = new IoBuffer(3);
      const read = file.read(buffer);
      if (round % 3 !== 0) await others(stage());
      peer.write(`<${round}>`);
      sent += `<${round}>`;
      if (round % 2 === 0) read.cancel();
      const outcome = await read.outcome();
      if (outcome.status === "completed") {
        got += Buffer.from(buffer.bytes.subarray(0, outcome.value)).toString();
      } else {
        assert.equal(outcome.bytesTransferred, 0);
      }
    }
    got += Buffer.from(peer.empty()).toString();
    assert.equal(got, sent);
    await close();
  });
}

function failures(stage: () => Stage): void {
  test("P5: a failed writeAll tells how much was written", async () => {
    const { io, world } = stage();
    const path = world.makeFifo();
    const peer = world.peerOf(path);
    peer.fill();
    const capacity = peer.empty().byteLength;
    const file = await io.open(path, "w");
    const write = file.writeAll(new Uint8Array(4 * capacity));
    let taken = 0;
    while (taken === 0) {
      await turn();
      taken = peer.empty().byteLength;
    }
    await others(stage());
    peer.close(); // Nobody is left to read the rest.
    const outcome = await write.outcome();
    assert.ok(outcome.status === "failed");
    assert.equal(outcome.error.code, "EPIPE");
    const { bytesTransferred } = outcome;
    assert.ok(bytesTransferred >= taken && bytesTransferred <= taken + capacity);
    assert.equal(outcome.error.bytesTransferred, bytesTransferred);
    await file.close();
    assertQuiet(stage());
  });
}

function opened(stage: () => Stage): void {
  test("P5: a file that was opened although a cancel was on its way is the caller's", async () => {
    const { io, world } = stage();
    const before = world.descriptorCount();
    for (let round = 0; round < 20; round++) {
      const path = world.makeFifo();
      const opening = io.open(path, "w");
      await others(stage());
      const peer = world.peerOf(path);
      opening.cancel();
      const outcome = await opening.outcome();
      if (outcome.status === "completed") {
        assert.equal(await outcome.value.write("x"), 1);
        assert.equal(Buffer.from(peer.empty()).toString(), "x");
        await outcome.value.close();
      } else assert.equal(outcome.status, "canceled");
      peer.close();
    }
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });
}
