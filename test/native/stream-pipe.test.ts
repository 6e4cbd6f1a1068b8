// Goal: pipes of the real kernel: no byte is lost by cancels of any kind, ends are ends,
// descriptors are closed once and by nobody else, and the async context survives.
// Method: both ends are ours; descriptors are counted in /proc.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import * as fs from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { describe, test } from "node:test";

import { Prng } from "../../src/base/prng.ts";
import {
  fromFd,
  IoBuffer,
  type IoError,
  openPipe,
  type Pipe,
  pipe,
  Scope,
  type StreamHandle,
  status,
} from "../../src/index.ts";
import { loadDescriptors } from "../../src/kernel/descriptors.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { keepAlive } from "./keep-alive.ts";
import { noRing } from "./ring-available.ts";

const { O_NONBLOCK, O_RDWR } = fs.constants;
const temporary: string = makeTemporary("stream-pipe");
keepAlive();
status(); // There is a ring from here on, and its descriptors count as there before.

function descriptorCount(): number {
  return fs.readdirSync("/proc/self/fd").length;
}

async function close({ reader, writer }: Pipe): Promise<void> {
  await Promise.all([reader.close(), writer.close()]);
}

function told(reading: Promise<Uint8Array>): Promise<string> {
  return reading.then(
    (bytes) => Buffer.from(bytes).toString(),
    ({ code }: IoError) => code,
  );
}

describe("a pipe", { skip: noRing }, () => {
  test("has two ends, each closed once; the reader's end comes with the writer's", async () => {
    const before = descriptorCount();
    const both = pipe();
    assert.equal(descriptorCount(), before + 2);
    assert.match(both.reader.path, /^pipe:\[\d+\]$/);
    await both.writer.writeAll("all there is");
    await both.writer.close();
    assert.equal(await told(both.reader.readUntil("\n")), "ERR_UNEXPECTED_END");
    assert.equal(await told(both.reader.readExactly(12)), "all there is");
    assert.equal(await both.reader.read(new IoBuffer(1)), 0);
    await close(both);
    assert.equal(descriptorCount(), before);
  });

  test("is closed with the scope that it was made in", async () => {
    const before = descriptorCount();
    let reading: Promise<string> | undefined;
    await Scope.use({}, async (scope) => {
      const { reader, writer } = scope.pipe();
      await writer.writeAll("abc");
      reading = told(reader.readExactly(4));
    });
    assert.equal(await reading, "ABORT_ERR");
    assert.equal(descriptorCount(), before);
  });

  test("numbered bytes come once and in order, whatever is canceled", async () => {
    const both = pipe();
    const { reader, writer } = both;
    const random = new Prng(1);
    const total = 20_000;
    const writing = (async () => {
      for (let count = 0; count < total; count += 100) {
        const numbers = Array.from({ length: 100 }, (_, at) => `${count + at},`);
        await writer.writeAll(numbers.join(""));
      }
    })();
    let got = "";
    let rounds = 0;
    const buffer = new IoBuffer(64);
    const wanted = Array.from({ length: total }, (_, at) => `${at},`).join("");
    while (got.length < wanted.length) {
      const readings = Array.from({ length: 1 + random.below(3) }, () => take(reader, random));
      got += (await Promise.all(readings)).join("");
      // So that it comes to its end, also if all of them are stopped, again and again.
      const count = got.length < wanted.length ? await reader.read(buffer) : 0;
      got += Buffer.from(buffer.bytes.subarray(0, count)).toString();
      assert.ok(wanted.startsWith(got), `after ${got.slice(-40)}`);
      rounds++;
    }
    await writing;
    await close(both);
    assert.ok(rounds > 100, `${rounds} rounds are too few`);
  });
});

/** A read of some kind that is stopped in some way at some time. */
async function take(stream: StreamHandle, random: Prng): Promise<string> {
  const controller = new AbortController();
  const options = { signal: controller.signal };
  const stop = (): void => controller.abort();
  const when = random.below(4);
  if (when === 0) stop();
  else if (when === 1) setImmediate(stop);
  else if (when === 2) void Promise.resolve().then(stop);
  else setImmediate(() => setImmediate(() => setImmediate(stop)));
  if (random.chance(0.3)) {
    const buffer = new IoBuffer(1 + random.below(500));
    const operation = stream.read(buffer, options);
    if (random.chance(0.3)) operation.abandon();
    const { status: end, bytesTransferred } = await operation.outcome();
    if (end === "abandoned") return "";
    return Buffer.from(buffer.bytes.subarray(0, bytesTransferred)).toString();
  }
  const isExact = random.chance(0.5);
  const reading = isExact
    ? stream.readExactly(1 + random.below(500), options)
    : stream.readUntil("7,", options);
  const text = await told(reading);
  return text === "ABORT_ERR" ? "" : text;
}

describe("fromFd()", { skip: noRing }, () => {
  test("the owner may close his, and give its number to another file", async () => {
    const made = loadDescriptors()?.pipe();
    assert.ok(typeof made === "object");
    const reader = fromFd(made.reader);
    const reading = told(reader.readExactly(4));
    const writer = fromFd(made.writer, { takeOver: true });
    loadDescriptors()?.close(made.reader);
    const other = fs.openSync("/etc/hostname", "r");
    await writer.writeAll("ours");
    assert.equal(await reading, "ours");
    await Promise.all([reader.close(), writer.close()]);
    fs.closeSync(other);
  });

  test("takeOver: the handle is the last writer, so its close is the end", async () => {
    const made = loadDescriptors()?.pipe();
    assert.ok(typeof made === "object");
    const before = descriptorCount();
    const reader = fromFd(made.reader, { takeOver: true });
    const writer = fromFd(made.writer, { takeOver: true });
    assert.equal(descriptorCount(), before);
    await writer.close();
    assert.equal(await reader.read(new IoBuffer(1)), 0);
    await reader.close();
    assert.equal(descriptorCount(), before - 2);
  });

  test("what is none: EBADF", () => {
    const refused = { name: "IoError", code: "EBADF", errno: -9, syscall: "fromFd" };
    assert.throws(() => fromFd(19_999), refused);
  });

  test("a FIFO that does not wait keeps its flag, and reads of it wait", async () => {
    const path = makeFifo(temporary, "flags");
    const fd = fs.openSync(path, O_RDWR | O_NONBLOCK);
    const stream = fromFd(fd);
    const reading = stream.readExactly(6);
    await stream.ready("writable");
    fs.writeSync(fd, "abc");
    fs.writeSync(fd, "def");
    assert.equal(await told(reading), "abcdef");
    await stream.close();
    const described = loadDescriptors()?.describe(fd);
    assert.ok(typeof described === "object" && described.isNonBlocking);
    fs.closeSync(fd);
  });
});

describe("openPipe()", { skip: noRing }, () => {
  test("what is no FIFO is refused, and not left open", async () => {
    const before = descriptorCount();
    for (const path of ["/etc/hostname", "/dev/null", "/tmp", "/dev/tty"]) {
      const { code } = await openPipe(path).then(
        () => assert.fail(path),
        (error: IoError) => error,
      );
      assert.ok(["ERR_NOT_A_PIPE", "ENXIO"].includes(code), `${path}: ${code}`);
    }
    // What closes them is still on its way.
    const { reader, writer } = pipe();
    await writer.writeAll("x");
    await reader.readExactly(1);
    await close({ reader, writer });
    assert.equal(descriptorCount(), before);
  });

  test("a hundred opens that wait for a reader are canceled in one go", async () => {
    const path = makeFifo(temporary, "waiting");
    const before = descriptorCount();
    const controller = new AbortController();
    const opens = Array.from({ length: 100 }, () =>
      openPipe(path, "w", { signal: controller.signal }),
    );
    const outcomes = Promise.all(opens.map((open) => open.outcome()));
    await fs.promises.stat(path);
    controller.abort();
    const ends = new Set((await outcomes).map(({ status: end }) => end));
    assert.deepEqual([...ends], ["canceled"]);
    assert.equal(descriptorCount(), before);
  });
});

describe("the async context", { skip: noRing }, () => {
  const storage = new AsyncLocalStorage<string>();

  /** Runs in a context of its own; somebody without one writes what it waits for. */
  async function inContext(work: (both: Pipe) => Promise<void>): Promise<void> {
    const both = pipe();
    const running = storage.run("ours", () => work(both));
    await both.writer.writeAll("one\ntwo\n");
    await both.writer.writeAll("three\n");
    await both.writer.close();
    await running;
    await both.reader.close();
  }

  const seen = (): void => assert.equal(storage.getStore(), "ours");

  test("survives await, readUntil() and ready()", () =>
    inContext(async ({ reader }) => {
      await reader.ready("readable");
      seen();
      for (const length of [4, 4, 6]) {
        assert.equal((await reader.readUntil("\n")).byteLength, length);
        seen();
      }
      await reader.readExactly(5).catch(seen);
      assert.equal(await reader.read(new IoBuffer(5)), 0);
      seen();
    }));

  test("survives lines()", () =>
    inContext(async ({ reader }) => {
      for await (const line of reader.lines()) {
        assert.ok(line.length > 2);
        seen();
      }
      seen();
    }));

  test("survives a stream of the web", () =>
    inContext(async ({ reader }) => {
      for await (const bytes of reader.createReader()) {
        assert.ok(bytes.byteLength > 0);
        seen();
      }
      seen();
    }));

  test("survives the events of a Node stream", () =>
    inContext(async ({ reader }) => {
      let count = 0;
      const readable = reader.toReadable();
      readable.on("data", (bytes: Buffer) => {
        count += bytes.byteLength;
        seen();
      });
      readable.on("end", seen).on("close", seen);
      await finished(readable);
      seen();
      assert.equal(count, 14);
    }));

  test("survives an abort that comes from elsewhere", () =>
    inContext(async ({ reader }) => {
      await reader.readUntil("three\n");
      const controller = new AbortController();
      storage.exit(() => setImmediate(() => controller.abort()));
      await reader.readUntil("never", { signal: controller.signal }).catch(seen);
      seen();
    }));
});

test("a FIFO's file is not needed any more once it is open", { skip: noRing }, async () => {
  const path = makeFifo(temporary, "gone");
  const stream = await openPipe(path, "r+");
  fs.unlinkSync(join(temporary, "gone-0"));
  await stream.writeAll("still here");
  assert.equal(await told(stream.readExactly(10)), "still here");
  await stream.close();
});
