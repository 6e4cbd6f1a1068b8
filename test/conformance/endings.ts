// P9 and P12: draining, and what can be seen meanwhile.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { LONG_MS, needs, type Stage, type Subject } from "./subject.ts";

export function endingCases(subject: Subject, stage: () => Stage): void {
  const option = needs(subject, "waitingReads", "waitingWrites");
  describe("P9", option, () => draining(stage));
  describe("P12", option, () => {
    sight(stage);
    details(stage);
  });
}

function draining(stage: () => Stage): void {
  test("P9: drain() ends what may wait for ever and lets the rest land", async () => {
    const { io, world } = stage();
    const { file, close } = await openFifo(stage());
    const reads = [file.read(new IoBuffer(8)), file.readv([new IoBuffer(8)])];
    const regular = await io.open(world.makeFile(""), "r+");
    const writes = Array.from({ length: 50 }, (_, at) => regular.write(`${at % 10}`));
    const orphan = file.read(new IoBuffer(8)).abandon();
    const { held } = await io.drain({ deadlineMs: LONG_MS });
    assert.deepEqual(held, []);
    assert.equal(orphan.state, "settled");
    for (const read of reads) assert.equal((await read.outcome()).status, "canceled");
    assert.deepEqual(await Promise.all(writes), new Array(50).fill(1));
    assert.equal(world.contentOf(regular.path).byteLength, 50);
    await regular.close();
    await close();
    assertQuiet(stage());
  });

  test("P9: what follows a write that has landed may land, too", async () => {
    const { io, world } = stage();
    const path = world.makeFile("");
    const file = await io.open(path, "w");
    const chain = async (): Promise<void> => {
      for (let at = 0; at < 20; at++) await file.writeAll(`${at},`);
      await file.close();
      await io.rename(path, `${path}-done`);
    };
    const landing = chain();
    assert.deepEqual(await io.drain({ deadlineMs: LONG_MS }), { held: [] });
    await landing;
    const text = Buffer.from(world.contentOf(`${path}-done`)).toString();
    assert.equal(text, Array.from({ length: 20 }, (_, at) => `${at},`).join(""));
    assertQuiet(stage());
  });

  test("P9: calls that write land from their very first step", async () => {
    const { io, world } = stage();
    const path = world.makeFile("old");
    const landing = [io.writeFile(path, "new"), io.writeFileAtomic(`${path}-2`, "whole")];
    assert.deepEqual(await io.drain({ deadlineMs: LONG_MS }), { held: [] });
    await Promise.all(landing);
    assert.equal(Buffer.from(world.contentOf(path)).toString(), "new");
    assert.equal(Buffer.from(world.contentOf(`${path}-2`)).toString(), "whole");
    assertQuiet(stage());
  });

  test("P9: at the deadline it says what is held, and has asked that to stop", async () => {
    const { io } = stage();
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const write = file.write("stuck");
    await others(stage());
    const draining = io.drain({ deadlineMs: LONG_MS });
    await others(stage());
    assert.equal(write.state, "submitted");
    stage().passTime(LONG_MS);
    const { held } = await draining;
    assert.deepEqual(
      held.map(({ kind, path, state }) => [kind, path, state]),
      [["write", file.path, "canceling"]],
    );
    assert.equal((await write.outcome()).status, "canceled");
    await close();
    assertQuiet(stage());
  });

  test("P9: drain() refuses nothing: work can go on after it", async () => {
    const { io, world } = stage();
    assert.deepEqual(await io.drain({ deadlineMs: LONG_MS }), { held: [] });
    assert.equal((await io.stat(world.makeFile("abc"))).size, 3);
    assert.deepEqual(await io.drain(), { held: [] });
  });

  test("P9: nothing is leaked while the process lives", () => {
    assert.equal(stage().io.status().bytesLeaked, 0);
  });
}

function sight(stage: () => Stage): void {
  test("P12: inFlight() has all that the kernel or a queue holds, orphans included", async () => {
    const { io } = stage();
    const { file, close } = await openFifo(stage());
    const orphan = file.read(new IoBuffer(100)).abandon();
    const queued = file.readv([new IoBuffer(10), new IoBuffer(20)]);
    const list = io.inFlight();
    assert.deepEqual(
      list.map(({ kind, path, byteLength, state }) => [kind, path, byteLength, state]),
      orphan.state === "abandoned"
        ? [
            ["read", file.path, 100, "abandoned"],
            ["readv", file.path, 30, "queued"],
          ]
        : [["readv", file.path, 30, "submitted"]],
    );
    for (const each of list) {
      assert.ok(each.ageMs >= 0 && each.fd !== undefined);
      assert.equal(each.stack, undefined);
    }
    assert.equal(io.status().inFlight, list.length);
    queued.cancel();
    await Promise.all([orphan.outcome(), queued.outcome()]);
    assert.deepEqual(io.inFlight(), []);
    await close();
  });

  test("P12: what waits for others is there too: behind the fence, and a close", async () => {
    const { io } = stage();
    const { file, peer, close } = await openFifo(stage());
    peer.fill();
    const orphan = file.writeAll("orphan");
    await others(stage());
    orphan.abandon();
    const later = file.write("later");
    const closing = file.close();
    const list = io.inFlight().map(({ kind, path, state }) => [kind, path, state]);
    assert.deepEqual(list.sort(), [
      ["close", file.path, "queued"],
      ["write", file.path, "abandoned"],
      ["write", file.path, "queued"],
    ]);
    peer.empty();
    await Promise.all([orphan.outcome(), later, closing]);
    assert.deepEqual(io.inFlight(), []);
    await close();
    assertQuiet(stage());
  });

  test("P12: ages grow, ids stay, and states are told", async () => {
    const { io } = stage();
    const { file, close } = await openFifo(stage());
    const read = file.read(new IoBuffer(1));
    await others(stage());
    const [before] = io.inFlight();
    stage().passTime(LONG_MS);
    const [after] = io.inFlight();
    assert.ok(before !== undefined && after !== undefined);
    assert.equal(after.id, before.id);
    assert.ok(after.ageMs >= before.ageMs + LONG_MS);
    assert.equal(after.state, "submitted");
    read.cancel();
    assert.equal(io.inFlight()[0]?.state, "canceling");
    await read.outcome();
    await close();
  });
}

function details(stage: () => Stage): void {
  test("P12: stacks tell where a call was made, once they are captured", async () => {
    const { io } = stage();
    const { file, close } = await openFifo(stage());
    io.captureStacks(true);
    const seen = file.read(new IoBuffer(1));
    io.captureStacks(false);
    const unseen = file.read(new IoBuffer(1));
    const stacks = io.inFlight().map((each) => each.stack);
    assert.match(stacks.find((stack) => stack !== undefined) ?? "", /endings/);
    assert.equal(stacks.filter((stack) => stack !== undefined).length, 1);
    await file.cancelAll();
    await Promise.all([seen.outcome(), unseen.outcome()]);
    await close();
  });

  test("P12: status() counts what is held and names the backend", async () => {
    const { io } = stage();
    const { file, close } = await openFifo(stage());
    const read = file.read(new IoBuffer(1));
    const { backend, reason, capabilities, inFlight } = io.status();
    assert.equal(typeof backend, "string");
    assert.equal(reason, null);
    assert.equal(inFlight, 1);
    assert.ok(capabilities !== null && Object.keys(capabilities).includes("poll"));
    read.cancel();
    await read.outcome();
    await close();
  });
}
