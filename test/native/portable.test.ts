// Goal: with the shim alone, what waits is told of each change and of nothing else; what a program
// inherits stays as it is; and the end of a thread leaves neither descriptors nor memory behind.
// Method: pipes, FIFOs and counters of the real kernel, and workers that end in every way.

import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import {
  eventfd,
  fromFd,
  IoBuffer,
  inFlight,
  open,
  openPipe,
  pipe,
  stat,
  timer,
} from "../../src/index.ts";
import { loadAddon } from "../../src/kernel/addon.ts";
import { loadDescriptors } from "../../src/kernel/descriptors.ts";
import { memoryCounters } from "../../src/kernel/memory.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { bytesAliveAfterCollection } from "./collect.ts";
import { keepAlive } from "./keep-alive.ts";
import { noShim } from "./portable-here.ts";

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;
const temporary: string = makeTemporary("portable");
let fifoCount = 0;
keepAlive();

function freshFifo(): string {
  return makeFifo(temporary, `fifo-${fifoCount++}`);
}

/** In a container the kernel's messages may be nobody's. */
function isReadable(path: string): boolean {
  try {
    fs.closeSync(fs.openSync(path, O_RDONLY | O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** Others come and go meanwhile, so that what has not ended by then waits. */
async function others(): Promise<void> {
  for (let round = 0; round < 5; round++) await stat("/");
}

function textOf(buffer: IoBuffer, count: number): string {
  return Buffer.from(buffer.bytes.subarray(0, count)).toString();
}

describe("portable: FIFOs and what has none of their flags", { skip: noShim }, () => {
  test("a writer that comes and goes without a byte is an end", async () => {
    const path = freshFifo();
    const stream = await openPipe(path);
    const reading = stream.read(new IoBuffer(8));
    await others();
    assert.equal(reading.state, "submitted");
    fs.closeSync(fs.openSync(path, O_WRONLY | O_NONBLOCK));
    assert.equal(await reading, 0);
    await stream.close();
  });

  test("an inherited pipe waits without O_NONBLOCK, and its flags stay as they are", async () => {
    const descriptors = loadDescriptors()!;
    const ends = descriptors.pipe();
    assert.ok(typeof ends !== "number");
    const reader = fromFd(ends.reader, { takeOver: true });
    const writer = fromFd(ends.writer);
    const buffer = new IoBuffer(8);
    const canceled = reader.read(buffer);
    await others();
    canceled.cancel();
    assert.equal((await canceled.outcome()).status, "canceled");
    const reading = reader.read(buffer);
    await others();
    assert.equal(reading.state, "submitted");
    fs.writeSync(ends.writer, "given");
    assert.equal(textOf(buffer, await reading), "given");
    const writing = writer.writeAll(new Uint8Array(200_000));
    await others();
    assert.equal(writing.state, "submitted");
    const description = descriptors.describe(ends.writer);
    assert.ok(typeof description === "object" && !description.isNonBlocking);
    for (let left = 200_000; left > 0; ) left -= await reader.read(new IoBuffer(65_536));
    await writing;
    await Promise.all([reader.close(), writer.close()]);
    fs.closeSync(ends.writer);
  });

  test("an inherited FIFO by path, which knows no way but to be opened anew", async () => {
    const path = freshFifo();
    const fd = fs.openSync(path, O_RDWR);
    const stream = fromFd(fd, { takeOver: true });
    const buffer = new IoBuffer(8);
    const reading = stream.read(buffer);
    await others();
    assert.equal(reading.state, "submitted");
    assert.equal(await stream.write("through"), 7);
    assert.equal(textOf(buffer, await reading), "through");
    const before = fs.readdirSync("/proc/self/fd").length;
    await stream.close();
    assert.ok(fs.readdirSync("/proc/self/fd").length < before);
  });

  test("of two who wait for the same byte one has it, and the other waits on", async () => {
    const path = freshFifo();
    const peer = fs.openSync(path, O_RDWR);
    const streams = await Promise.all([openPipe(path, "r"), openPipe(path, "r")]);
    const buffers = [new IoBuffer(1), new IoBuffer(1)];
    for (let round = 0; round < 100; round++) {
      const reads = streams.map((stream, at) => stream.read(buffers[at] as IoBuffer));
      await others();
      fs.writeSync(peer, "x");
      await Promise.race(reads);
      await others();
      const states = reads.map(({ state }) => state).sort();
      assert.deepEqual(states, ["settled", "submitted"]);
      for (const read of reads) read.cancel();
      const ends = await Promise.all(reads.map((read) => read.outcome()));
      assert.equal(ends.filter(({ status }) => status === "completed").length, 1);
    }
    await Promise.all(streams.map((stream) => stream.close()));
    fs.closeSync(peer);
  });

  test("a pipe without a reader is an error, and no signal", async () => {
    let signals = 0;
    const listener = (): void => {
      signals++;
    };
    process.on("SIGPIPE", listener);
    after(() => process.removeListener("SIGPIPE", listener));
    const { reader, writer } = pipe();
    await reader.close();
    for (let round = 0; round < 20; round++) {
      await assert.rejects(writer.write("x"), { code: "EPIPE" });
    }
    await others();
    assert.equal(signals, 0);
    await writer.close();
  });
});

describe("portable: numbers and counters", { skip: noShim }, () => {
  test("files of the kernel that can be waited for are never left to a thread", () => {
    const shim = loadAddon().addon?.readinessCalls;
    const mayWait = (path: string): boolean => {
      const fd = fs.openSync(path, O_RDONLY | O_NONBLOCK);
      const sort = shim?.sort(fd) ?? 0;
      fs.closeSync(fd);
      return sort > 0;
    };
    const paths = ["/proc/self/mounts", "/proc/meminfo", "/proc/self/status"];
    assert.deepEqual(paths.map(mayWait), [true, false, false]);
    assert.ok(!isReadable("/proc/kmsg") || mayWait("/proc/kmsg"));
  });

  test("a number that is used again at once is another file's", async () => {
    const path = freshFifo();
    const peer = fs.openSync(path, O_RDWR);
    const file = join(temporary, "again");
    fs.writeFileSync(file, "file");
    const numbers = new Set<number>();
    for (let round = 0; round < 100; round++) {
      const stream = await openPipe(path, "r");
      const reading = stream.read(new IoBuffer(8));
      await turn();
      const closing = stream.close();
      const opening = open(file);
      await closing;
      const regular = await opening;
      const buffer = new IoBuffer(8);
      assert.equal(textOf(buffer, await regular.read(buffer, { position: 0 })), "file");
      assert.equal((await reading.outcome()).status, "canceled");
      await regular.close();
      const again = fs.openSync(file, O_RDONLY);
      numbers.add(again);
      fs.closeSync(again);
    }
    assert.ok(numbers.size < 100, "no number was used again");
    assert.deepEqual(inFlight(), []);
    fs.closeSync(peer);
  });

  test("a counter with room for less than what is added waits, and can be canceled", async () => {
    const counter = eventfd();
    const most = 0xffff_ffff_ffff_fffen;
    await counter.add(most - 1n);
    const adding = counter.add(5);
    await others();
    assert.equal(adding.state, "submitted");
    const canceled = counter.add(7);
    canceled.cancel();
    assert.equal((await canceled.outcome()).status, "canceled");
    assert.equal(await counter.wait(), most - 1n);
    await adding;
    assert.equal(await counter.wait(), 5n);
    await counter.close();
  });

  test("a timer that waits can be set, and is told", async () => {
    const ticks = timer();
    const waiting = ticks.expirations();
    await others();
    assert.equal(waiting.state, "submitted");
    ticks.set(1);
    assert.equal(await waiting, 1n);
    await ticks.close();
  });
});

function countDescriptors(): number {
  return fs.readdirSync("/proc/self/fd").length;
}

async function runWorker(workerData: { readonly ending: string }): Promise<void> {
  const worker = new Worker(new URL("./portable-worker.js", import.meta.url), { workerData });
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  worker.on("error", (error) => assert.equal((error as Error).message, "on purpose"));
  // An error may come first, and is looked at above.
  await Promise.race([once(worker, "message").catch(() => {}), ended]);
  if (workerData.ending === "terminated") await worker.terminate();
  await ended;
}

describe("portable: the end of a thread", { skip: noShim }, () => {
  for (const ending of ["terminated", "process.exit", "throw"]) {
    test(`takes everything with it: ${ending}`, async () => {
      const files = Array.from({ length: 10 }, (_, at) => join(temporary, `busy-${at}`));
      for (const path of files) fs.writeFileSync(path, "content");
      const workerData = {
        ending,
        files,
        fifos: [freshFifo(), freshFifo()],
        blocked: freshFifo(),
      };
      await runWorker(workerData);
      const before = countDescriptors();
      const bytesBefore = await bytesAliveAfterCollection();
      for (let round = 0; round < 10; round += 1) await runWorker(workerData);
      assert.equal(countDescriptors(), before);
      assert.equal(await bytesAliveAfterCollection(), bytesBefore);
      assert.equal(memoryCounters().bytesLeaked, 0);
    });
  }
});
