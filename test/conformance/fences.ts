// P7: nothing overtakes an abandoned change on its handle.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { assertQuiet, holdKernel } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { needs, type Stage, type Subject, turn } from "./subject.ts";

export function fenceCases(subject: Subject, stage: () => Stage): void {
  describe("P7 of writes", needs(subject, "waitingWrites"), () => fences(stage));
  describe("P7 of writes, for certain", needs(subject, "holding"), () => heldFences(stage));
}

function fences(stage: () => Stage): void {
  test("P7: a later write waits for an abandoned one, and lands behind it", async () => {
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const orphan = file.writeAll(new Uint8Array(5000).fill(0x61));
    await others(stage());
    orphan.abandon();
    const later = file.write("later");
    assert.equal(later.state, "queued");
    const { bytesTransferred } = await orphan.outcome();
    let text = "";
    const take = (): void => {
      text += Buffer.from(peer.empty()).toString();
    };
    take();
    assert.equal(await later, 5);
    take();
    const rest = text.replaceAll("-", "");
    assert.equal(rest, `${"a".repeat(bytesTransferred)}later`);
    await close();
  });

  test("P7: what changes a file waits for an abandoned change, reads do not", async () => {
    const { io, world } = stage();
    const path = world.makeFile("0123456789");
    const file = await io.open(path, "r+");
    const orphans = [0, 2].map((position) => file.write("xx", { position }));
    for (const orphan of orphans) orphan.abandon();
    const truncate = file.truncate(8);
    const write = file.write("W", { position: 7 });
    await Promise.all([truncate, write, file.sync()]);
    for (const orphan of orphans) assert.equal(orphan.state, "settled");
    const content = Buffer.from(world.contentOf(path)).toString();
    assert.match(content, /^(?:01|xx)(?:23|xx)456W$/);
    await file.close();
    assertQuiet(stage());
  });

  test("P7: other handles are not fenced", async () => {
    const { io, world } = stage();
    const one = await openFifo(stage());
    one.peer.fill();
    const orphan = one.file.write("x");
    await others(stage());
    orphan.abandon();
    const other = await io.open(world.makeFile("abc"), "r+");
    assert.equal(await other.write("X"), 1);
    await other.close();
    await orphan.outcome();
    await one.close();
  });
}

function heldFences(stage: () => Stage): void {
  test("P7: behind an abandoned write waits all that changes the file, and the close", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile("0123456789"), "r+");
    const release = holdKernel(stage());
    const orphan = file.write("orphan", { position: 0 });
    await turn();
    orphan.abandon();
    const behind = [
      file.write("12", { position: 0 }),
      file.writev([IoBuffer.from("34")], { position: 2 }),
      file.truncate(8),
      file.allocate(0, 9),
      file.sync(),
      file.datasync(),
    ];
    const reads = [file.read(new IoBuffer(1), { position: 9 }), file.stat()];
    const closing = file.close();
    try {
      for (let count = 0; count < 5; count++) await turn();
      assert.ok(behind.every((each) => each.state === "queued"));
      assert.ok(reads.every((each) => each.state !== "queued"));
      assert.equal(closing.state, "queued");
      assert.equal(orphan.state, "abandoned");
    } finally {
      release();
    }
    await Promise.all([...reads.map((each) => each.outcome()), ...behind, closing]);
    const { bytesTransferred } = await orphan.outcome();
    const text = Buffer.from(world.contentOf(file.path)).toString();
    // What came later was not overwritten.
    assert.match(text, bytesTransferred === 0 ? /^1234456/ : /^1234an/);
    assertQuiet(stage());
  });
}
