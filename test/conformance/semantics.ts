// What the design's decisions say of streams, positions, signals and values.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";

import { IoBuffer } from "../../src/index.ts";
import { assertQuiet, submissionsOf } from "./checks.ts";
import { openFifo, others } from "./fifo-case.ts";
import { CONTENT } from "./quick.ts";
import { LONG_MS, needs, type Stage, type Subject, turn } from "./subject.ts";

export function semanticsCases(subject: Subject, stage: () => Stage): void {
  describe("streams", needs(subject, "waitingReads", "waitingWrites"), () => streams(stage));
  describe("positions", () => positions(stage));
  describe("signals", needs(subject, "waitingReads"), () => signals(stage));
  describe("files", () => {
    files(subject, stage);
    transfers(stage);
  });
}

function streams(stage: () => Stage): void {
  test("reads are one at a time, in the order of the calls (decision 4)", async () => {
    const { file, peer, close } = await openFifo(stage());
    const buffers = Array.from({ length: 20 }, () => new IoBuffer(1));
    const reads = buffers.slice(0, 1).map((buffer) => file.read(buffer));
    // A kernel with tricks may interrupt the first one, and then it is submitted once more.
    await others(stage());
    const before = submissionsOf(stage());
    for (const buffer of buffers.slice(1)) reads.push(file.read(buffer));
    // Two: the budget of this turn of the event loop may be used up.
    await turn();
    await turn();
    const states = reads.map((read) => read.state);
    const asked = submissionsOf(stage()) - before;
    peer.write("abcdefghijklmnopqrst");
    await Promise.all(reads);
    const text = buffers.map((buffer) => String.fromCharCode(buffer.bytes[0] ?? 0)).join("");
    assert.equal(text, "abcdefghijklmnopqrst");
    await close();
    assert.deepEqual(states, ["submitted", ...Array.from({ length: 19 }, () => "queued")]);
    assert.equal(asked, 0, "no read but the first one");
  });

  test("writes are one at a time, in the order of the calls", async () => {
    const { file, peer, close } = await openFifo(stage());
    const texts = Array.from({ length: 50 }, (_, at) => `${at};`);
    const writes = texts.map((text) => file.writeAll(text));
    await Promise.all(writes);
    assert.equal(Buffer.from(peer.empty()).toString(), texts.join(""));
    await close();
  });

  test("a queued read that is canceled lets the next one have its turn", async () => {
    const { file, peer, close } = await openFifo(stage());
    const reads = [1, 2, 3].map((length) => file.read(new IoBuffer(length)));
    await others(stage());
    reads[1]?.cancel();
    peer.write("abcd");
    assert.deepEqual(await Promise.all([reads[0], reads[2]]), [1, 3]);
    assert.equal((await reads[1]?.outcome())?.status, "canceled");
    await close();
  });

  test("a position makes no sense on a stream, and is refused", async () => {
    const { file, close } = await openFifo(stage());
    assert.equal(file.isStream, true);
    const refused = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" };
    assert.throws(() => file.read(new IoBuffer(1), { position: 0 }), refused);
    assert.throws(() => file.write("x", { position: 0 }), refused);
    assert.throws(() => file.readv([new IoBuffer(1)], { position: 5 }), refused);
    await close();
  });
}

function positions(stage: () => Stage): void {
  test("calls without a position go on where the last one ended (decision 5)", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile(CONTENT), "r+");
    const buffers = [3, 4, 2, 5].map((length) => new IoBuffer(length));
    const counts = await Promise.all([
      file.read(buffers[0]!),
      file.readFully(buffers[1]!),
      file.write("XY"),
      file.readv([buffers[2]!, buffers[3]!]),
      file.read(new IoBuffer(8)),
    ]);
    assert.deepEqual(counts, [3, 4, 2, 7, 0]);
    const texts = buffers.map((buffer) => Buffer.from(buffer.bytes).toString());
    assert.deepEqual(texts, ["012", "3456", "9a", "bcdef"]);
    assert.equal(Buffer.from(world.contentOf(file.path)).toString(), "0123456XY9abcdef");
    await file.close();
  });

  test("calls with a position neither wait nor count", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile(CONTENT), "r");
    const one = new IoBuffer(2);
    const far = new IoBuffer(2);
    const two = new IoBuffer(2);
    await Promise.all([file.read(one), file.read(far, { position: 10 }), file.read(two)]);
    const texts = [one, far, two].map((buffer) => Buffer.from(buffer.bytes).toString());
    assert.deepEqual(texts, ["01", "ab", "23"]);
    await file.close();
  });

  for (const way of ["aborted", "canceled", "abandoned"] as const) {
    test(`a read that was ${way} leaves the position where it was`, async () => {
      const { io, world } = stage();
      for (let round = 0; round < 30; round++) {
        const file = await io.open(world.makeFile(CONTENT), "r");
        await file.read(new IoBuffer(2));
        const controller = new AbortController();
        const read = file.read(new IoBuffer(5), { signal: controller.signal });
        const ended = read.outcome();
        if (round % 2 === 0) await Promise.resolve();
        if (way === "aborted") controller.abort();
        else if (way === "canceled") read.cancel();
        else read.abandon();
        const { status } = await ended;
        const buffer = new IoBuffer(3);
        await file.read(buffer);
        const text = Buffer.from(buffer.bytes).toString();
        assert.equal(text, status === "completed" ? "789" : "234", status);
        await file.close();
      }
    });
  }

  test("0 is the end, and only the end", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile("abc"), "r");
    const buffer = new IoBuffer(2);
    const counts: number[] = [];
    for (let count = -1; count !== 0; ) {
      count = await file.read(buffer);
      counts.push(count);
    }
    assert.deepEqual(counts, [2, 1, 0]);
    assert.equal(await file.read(buffer, { position: 100 }), 0);
    assert.equal(await file.readFully(buffer, { position: 2 }), 1);
    await file.close();
  });
}

function signals(stage: () => Stage): void {
  test("one listener, however many operations; none piles up", async () => {
    const { io, world } = stage();
    const { file, close } = await openFifo(stage());
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = (): number => getEventListeners(signal, "abort").length;
    const reads = Array.from({ length: 500 }, () => file.read(new IoBuffer(1), { signal }));
    const path = world.makeFile("x");
    const stats = Array.from({ length: 500 }, () => io.stat(path, { signal }));
    assert.equal(listeners(), 1);
    await Promise.all(stats);
    assert.equal(listeners(), 1);
    const ends = reads.map((read) => read.outcome());
    controller.abort();
    await Promise.all(ends);
    await close();
    const many = Array.from({ length: 300 }, () => new AbortController().signal);
    for (const each of many) await io.stat(path, { signal: each });
    const left = many.filter((each) => getEventListeners(each, "abort").length > 0).length;
    assert.ok(left <= 16, `${left} idle signals are listened to`);
    assertQuiet(stage());
  });

  test("aborting after the end does nothing", async () => {
    const { io, world } = stage();
    const controller = new AbortController();
    const { signal } = controller;
    assert.equal((await io.stat(world.makeFile("abc"), { signal })).size, 3);
    controller.abort();
    assertQuiet(stage());
  });

  test("any() of signals, and signals that abort each other, end each once", async () => {
    const { file, close } = await openFifo(stage());
    const [one, two] = [new AbortController(), new AbortController()];
    one.signal.addEventListener("abort", () => two.abort("two"));
    const any = AbortSignal.any([one.signal, two.signal]);
    const reads = [any, two.signal, one.signal].map((signal) =>
      file.read(new IoBuffer(1), { signal, timeoutMs: LONG_MS }),
    );
    const ends = Promise.all(reads.map((read) => read.outcome()));
    await others(stage());
    one.abort("one");
    for (const end of await ends) assert.equal(end.status, "canceled");
    await close();
    assertQuiet(stage());
  });
}

function files(subject: Subject, stage: () => Stage): void {
  test("stat() of a link follows it, or not", async () => {
    const { io, world } = stage();
    const path = world.makeFile("abc");
    const link = world.fresh();
    await io.symlink(path, link);
    assert.equal((await io.stat(link)).type, "file");
    assert.equal((await io.stat(link, { followSymlinks: false })).type, "symlink");
  });

  test("paths may be text, bytes or file: URLs, as they are at the call", async () => {
    const { io, world } = stage();
    const path = world.makeFile("abc");
    const bytes = Buffer.from(path);
    const sizes = [io.stat(path), io.stat(bytes), io.stat(new URL(`file://${path}`))];
    bytes.fill(0x2f);
    assert.deepEqual(
      (await Promise.all(sizes)).map((stat) => stat.size),
      [3, 3, 3],
    );
  });

  test("paths of bytes that are not UTF-8", needs(subject, "bytePaths"), async () => {
    const { io, world } = stage();
    const odd = Buffer.concat([Buffer.from(world.fresh("é ")), Buffer.from([0xff, 0x80])]);
    await (await io.open(odd, "w")).close();
    assert.equal((await io.stat(odd)).size, 0);
    await io.unlink(odd);
  });
}

function transfers(stage: () => Stage): void {
  test("writes take text and bytes, a part of them, and nothing at all", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile(""), "r+");
    assert.equal(await file.write("é€"), 5);
    assert.equal(await file.write(Buffer.from("abcdef"), { offset: 2, length: 3 }), 3);
    assert.equal(await file.writeAll("0123456789", { offset: 7 }), 3);
    assert.equal(await file.write(""), 0);
    assert.equal(await file.writeAll(new Uint8Array(0)), 0);
    assert.equal(await file.write(IoBuffer.from("xyz"), { offset: 3, length: 0 }), 0);
    assert.equal(Buffer.from(world.contentOf(file.path)).toString(), "é€cde789");
    await file.close();
  });

  test("errors name the call, the path and the kernel's errno", async () => {
    const { io, world } = stage();
    const path = world.fresh();
    await assert.rejects(io.open(path), {
      name: "IoError",
      code: "ENOENT",
      errno: -2,
      syscall: "open",
      path,
      message: `Cannot open ${JSON.stringify(path)}: no such file or directory (ENOENT)`,
    });
    const directory = await io.open(world.makeDirectory());
    await assert.rejects(directory.read(new IoBuffer(1)), { code: "EISDIR", errno: -21 });
    await directory.close();
    const file = await io.open(world.makeFile(""), "r");
    await assert.rejects(file.write("x"), { code: "EBADF", syscall: "write" });
    await file.close();
    await assert.rejects(io.open(file.path, "wx"), { code: "EEXIST" });
  });

  test("a vector of the greatest number of buffers goes both ways", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile(""), "r+");
    const text = Array.from({ length: 1024 }, (_, at) => String.fromCharCode(97 + (at % 26)));
    assert.equal(await file.writev(text.map((each) => IoBuffer.from(each))), 1024);
    const buffers = text.map(() => new IoBuffer(1));
    assert.equal(await file.readv(buffers, { position: 0 }), 1024);
    assert.equal(Buffer.concat(buffers.map((buffer) => buffer.bytes)).toString(), text.join(""));
    await file.close();
  });

  test("appending goes to the end, whoever else writes", async () => {
    const { io, world } = stage();
    const path = world.makeFile("start,");
    const [one, two] = [await io.open(path, "a"), await io.open(path, "a")];
    for (const part of ["a", "b", "c"]) {
      await one.write(`${part}1,`);
      await two.write(`${part}2,`);
    }
    await Promise.all([one.close(), two.close()]);
    assert.equal(Buffer.from(world.contentOf(path)).toString(), "start,a1,a2,b1,b2,c1,c2,");
  });
}
