// Streams of files and FIFOs: P2 to P5 and P7 as whoever reads and writes through streams sees
// them.

import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";

import { Prng } from "../../src/base/prng.ts";
import type { File, IoError } from "../../src/index.ts";
import { assertQuiet } from "./checks.ts";
import { type FifoCase, openFifo, others } from "./fifo-case.ts";
import { READINGS, type Reading, readToEnd } from "./readings.ts";
import { needs, type Stage, type Subject, turn } from "./subject.ts";

export function streamCases(subject: Subject, stage: () => Stage): void {
  describe("streams of files", needs(subject, "descriptors"), () => {
    files(stage);
    copies(stage);
    positions(stage);
  });
  describe("streams of FIFOs", needs(subject, "waitingReads", "waitingWrites"), () => {
    endings(stage);
    bytes(stage);
    writes(stage);
    failures(stage);
  });
}

/** Long enough for many blocks; each byte says where it is, and no period is that of a block. */
function makeContent(byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, at) => (at * 31 + (at >> 7)) % 251);
}

/** Every way to read a stream to its end. */
const WAYS: Readonly<Record<string, (file: File, options: object) => AsyncIterable<Uint8Array>>> = {
  "a web stream": (file, options) => file.createReader(options),
  "a Node stream": (file, options) => file.toReadable(options),
  "a Node stream made a web stream": (file, options) => Readable.toWeb(file.toReadable(options)),
  "memory that is brought": async function* (file, options) {
    const reader = file.createReader(options).getReader({ mode: "byob" });
    for (let view = new Uint8Array(1000); ; ) {
      const { value, done } = await reader.read(view);
      if (done) return;
      yield value.slice();
      view = new Uint8Array(value.buffer);
    }
  },
};

const SHAPES = [
  { blockBytes: 4096, blocksInFlight: 3 },
  { blockBytes: 1000, blocksInFlight: 1 },
  { start: 5, end: 60_001, blockBytes: 777, blocksInFlight: 16 },
  { start: 99_999 },
  { start: 200_000 },
  { start: 7, end: 7 },
  {},
];

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function files(stage: () => Stage): void {
  for (const [way, read] of Object.entries(WAYS)) {
    test(`${way} brings each byte once and in order, and closes the file`, async () => {
      const { io, world } = stage();
      const content = makeContent(100_000);
      const path = world.makeFile(content);
      const before = world.descriptorCount();
      for (const shape of SHAPES) {
        const file = await io.open(path);
        const got = await collect(read(file, shape));
        const { start = 0, end } = shape as { start?: number; end?: number };
        assert.ok(got.equals(content.subarray(start, end)), JSON.stringify(shape));
        assert.equal(file.state, "closed");
      }
      assert.equal(world.descriptorCount(), before);
      assertQuiet(stage());
    });
  }

  test("leaving a loop early stops what is read ahead, and closes the file", async () => {
    const { io, world } = stage();
    const path = world.makeFile(makeContent(100_000));
    const before = world.descriptorCount();
    for (const read of Object.values(WAYS).slice(0, 3)) {
      const file = await io.open(path);
      let count = 0;
      for await (const chunk of read(file, { blockBytes: 1024, blocksInFlight: 8 })) {
        count += chunk.byteLength;
        if (count > 20_000) break;
      }
      while (file.state !== "closed") await turn();
    }
    assert.equal(world.descriptorCount(), before);
    assertQuiet(stage());
  });
}

function copies(stage: () => Stage): void {
  test("pipeTo and pipeline copy a file, and close both", async () => {
    const { io, world } = stage();
    const content = makeContent(150_000);
    const path = world.makeFile(content);
    for (const kind of ["web", "node"]) {
      const source = await io.open(path);
      const target = await io.open(world.fresh("copy"), "w");
      const reads = { blockBytes: 4000, blocksInFlight: 4 };
      const writes = { blockBytes: 3000 };
      if (kind === "web") await source.createReader(reads).pipeTo(target.createWriter(writes));
      else await pipeline(source.toReadable(reads), target.toWritable(writes));
      assert.deepEqual([source.state, target.state], ["closed", "closed"]);
      assert.ok(Buffer.from(world.contentOf(target.path)).equals(content), kind);
    }
    assertQuiet(stage());
  });

  test("a writer begins where it is told, and takes text and bytes", async () => {
    const { io, world } = stage();
    const path = world.makeFile("0123456789");
    const file = await io.open(path, "r+");
    await file.write("AB");
    const follower = file.createWriter({ close: false }).getWriter();
    await follower.write("cd");
    await follower.write(Buffer.from("é"));
    await follower.close();
    const writable = file.toWritable({ start: 8 });
    writable.write("x");
    writable.end("yz");
    await once(writable, "close");
    assert.equal(Buffer.from(world.contentOf(path)).toString(), "ABcdé67xyz");
    assert.equal(file.state, "closed");
  });
}

function positions(stage: () => Stage): void {
  test("a file goes on where the stream has ended", async () => {
    const { io, world } = stage();
    const content = Buffer.from("one\ntwo\r\nthree\nfour");
    const path = world.makeFile(content);
    for (let blockBytes = 1; blockBytes < 22; blockBytes++) {
      const file = await io.open(path);
      const options = { blockBytes, blocksInFlight: 3, close: false };
      for await (const line of file.lines(options)) if (line === "two") break;
      const rest = await collect(file.createReader({ ...options, close: true }));
      assert.equal(rest.toString(), "three\nfour", `blocks of ${blockBytes}`);
    }
  });

  test("a reader with a start of its own leaves the file's position alone", async () => {
    const { io, world } = stage();
    const file = await io.open(world.makeFile("0123456789"));
    const own = collect(file.createReader({ start: 5, close: false }));
    const other = collect(file.createReader({ start: 2, end: 4, close: false }));
    assert.deepEqual([String(await own), String(await other)], ["56789", "23"]);
    assert.equal(String(await collect(file.createReader())), "0123456789");
  });
}

/** Ways to end a read of a FIFO that waits. Each resolves when the kernel has let go. */
const ENDINGS: Readonly<Record<string, (file: File) => Promise<unknown>>> = {
  "cancel() of a web stream": async (file) => {
    const reader = file.createReader().getReader();
    const read = reader.read();
    await turn();
    await reader.cancel();
    assert.equal((await read).done, true);
  },
  "cancel() of a read into memory that was brought": async (file) => {
    const reader = file.createReader().getReader({ mode: "byob" });
    const view = new Uint8Array(100);
    const read = reader.read(view);
    await turn();
    assert.equal(view.byteLength, 0, "the stream has it");
    await reader.cancel();
    assert.deepEqual(await read, { done: true, value: undefined });
  },
  "destroy() of a Node stream": async (file) => {
    const readable = file.toReadable();
    readable.resume();
    await turn();
    readable.destroy();
    await once(readable, "close");
  },
  "return() of lines": async (file) => {
    const lines = file.lines();
    const next = lines.next();
    await turn();
    assert.deepEqual(await lines.return(), { done: true, value: undefined });
    assert.equal((await next).done, true);
  },
  "a signal for a web stream": async (file) => {
    const controller = new AbortController();
    const read = file.createReader({ signal: controller.signal }).getReader().read();
    await turn();
    controller.abort("enough");
    await assert.rejects(read, { code: "ABORT_ERR", name: "AbortError", cause: "enough" });
  },
  "a signal for a Node stream": async (file) => {
    const controller = new AbortController();
    const readable = file.toReadable({ signal: controller.signal }).resume();
    await turn();
    controller.abort("enough");
    const [error] = await once(readable, "error");
    assert.deepEqual([error.code, error.cause], ["ABORT_ERR", "enough"]);
  },
  "a signal for lines": async (file) => {
    const controller = new AbortController();
    const lines = file.lines({ signal: controller.signal });
    const next = lines.next();
    await turn();
    controller.abort("enough");
    await assert.rejects(next, { code: "ABORT_ERR", cause: "enough" });
    assert.equal((await lines.next()).done, true);
  },
};

function endings(stage: () => Stage): void {
  for (const [ending, act] of Object.entries(ENDINGS)) {
    test(`${ending} ends a read that waits, then closes the file`, async () => {
      const { file, peer } = await openFifo(stage());
      const acting = act(file);
      await others(stage());
      await acting;
      assert.equal(file.state, "closed");
      peer.close();
      assertQuiet(stage());
    });
  }
}

const ROUNDS = 40;

function bytes(stage: () => Stage): void {
  for (const [name, reading] of Object.entries(READINGS)) {
    test(`${name}, stopped at any moment: bytes come once and in order`, async () => {
      const random = new Prng(name.length);
      const fifo = await openFifo(stage());
      const { sent, got } = await readInTurns(fifo, random, reading);
      assert.equal(got, sent);
      await fifo.close();
      assertQuiet(stage());
    });
  }

  test("P5: streams of all kinds, one after the other: bytes come once and in order", async () => {
    const random = new Prng(4711);
    const kinds = Object.values(READINGS);
    const fifo = await openFifo(stage());
    const { sent, got } = await readInTurns(fifo, random, (file, draw) => {
      const kind = kinds[draw.below(kinds.length)];
      assert.ok(kind !== undefined);
      return kind(file, draw);
    });
    assert.equal(got, sent);
    await fifo.close();
  });
}

/** Somebody writes all the time, and one reading follows the other. */
async function readInTurns(
  { file, peer }: FifoCase,
  random: Prng,
  reading: Reading,
): Promise<{ sent: string; got: string }> {
  let sent = "";
  let got = "";
  const send = (text: string): void => {
    peer.write(text);
    sent += text;
  };
  const wait = async (): Promise<void> => {
    for (let count = random.below(4); count > 0; count--) await turn();
    for (let count = random.below(8); count > 0; count--) await undefined;
  };
  for (let round = 0; round < ROUNDS; round++) {
    if (random.chance(0.5)) send(`a${round}\nb${round}\nc`);
    const begun = reading(file, random);
    await wait();
    if (random.chance(0.7)) send(`d${round}\n${round}`);
    await wait();
    const stopping = begun.stop();
    if (random.chance(0.5)) send(`e\n${round}f`);
    got += await stopping;
    assert.ok(sent.startsWith(got), `${got} is not how ${sent} begins`);
  }
  got += await readToEnd(file, peer);
  return { sent, got };
}

function writes(stage: () => Stage): void {
  test("abort() of a writer that waits: the error tells what the kernel took", async () => {
    const { file, peer } = await openFifo(stage());
    peer.fill();
    const full = peer.empty().byteLength;
    const writer = file.createWriter().getWriter();
    const write = writer.write(new Uint8Array(full + 5000).fill(0x61));
    const settled = assert.rejects(write, (error: IoError) => {
      assert.deepEqual([error.code, error.cause], ["ABORT_ERR", "enough"]);
      assert.equal(error.bytesTransferred, peer.empty().byteLength);
      return true;
    });
    await others(stage());
    const closed = writer.closed.catch((error: unknown) => error);
    await writer.abort("enough");
    await settled;
    assert.equal(await closed, "enough");
    assert.equal(file.state, "closed");
    peer.close();
    assertQuiet(stage());
  });

  test("destroy() of a Node stream whose write waits settles, and closes the file", async () => {
    const { file, peer } = await openFifo(stage());
    peer.fill();
    const writable = file.toWritable();
    const written = new Promise((resolve) => writable.write("late", resolve));
    await others(stage());
    const reason = new Error("enough");
    const failed = once(writable, "error");
    writable.destroy(reason);
    assert.deepEqual(await failed, [reason]);
    assert.ok((await written) instanceof Error);
    assert.equal(file.state, "closed");
    assert.ok(!Buffer.from(peer.empty()).includes("late"));
    peer.close();
    assertQuiet(stage());
  });

  test("a writer waits until somebody takes its bytes: none is lost", async () => {
    const { file, peer } = await openFifo(stage());
    const text = Array.from({ length: 30_000 }, (_, at) => `${at}\n`).join("");
    const writable = file.toWritable({ blockBytes: 10_000 });
    writable.end(text);
    const taken: Uint8Array[] = [];
    while (file.state !== "closed") {
      taken.push(peer.empty());
      await turn();
    }
    taken.push(peer.empty());
    assert.equal(Buffer.concat(taken).toString(), text);
    peer.close();
  });
}

function failures(stage: () => Stage): void {
  test("a failing read ends the stream with the kernel's error and closes the file", async () => {
    const { io, world } = stage();
    const ways = [...Object.values(WAYS), (file: File) => file.lines()];
    for (const read of ways.filter((way) => way !== WAYS["a Node stream made a web stream"])) {
      const directory = await io.open(world.makeDirectory());
      const failing = (async (): Promise<void> => {
        for await (const chunk of read(directory, {})) assert.fail(`read ${chunk}`);
      })();
      await assert.rejects(failing, { name: "IoError", code: "EISDIR", bytesTransferred: 0 });
      assert.equal(directory.state, "closed");
    }
    assertQuiet(stage());
  });

  test("a failing write ends the stream with the kernel's error and closes the file", async () => {
    const { io, world } = stage();
    const path = world.makeFile("");
    const web = await io.open(path);
    const writer = web.createWriter().getWriter();
    const closed = writer.closed.catch((error: unknown) => error);
    await assert.rejects(writer.write("x"), { code: "EBADF" });
    assert.equal(((await closed) as IoError).code, "EBADF");
    const node = await io.open(path);
    await assert.rejects(pipeline(["x"], node.toWritable()), { code: "EBADF" });
    assert.deepEqual([web.state, node.state], ["closed", "closed"]);
    assertQuiet(stage());
  });
}
