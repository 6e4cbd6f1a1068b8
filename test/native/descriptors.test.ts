/**
 * Goal: descriptors that no path opens are what they are said to be, say what they are, and are
 * closed at the end of the thread that made them; what is wrong is refused, or told as an errno.
 * Method: each call of `Descriptors` against the kernel, with Node's own `fs` at the other end.
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { type Addon, loadAddon } from "../../src/kernel/addon.ts";
import {
  type DescriptorDescription,
  type Descriptors,
  loadDescriptors,
} from "../../src/kernel/descriptors.ts";
import { errno } from "../../src/kernel/errno.ts";
import { runScript } from "../support/children.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { assertArgumentsChecked } from "../support/wrong-arguments.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("descriptor-calls");
const noShim: string | false = loadAddon().reason ?? false;
const calls = loadDescriptors() as Descriptors;
const FD_CLOEXEC_FLAG = 0o2000000;
const UNUSED_FD = 1_000_000;
const IN_CREATE = 0x100;

/** The descriptor, which is closed after the test. */
function keep(t: TestContext, fd: number): number {
  assert.ok(fd >= 3, `errno ${-fd}`);
  t.after(() => assert.equal(calls.close(fd), 0));
  return fd;
}

/** Node's own, closed after the test. */
function openIn(t: TestContext, path: string, flags: string | number): number {
  const fd = openSync(path, flags);
  t.after(() => closeSync(fd));
  return fd;
}

function isInherited(fd: number): boolean {
  const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
  return (Number.parseInt(flags ?? "", 8) & FD_CLOEXEC_FLAG) === 0;
}

/** Whether the end of this thread closes it. */
function isOwn(fd: number): boolean {
  return new Uint32Array((loadAddon().addon as Addon).descriptors)[fd] === 1;
}

function openPipe(t: TestContext): { reader: number; writer: number } {
  const ends = calls.pipe();
  assert.ok(typeof ends === "object");
  return { reader: keep(t, ends.reader), writer: keep(t, ends.writer) };
}

test("a duplicate is the same open file under its own number", { skip: noShim }, (t) => {
  const path = join(temporary, "duplicate");
  writeFileSync(path, "0123456789");
  const original = openSync(path, "r+");
  const fd = calls.duplicate(original);
  readSync(original, Buffer.alloc(4));
  closeSync(original);
  const rest = Buffer.alloc(10);
  assert.equal(readSync(fd, rest), 6, "the position is shared");
  assert.equal(isInherited(fd), false);
  assert.equal(isOwn(fd), true);
  assert.equal(calls.close(fd), 0);
  assert.equal(isOwn(fd), false);
  assert.throws(() => readSync(fd, rest), { code: "EBADF" });
  assert.ok(keep(t, calls.duplicate(0)) >= 3);
});

test("what is not open is told as an errno", { skip: noShim }, () => {
  const EBADF = -errno("EBADF");
  for (const fd of [-1, UNUSED_FD, 2 ** 31 - 1]) {
    assert.equal(calls.duplicate(fd), EBADF);
    assert.equal(calls.describe(fd), EBADF);
    assert.equal(calls.setTimer(fd, 1, 0), EBADF);
    assert.equal(calls.addWatch(fd, "/", IN_CREATE), EBADF);
    assert.equal(calls.removeWatch(fd, 1), EBADF);
    assert.equal(calls.close(fd), EBADF);
  }
});

test("files say what they are", { skip: noShim }, (t) => {
  const path = join(temporary, "file");
  writeFileSync(path, "");
  const fifo = makeFifo(temporary, "fifo");
  const kinds = [
    [path, "r", "file"],
    [path, "w", "file"],
    [path, "r+", "file"],
    [path, "a+", "file"],
    [temporary, "r", "directory"],
    [fifo, "r+", "fifo"],
    ["/dev/null", "w", "character"],
  ] as const;
  for (const [name, flags, kind] of kinds) {
    const fd = openIn(t, name, flags);
    const accessMode = flags === "a+" ? "r+" : flags;
    assert.deepEqual(calls.describe(fd), { kind, accessMode, isNonBlocking: false, name });
  }
  const waiting = openIn(t, fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const described = { kind: "fifo", accessMode: "r", isNonBlocking: true, name: fifo };
  assert.deepEqual(calls.describe(waiting), described);
});

test("one that only names a file is no descriptor to read", { skip: noShim }, (t) => {
  const O_PATH = 0o10000000;
  assert.equal(calls.describe(openIn(t, temporary, O_PATH)), -errno("EBADF"));
});

test("those without a path say what they are", { skip: noShim }, async (t) => {
  const { reader, writer } = openPipe(t);
  const kindOf = (fd: number): unknown => {
    const described = calls.describe(fd);
    assert.ok(typeof described === "object");
    return [described.kind, described.accessMode, described.name.replace(/\d+/, "N")];
  };
  assert.deepEqual(kindOf(reader), ["fifo", "r", "pipe:[N]"]);
  assert.deepEqual(kindOf(writer), ["fifo", "w", "pipe:[N]"]);
  const anonymous = (name: string): string => `anon_inode:${name}`;
  const counter = keep(t, calls.eventfd(0, false));
  assert.deepEqual(kindOf(counter), ["eventfd", "r+", anonymous("[eventfd]")]);
  const timer = keep(t, calls.timerfd("monotonic"));
  assert.deepEqual(kindOf(timer), ["timerfd", "r+", anonymous("[timerfd]")]);
  const watcher = keep(t, calls.inotify());
  assert.deepEqual(kindOf(watcher), ["inotify", "r", anonymous("inotify")]);
  const names = readdirSync("/proc/self/fd").map((fd) => calls.describe(Number(fd)));
  const kinds = names.map((it) => (typeof it === "object" ? it.kind : it));
  assert.ok(kinds.includes("epoll"), "Node's loop has one");
  const server = createServer().listen(0);
  await once(server, "listening");
  const fd = (server as unknown as { _handle: { fd: number } })._handle.fd;
  assert.deepEqual(kindOf(fd), ["socket", "r+", "socket:[N]"]);
  server.close();
});

test("a ring is one that has no kind of its own", { skip: noRing }, () => {
  const { addon } = loadAddon();
  const ring = (addon as Addon).setup(2, 4, 0);
  assert.ok(typeof ring === "object");
  const described = readdirSync("/proc/self/fd").map((fd) => calls.describe(Number(fd)));
  const rings = described.filter((it) => typeof it === "object" && it.name.includes("io_uring"));
  const kinds = rings.map((it) => (it as DescriptorDescription).kind);
  assert.deepEqual([...new Set(kinds)], ["anonymous"]);
  addon!.closeRing(ring.ring, ring.rings, ring.sqes);
});

test("a pipe brings what is written to its end", { skip: noShim }, (t) => {
  const { reader, writer } = openPipe(t);
  writeSync(writer, "through");
  const room = Buffer.alloc(16);
  assert.equal(readSync(reader, room), 7);
  assert.equal(room.toString("utf8", 0, 7), "through");
  assert.deepEqual([isInherited(reader), isInherited(writer)], [false, false]);
  assert.deepEqual([isOwn(reader), isOwn(writer)], [true, true]);
});

test("an eventfd counts, all at once or one by one", { skip: noShim }, (t) => {
  const word = Buffer.alloc(8);
  const read = (fd: number): bigint => {
    assert.equal(readSync(fd, word), 8);
    return word.readBigUInt64LE();
  };
  const counter = keep(t, calls.eventfd(2 ** 32 - 1, false));
  assert.equal(read(counter), 2n ** 32n - 1n);
  const semaphore = keep(t, calls.eventfd(2, true));
  assert.deepEqual([read(semaphore), read(semaphore)], [1n, 1n]);
});

/** What the kernel says of a timer: the time left and the interval, in ns. */
function timerOf(fd: number): { left: bigint; interval: bigint; clock: number } {
  const text = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
  const pair = (name: string): bigint => {
    const [, seconds = "", rest = ""] = new RegExp(`^${name}: \\((\\d+), (\\d+)\\)$`, "m").exec(
      text,
    ) as RegExpExecArray;
    return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
  };
  const clock = Number(/^clockid: (\d+)$/m.exec(text)?.[1]);
  return { left: pair("it_value"), interval: pair("it_interval"), clock };
}

test("a timer takes milliseconds and fractions of them", { skip: noShim }, (t) => {
  const timer = keep(t, calls.timerfd("monotonic"));
  assert.deepEqual(timerOf(timer), { left: 0n, interval: 0n, clock: 1 });
  assert.equal(timerOf(keep(t, calls.timerfd("realtime"))).clock, 0);
  assert.equal(calls.setTimer(timer, 3_600_000, 1500.25), 0);
  const set = timerOf(timer);
  assert.ok(set.left > 3_500_000_000_000n && set.left <= 3_600_000_000_000n, String(set.left));
  assert.equal(set.interval, 1_500_250_000n);
  assert.equal(calls.setTimer(timer, 0, 0), 0);
  assert.equal(timerOf(timer).left, 0n);
  // Less than the clock can tell is not nothing, which would stop it.
  assert.equal(calls.setTimer(timer, 1e-9, 0), 0);
  const word = Buffer.alloc(8);
  assert.equal(readSync(timer, word), 8);
  assert.equal(word.readBigUInt64LE(), 1n);
  assert.equal(calls.setTimer(timer, Number.MAX_SAFE_INTEGER, 0), 0);
  assert.equal(calls.setTimer(openPipe(t).reader, 1, 0), -errno("EINVAL"));
});

test("a watch tells of new files until it is removed", { skip: noShim }, (t) => {
  const watcher = keep(t, calls.inotify());
  const first = calls.addWatch(watcher, temporary, IN_CREATE);
  assert.ok(first > 0, `errno ${-first}`);
  assert.equal(calls.addWatch(watcher, Buffer.from(temporary), IN_CREATE), first);
  writeFileSync(join(temporary, "created"), "");
  const event = Buffer.alloc(4096);
  readSync(watcher, event);
  assert.equal(event.readInt32LE(0), first);
  assert.equal(event.readUInt32LE(4), IN_CREATE);
  assert.equal(calls.removeWatch(watcher, first), 0);
  assert.equal(calls.removeWatch(watcher, first), -errno("EINVAL"));
  assert.equal(calls.addWatch(watcher, join(temporary, "none"), IN_CREATE), -errno("ENOENT"));
  assert.equal(calls.addWatch(watcher, "", IN_CREATE), -errno("ENOENT"));
  assert.throws(() => calls.addWatch(watcher, `${temporary}\0hidden`, IN_CREATE), /Not so/);
});

test("arguments of the wrong kind throw", { skip: noShim }, () => {
  const shim = (loadAddon().addon as Addon).descriptorCalls;
  const right: Readonly<Record<keyof typeof shim, readonly unknown[]>> = {
    duplicate: [-1],
    reopen: [-1],
    describe: [-1, new Uint32Array(3), new Uint8Array(9)],
    pipe: [],
    eventfd: [0, false],
    timerfd: [true],
    setTimer: [-1, 0, 0],
    inotify: [],
    addWatch: [-1, new Uint8Array(1), 1],
    removeWatch: [-1, 1],
    close: [-1],
  };
  assertArgumentsChecked(shim, right);
  assert.throws(() => shim.describe(0, new Uint32Array(2), new Uint8Array(9)));
  assert.throws(() => shim.describe(0, new Uint32Array(3), new Uint8Array(0)));
  assert.throws(() => shim.addWatch(-1, new Uint8Array(0), 1));
  assert.throws(() => shim.addWatch(-1, Uint8Array.of(65), 1));
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 54]) {
    assert.throws(() => shim.setTimer(-1, ms, 0), `first ${ms}`);
    assert.throws(() => shim.setTimer(-1, 0, ms), `interval ${ms}`);
  }
});

test("a standard number that is closed is /dev/null from then on", { skip: noShim }, async () => {
  const child = new URL("./descriptors-child.js", import.meta.url);
  const { exitCode, out, err } = await runScript(child, []);
  assert.equal(exitCode, 0, err);
  assert.equal(out, "before\n", "what is written later does not come");
  assert.equal(err, '{"closed":0,"name":"/dev/null","next":true}\n');
});

for (const ending of ["natural", "terminated", "process.exit", "throw"] as const) {
  test(`the end of a worker closes what it made: ${ending}`, { skip: noShim }, async () => {
    await runWorker(ending);
    const before = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 3; round += 1) await runWorker(ending);
    assert.equal(readdirSync("/proc/self/fd").length, before);
  });
}

async function runWorker(ending: string): Promise<void> {
  const worker = new Worker(new URL("./descriptors-worker.js", import.meta.url), {
    workerData: ending,
  });
  worker.on("error", (error) => assert.equal((error as Error).message, "on purpose"));
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  // No `once` of node:events, which an error that comes at the same time would reject.
  const count = await new Promise((resolve) => worker.once("message", resolve));
  assert.equal(count, 8);
  if (ending === "terminated") await worker.terminate();
  await ended;
}
