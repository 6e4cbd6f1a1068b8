// Goal: without the shim, who waits for bytes is woken by them and loses none; who waits for what
// Node does not tell looks again, ever less often; and nobody is told what is no longer so.
// Method: FIFOs of the real kernel for wakes, and a clock that is stepped for looking again.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { NodeAttempts } from "../../../src/backend/portable/node-attempts.ts";
import { NodeReadiness } from "../../../src/backend/portable/node-readiness.ts";
import { LOOK_AGAIN_MS_FIRST, LOOK_AGAIN_MS_MAX } from "../../../src/base/limits.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { errno } from "../../../src/kernel/errno.ts";
import { HeapMemory } from "../../../src/kernel/heap-memory.ts";
import { POLLIN, POLLOUT } from "../../../src/kernel/readiness.ts";
import { makeFifo } from "../../support/fifo.ts";
import { makeTemporary } from "../../support/temp.ts";

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;
// Bun's sockets tell nothing of this.
const skip = process.platform !== "linux" || "bun" in process.versions ? "nobody tells" : false;
const temporary = makeTemporary("node-readiness");
const opened: Set<number> = new Set();
let fifoCount = 0;

// Wakes alone do not keep a process alive.
const holder = new NodeReadiness(new StepClock());
holder.hold(true);

after(() => {
  holder.hold(false);
  for (const fd of opened) fs.closeSync(fd);
});

function opening(path: string, flags: number): number {
  const fd = fs.openSync(path, flags | O_NONBLOCK);
  opened.add(fd);
  return fd;
}

function closing(fd: number): void {
  opened.delete(fd);
  fs.closeSync(fd);
}

interface Ends {
  readonly path: string;
  readonly reader: number;
  readonly writer: number;
}

function makeEnds(): Ends {
  const path = makeFifo(temporary, `fifo-${fifoCount++}`);
  const reader = opening(path, O_RDONLY);
  return { path, reader, writer: opening(path, O_WRONLY) };
}

/** Until it is readable, or nobody can tell; and what `isReadable` says then. */
function wait(readiness: NodeReadiness, fd: number): Promise<boolean | null> {
  return new Promise((resolve) => {
    readiness.watch(fd, POLLIN, () => {
      const isReadable = readiness.isReadable(fd);
      if (isReadable === false) return; // It calls at other times, too.
      readiness.unwatch(fd);
      resolve(isReadable);
    });
  });
}

function textOf(fd: number): string {
  const room = new Uint8Array(16);
  return Buffer.from(room.subarray(0, fs.readSync(fd, room))).toString();
}

describe("wakes of FIFOs", { skip }, () => {
  test("come with bytes, each time, and take none", async () => {
    const readiness = new NodeReadiness(new StepClock());
    const { reader, writer } = makeEnds();
    assert.equal(readiness.hasWoken(reader), false);
    for (const text of ["one", "two", "three"]) {
      const woken = wait(readiness, reader);
      assert.equal(readiness.isReadable(reader), false);
      fs.writeSync(writer, text);
      assert.equal(await woken, true);
      assert.equal(textOf(reader), text);
    }
    assert.equal(readiness.hasWoken(reader), true);
    readiness.forget(reader);
    assert.equal(readiness.hasWoken(reader), false);
  });

  test("come for what is there already, and for a hang-up", async () => {
    const readiness = new NodeReadiness(new StepClock());
    const { reader, writer } = makeEnds();
    fs.writeSync(writer, "early");
    assert.equal(await wait(readiness, reader), true);
    assert.equal(textOf(reader), "early");
    const woken = wait(readiness, reader);
    closing(writer);
    assert.equal(await woken, true);
    assert.equal(fs.readSync(reader, new Uint8Array(1)), 0);
  });

  test("do not come for who does not wait any more, and his bytes stay", async () => {
    const readiness = new NodeReadiness(new StepClock());
    const [first, second] = [makeEnds(), makeEnds()];
    let count = 0;
    readiness.watch(first.reader, POLLIN, () => count++);
    const woken = wait(readiness, second.reader);
    readiness.unwatch(first.reader);
    fs.writeSync(first.writer, "kept");
    fs.writeSync(second.writer, "told");
    await woken;
    assert.equal(count, 0);
    assert.equal(textOf(first.reader), "kept");
  });

  test("go on while he waits: bytes that he leaves wake him again", async () => {
    const readiness = new NodeReadiness(new StepClock());
    const { reader, writer } = makeEnds();
    fs.writeSync(writer, "ab");
    let text = "";
    await new Promise<void>((resolve) => {
      readiness.watch(reader, POLLIN, () => {
        const byte = new Uint8Array(1);
        fs.readSync(reader, byte);
        text += String.fromCharCode(byte[0] ?? 0);
        if (text.length === 2) resolve();
      });
    });
    readiness.forget(reader);
    assert.equal(text, "ab");
  });

  test("leave no descriptor behind", async () => {
    const readiness = new NodeReadiness(new StepClock());
    const { reader } = makeEnds();
    const count = (): number => fs.readdirSync("/proc/self/fd").length;
    const before = count();
    for (let round = 0; round < 10; round++) {
      readiness.watch(reader, POLLIN, () => {});
      assert.equal(count(), before + 1);
      readiness.unwatch(reader);
    }
    while (count() > before) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe("looking again", () => {
  test("for room: soon at first, then less often", () => {
    const clock = new StepClock();
    const readiness = new NodeReadiness(clock);
    const delays: number[] = [];
    readiness.watch(9, POLLOUT, () => {});
    for (let round = 0; round < 8; round++) {
      const delayMs = clock.nextMs ?? 0;
      delays.push(delayMs);
      clock.step(delayMs);
    }
    assert.equal(LOOK_AGAIN_MS_FIRST, delays[0]);
    assert.deepEqual(delays, [1, 2, 4, 8, 16, LOOK_AGAIN_MS_MAX, LOOK_AGAIN_MS_MAX, 20]);
    readiness.unwatch(9);
    assert.equal(clock.timerCount, 0);
  });

  test("for bytes that Node tells nothing of: nobody says that there are any", () => {
    const clock = new StepClock();
    const readiness = new NodeReadiness(clock);
    const path = join(temporary, "file");
    fs.writeFileSync(path, "");
    const fd = opening(path, O_RDONLY);
    let count = 0;
    readiness.watch(fd, POLLIN, () => count++);
    clock.step(LOOK_AGAIN_MS_FIRST);
    assert.deepEqual([count, readiness.isReadable(fd), readiness.hasWoken(fd)], [1, null, false]);
    readiness.forget(fd);
    assert.equal(clock.timerCount, 0);
  });
});

describe("attempts without the shim", { skip }, () => {
  const memory = new HeapMemory(8);
  memory.lend();
  const part = { memory, offset: 2, length: 4 };
  const read = (fd: number): object => ({ kind: "read", fd, position: -1, ...part });
  const EAGAIN = -errno("EAGAIN");

  function makeAttempts(): (request: object, fd: number) => number {
    const attempts = new NodeAttempts(new NodeReadiness(new StepClock()));
    return (request, fd) => attempts.make(request as never, fd);
  }

  test("a FIFO that nobody writes to yet has not ended; one that gave a byte has", () => {
    const make = makeAttempts();
    const path = makeFifo(temporary, "no-writer");
    const reader = opening(path, O_RDONLY);
    assert.equal(make(read(reader), reader), EAGAIN);
    const writer = opening(path, O_WRONLY);
    assert.equal(make(read(reader), reader), EAGAIN);
    fs.writeSync(writer, "abcdef");
    assert.equal(make(read(reader), reader), 4);
    assert.deepEqual([...memory.kernelView()], [0, 0, 97, 98, 99, 100, 0, 0]);
    assert.equal(make(read(reader), reader), 2);
    closing(writer);
    assert.equal(make(read(reader), reader), 0);
  });

  test("parts are written in order; full and broken say so", () => {
    const make = makeAttempts();
    const path = makeFifo(temporary, "full");
    const reader = opening(path, O_RDWR);
    const writer = opening(path, O_WRONLY);
    memory.kernelView().set(Buffer.from("01234567"));
    const parts = [part, { ...part, offset: 0, length: 1 }];
    const request = { kind: "writev", fd: writer, parts, position: -1 };
    assert.equal(make(request, writer), 5);
    assert.equal(textOf(reader), "23450");
    while (make(request, writer) > 0);
    assert.equal(make(request, writer), EAGAIN);
    closing(reader);
    assert.equal(make(request, writer), -errno("EPIPE"));
  });
});
