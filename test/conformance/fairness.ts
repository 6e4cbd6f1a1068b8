// P10 and P11: nobody waits for a stuck operation, and the event loop has its turns.

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { describe, test } from "node:test";

import { type File, IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { openFifo } from "./fifo-case.ts";
import { makeProps, quickOf } from "./quick.ts";
import { needs, type Stage, type Subject } from "./subject.ts";

export function fairnessCases(subject: Subject, stage: () => Stage): void {
  describe("P10", needs(subject, "waitingReads", "waitingWrites"), () => stuck(subject, stage));
  describe("P10 of opens", needs(subject, "waitingOpens"), () => stuckOpens(subject, stage));
  const both = needs(subject, "waitingReads", "waitingOpens");
  describe("P10 of libuv's pool", both, () => pool(stage));
  describe("P11", () => turns(stage));
}

function stuck(subject: Subject, stage: () => Stage): void {
  test("P10: a hundred stuck reads and writes delay no other call", async () => {
    const { io, world } = stage();
    const [empty, full] = [world.makeFifo(), world.makeFifo()];
    const peers = [world.peerOf(empty), world.peerOf(full)];
    peers[1]?.fill();
    const files: File[] = [];
    for (let count = 0; count < 50; count++) {
      files.push(await io.open(empty, "r+"), await io.open(full, "r+"));
    }
    const waiting = files.map((file, at) =>
      at % 2 === 0 ? file.read(new IoBuffer(8)) : file.write("x"),
    );
    for (const call of quickOf(subject)) {
      const props = await makeProps(stage());
      await call.check(props, (await call.start(props, {})) as never);
      await props.file.close();
    }
    assert.ok(waiting.every((each) => each.state === "submitted"));
    await Promise.all(files.map((file) => file.cancelAll()));
    await Promise.all(files.map((file) => file.close()));
    for (const peer of peers) peer.close();
    assertQuiet(stage());
  });

  test("P10: a stuck read delays no write of the same stream, nor its stat", async () => {
    const { file, peer, close } = await openFifo(stage());
    const read = file.readFully(new IoBuffer(100));
    assert.equal(await file.write("abc"), 3);
    assert.equal((await file.stat()).type, "fifo");
    assert.equal(read.state, "submitted");
    read.cancel();
    // A cancel may overtake the bytes: then they are where they were.
    const { bytesTransferred } = await read.outcome();
    assert.equal(bytesTransferred + peer.empty().byteLength, 3);
    await close();
  });
}

/** More than any pool of threads has, if there is one. */
const OPENS = 49;

function stuckOpens(subject: Subject, stage: () => Stage): void {
  async function withStuckOpens(act: () => Promise<void>): Promise<void> {
    const { io, world } = stage();
    const openings = Array.from({ length: OPENS }, () => io.open(world.makeFifo(), "w"));
    for (let round = 0; round < 5; round++) await io.stat("/");
    assert.ok(openings.every((opening) => opening.state === "submitted"));
    try {
      await act();
    } finally {
      for (const opening of openings) opening.cancel();
      const ends = await Promise.all(openings.map((opening) => opening.outcome()));
      assert.ok(ends.every((end) => end.status === "canceled"));
    }
    assertQuiet(stage());
  }

  test("P10: stuck opens delay no call on files and no call by path", async () => {
    const prepared = await Promise.all(quickOf(subject).map(() => makeProps(stage())));
    await withStuckOpens(async () => {
      for (const [at, call] of quickOf(subject).entries()) {
        const props = prepared[at]!;
        if (call.kind === "open") continue;
        await call.check(props, (await call.start(props, {})) as never);
        await props.file.close();
      }
    });
    for (const props of prepared) await props.file.close();
  });
}

/** More than libuv's pool has, unless somebody made it bigger. */
const READS = 100;

function pool(stage: () => Stage): void {
  test("P10: stuck reads and opens leave libuv's pool to others", async () => {
    const { io, world } = stage();
    const fifo = world.makeFifo();
    const peer = world.peerOf(fifo);
    const files: File[] = [];
    for (let count = 0; count < READS; count++) files.push(await io.open(fifo, "r+"));
    const waiting = [
      ...files.map((file) => file.read(new IoBuffer(8))),
      ...Array.from({ length: OPENS }, () => io.open(world.makeFifo(), "w")),
    ];
    await io.stat("/");
    assert.ok((await stat("/")).isDirectory());
    assert.ok(waiting.every((each) => each.state === "submitted"));
    for (const each of waiting) each.cancel();
    await Promise.all(waiting.map((each) => each.outcome()));
    await Promise.all(files.map((file) => file.close()));
    peer.close();
    assertQuiet(stage());
  });
}

function turns(stage: () => Stage): void {
  test("P11: a big batch leaves turns to timers and to others", async () => {
    const { io, world } = stage();
    const length = 64 * 1024;
    const file = await io.open(world.makeFile(new Uint8Array(length)), "r");
    const buffers = Array.from({ length: 1000 }, () => new IoBuffer(length));
    let turnCount = 0;
    let isOver = false;
    const count = (): void => {
      turnCount++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const reads = buffers.map((buffer) => file.read(buffer, { position: 0 }));
    await Promise.all(reads);
    isOver = true;
    // 64 MiB at 5 MiB a turn.
    assert.ok(turnCount >= 10, `${turnCount} turns`);
    await file.close();
  });

  test("P11: a chain of calls that complete at once leaves turns to timers, too", async () => {
    const { io } = stage();
    let turnCount = 0;
    let isOver = false;
    const count = (): void => {
      turnCount++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    for (let round = 0; round < 3000; round++) await io.stat("/");
    isOver = true;
    assert.ok(turnCount >= 5, `${turnCount} turns`);
  });

  test("P11: a timer runs although calls that complete at once go on and on", async () => {
    const { io } = stage();
    let isDue = false;
    setTimeout(() => {
      isDue = true;
    }, 1);
    let calls = 0;
    for (; !isDue && calls < 1_000_000; calls++) await io.stat("/");
    assert.ok(isDue, `${calls} calls, and the timer has not run`);
  });

  test("P11: ten thousand calls in one turn all complete", async () => {
    const { io } = stage();
    const stats = Array.from({ length: 10_000 }, () => io.stat("/"));
    const types = new Set((await Promise.all(stats)).map((stat) => stat.type));
    assert.deepEqual([...types], ["directory"]);
    assertQuiet(stage());
  });
}
