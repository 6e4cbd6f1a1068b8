// Goal: handles that are made at once belong to whoever should have them, work with numbers of
// their own, and lose nothing when they are closed.
// Method: what makes descriptors is a fake that notes what it is asked; so is the kernel.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type FileEvent, Io, Scope } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { pendingOf, reactions } from "./fake-file.ts";
import { close, makeBed, told } from "./stream-handle-bed.ts";
import { bring, endAll } from "./streams-harness.ts";

describe("pipe()", () => {
  test("gives both ends, each with its descriptor, and closes each once", async () => {
    const bed = makeBed();
    const { reader, writer } = bed.io.pipe();
    assert.deepEqual([reader.kind, reader.path, writer.kind], ["fifo", "pipe:[7]", "fifo"]);
    void reader.ready("readable").outcome();
    void writer.ready("writable").outcome();
    const fds = bed.backend.pending.map(({ request }) => "fd" in request && request.fd);
    assert.deepEqual(fds, [100, 101]);
    await close(bed, reader);
    await close(bed, writer);
    const closed = bed.backend.log.filter(({ request }) => request.kind === "close");
    assert.deepEqual(
      closed.map(({ request }) => "fd" in request && request.fd),
      [100, 101],
    );
  });

  test("the kernel refuses: its errno, at once", () => {
    const bed = makeBed();
    bed.descriptors.failure = 24;
    const refused = { name: "IoError", code: "EMFILE", errno: -24, syscall: "pipe" };
    assert.throws(() => bed.io.pipe(), refused);
  });

  test("without a backend, or on a kernel that is not the process's: refused", () => {
    assert.throws(() => makeFakeIo().io.pipe(), { code: "ERR_NOT_SUPPORTED", syscall: "pipe" });
    // Its numbers could be those of terminals here, whose modes would be changed.
    assert.throws(() => makeFakeIo().io.openTty("/tty"), {
      code: "ERR_NOT_SUPPORTED",
      syscall: "openTty",
    });
    const none = new Io({}, undefined, () => ({ backend: null, reason: "there is none" }));
    assert.throws(() => none.stdin(), { code: "ERR_NO_BACKEND", syscall: "stdin" });
  });
});

describe("in a scope", () => {
  test("what is made is closed when the scope is left, with what waits for it", async () => {
    const bed = makeBed();
    bed.descriptors.know(5);
    const scope = new Scope({ io: bed.io });
    const { reader, writer } = scope.pipe();
    const made = [reader, writer, scope.eventfd(), scope.timer(), scope.inotify(), scope.fromFd(5)];
    const reading = told(reader.readExactly(5));
    const leaving = scope.leave();
    await endAll(bed.backend);
    await leaving;
    assert.deepEqual(new Set(made.map(({ state }) => state)), new Set(["closed"]));
    assert.equal(await reading, "ABORT_ERR 0 for ERR_SCOPE_LEFT");
  });

  test("a unit that was begun in it ends with it, though nobody looks", async () => {
    const bed = makeBed();
    const scope = new Scope({ io: bed.io });
    void scope.pipe().reader.readUntil("\n");
    scope.cancel();
    const leaving = scope.leave();
    await endAll(bed.backend);
    await leaving;
  });

  test("in one that was canceled, nothing is asked", async () => {
    const bed = makeBed();
    const scope = new Scope({ io: bed.io });
    scope.cancel();
    const { reader } = scope.pipe();
    assert.equal(await told(reader.readExactly(1)), "ABORT_ERR 0");
    await assert.rejects(reader.ready("readable"), { code: "ABORT_ERR" });
    assert.deepEqual(bed.backend.kinds, []);
    const leaving = scope.leave();
    await endAll(bed.backend);
    await leaving;
  });

  test("in one that was left: refused, and nothing is made", async () => {
    const bed = makeBed();
    const scope = new Scope({ io: bed.io });
    await scope.leave();
    const code = "ERR_SCOPE_LEFT";
    for (const make of [() => scope.pipe(), () => scope.stdin(), () => scope.eventfd()]) {
      assert.throws(make, { name: "TypeError", code });
    }
    assert.deepEqual(bed.descriptors.log, []);
  });

  test("add() takes a stream over, so that it outlives the scope", async () => {
    const bed = makeBed();
    const outer = new Scope({ io: bed.io });
    const inner = outer.nested();
    const { reader } = inner.pipe();
    assert.equal(outer.add(reader), reader);
    const leaving = inner.leave();
    await endAll(bed.backend);
    await leaving;
    assert.equal(reader.state, "open");
    const last = outer.leave();
    await endAll(bed.backend);
    await last;
    assert.equal(reader.state, "closed");
  });
});

describe("fromFd()", () => {
  test("works with a duplicate, and leaves the given one alone", async () => {
    const bed = makeBed();
    bed.descriptors.know(5, { name: "pipe:[42]" });
    const stream = bed.io.fromFd(5);
    assert.deepEqual([stream.kind, stream.path], ["fifo", "pipe:[42]"]);
    await close(bed, stream);
    assert.deepEqual(bed.descriptors.log, ["duplicate 5"]);
    assert.deepEqual(
      bed.backend.log.map(({ request }) => "fd" in request && request.fd),
      [100],
    );
  });

  test("takeOver: the given one is closed at once", () => {
    const bed = makeBed();
    bed.descriptors.know(5);
    bed.io.fromFd(5, { takeOver: true });
    assert.deepEqual(bed.descriptors.log, ["duplicate 5", "close 5"]);
  });

  test("takeOver: if that cannot be closed, the duplicate is", async () => {
    const bed = makeBed();
    bed.descriptors.know(1);
    const failing = makeFakeIo({ ...bed.descriptors, close: () => -24 });
    assert.throws(() => failing.io.fromFd(1, { takeOver: true }), { code: "EMFILE" });
    assert.deepEqual(pendingOf(failing.backend), ["close"]);
    failing.backend.done(0);
    await reactions();
  });

  test("no such descriptor: EBADF, and nothing is closed", () => {
    const bed = makeBed();
    assert.throws(() => bed.io.fromFd(5, { takeOver: true }), { code: "EBADF", errno: -9 });
    assert.deepEqual(bed.descriptors.log, []);
  });

  test("a terminal is opened anew; a duplicate if that cannot be", () => {
    const bed = makeBed();
    bed.descriptors.know(5, { kind: "tty", name: "/dev/pts/3" });
    assert.equal(bed.io.fromFd(5).kind, "tty");
    const { duplicate } = bed.descriptors;
    bed.descriptors.failure = 13;
    const only = { ...bed.descriptors, duplicate: (fd: number) => 200 + duplicate(fd) * 0 };
    const other = makeFakeIo(only);
    other.io.fromFd(5);
    assert.deepEqual(bed.descriptors.log, ["reopen 5", "reopen 5", "duplicate 5"]);
  });

  test("a regular file goes on at the open file's own position, in one step", () => {
    const bed = makeBed();
    bed.descriptors.know(5, { kind: "file", name: "/etc/hostname" });
    bed.descriptors.know(6);
    void bed.io.fromFd(5).readExactly(3);
    void bed.io.fromFd(5).write("abc");
    void bed.io.fromFd(6).readExactly(3);
    assert.deepEqual(pendingOf(bed.backend), ["read@-2+3", "write@-2+3", "read@-1+3"]);
  });
});

describe("eventfd() and timer()", () => {
  test("a counter writes and reads eight bytes as one number", async () => {
    const bed = makeBed();
    const counter = bed.io.eventfd({ initial: 3, semaphore: true });
    assert.deepEqual(bed.descriptors.log, ["eventfd 3 true"]);
    const waiting = counter.wait();
    bring(bed.backend, new Uint8Array(new BigUint64Array([2n ** 40n + 1n]).buffer));
    assert.equal(await waiting, 2n ** 40n + 1n);
    const adding = counter.add(2n ** 64n - 2n);
    const { request } = bed.backend.pending[0] ?? assert.fail("nothing is asked");
    assert.ok(request.kind === "write" && "kernelView" in request.memory);
    const { kernelView } = request.memory as { kernelView(): Uint8Array };
    const written = kernelView.call(request.memory).slice(0, request.length);
    assert.deepEqual([...written], [254, 255, 255, 255, 255, 255, 255, 255]);
    bed.backend.done(8);
    assert.equal(await adding, undefined);
  });

  test("what an abandoned wait() took is told by the next", async () => {
    const bed = makeBed();
    const counter = bed.io.eventfd();
    const orphan = counter.wait().abandon();
    orphan.catch(() => {});
    const waiting = counter.wait();
    bring(bed.backend, new Uint8Array(new BigUint64Array([7n]).buffer));
    assert.equal(await waiting, 7n);
  });

  test("a timer is set at once, and then what has expired before is forgotten", async () => {
    const bed = makeBed();
    const timer = bed.io.timer({ clock: "realtime" });
    timer.set(1.5, 20);
    timer.expirations().abandon();
    bring(bed.backend, new Uint8Array(new BigUint64Array([7n]).buffer));
    timer.set(0);
    assert.deepEqual(bed.descriptors.log, [
      "timerfd realtime",
      "setTimer 100 1.5 20",
      "setTimer 100 0 0",
    ]);
    void timer.expirations();
    assert.deepEqual(bed.backend.kinds, ["read"]);
    await reactions();
  });
});

/** As the kernel writes it; inotify(7). */
function event(watch: number, mask: number, cookie = 0, name = ""): Buffer {
  const padded = name === "" ? 0 : Math.ceil((Buffer.byteLength(name) + 1) / 16) * 16;
  const bytes = Buffer.alloc(16 + padded);
  bytes.writeInt32LE(watch, 0);
  bytes.writeUInt32LE(mask, 4);
  bytes.writeUInt32LE(cookie, 8);
  bytes.writeUInt32LE(padded, 12);
  bytes.write(name, 16);
  return bytes;
}

describe("inotify()", () => {
  const shown = ({ path, name, events, isDirectory, cookie }: FileEvent): unknown[] => [
    path,
    name,
    events.join(),
    isDirectory,
    cookie,
  ];

  test("tells each event with its path, one after the other", async () => {
    const bed = makeBed();
    const watcher = bed.io.inotify();
    watcher.add("/a", ["create", "moveTo"]);
    watcher.add(Buffer.from("/bb"), undefined, { followSymlinks: false });
    assert.deepEqual(bed.descriptors.log, [
      "inotify",
      "addWatch 100 /a 180",
      "addWatch 100 /bb 2000fce",
    ]);
    const next = watcher.next();
    const events = [
      event(2, 0x4000_0100, 0, "folder"),
      event(3, 0x40, 17, "x".repeat(255)),
      event(2, 0x80, 17, "ö"),
      event(3, 0x400),
      event(3, 0x8000),
      event(-1, 0x4000),
      event(3, 0x2),
    ];
    bring(bed.backend, Buffer.concat(events));
    const told = [await next];
    while (told.length < events.length) told.push(await watcher.next());
    assert.deepEqual(told.map(shown), [
      ["/a", "folder", "create", true, 0],
      ["/bb", "x".repeat(255), "moveFrom", false, 17],
      ["/a", "ö", "moveTo", false, 17],
      ["/bb", null, "deleteSelf", false, 0],
      ["/bb", null, "end", false, 0],
      [null, null, "overflow", false, 0],
      [null, null, "modify", false, 0],
    ]);
    assert.deepEqual([...(told[2]?.nameBytes ?? [])], [0xc3, 0xb6]);
    assert.deepEqual(pendingOf(bed.backend), []);
  });

  test("leaving a loop loses nothing; closing ends one", async () => {
    const bed = makeBed();
    const watcher = bed.io.inotify();
    watcher.add("/a");
    const loop = watcher[Symbol.asyncIterator]();
    const first = loop.next();
    bring(bed.backend, Buffer.concat([event(2, 2), event(2, 4), event(2, 8)]));
    assert.deepEqual((await first).value.events, ["modify"]);
    await loop.return?.();
    assert.equal((await loop.next()).done, true);
    const got: string[] = [];
    for await (const { events } of watcher) {
      got.push(...events);
      if (got.length === 2) break;
    }
    assert.deepEqual(got, ["attributes", "closeWrite"]);
    const second = watcher[Symbol.asyncIterator]();
    const pending = second.next();
    await close(bed, watcher);
    assert.equal((await pending).done, true);
    assert.equal((await second.next()).done, true);
  });

  test("return() while next() waits: both are over, and the event is for the next", async () => {
    const bed = makeBed();
    const watcher = bed.io.inotify();
    const loop = watcher[Symbol.asyncIterator]();
    const pending = loop.next();
    await loop.return?.();
    bed.backend.answer({ kind: "canceled" });
    assert.equal((await pending).done, true);
    const next = watcher.next();
    bring(bed.backend, event(2, 2));
    assert.deepEqual((await next).events, ["modify"]);
  });

  test("remove() tells whether it was watched; what fails, fails at once", () => {
    const bed = makeBed();
    const watcher = bed.io.inotify();
    watcher.add("/a");
    assert.deepEqual([watcher.remove("/a"), watcher.remove("/a")], [true, false]);
    assert.equal(bed.descriptors.log.at(-1), "removeWatch 100 2");
    bed.descriptors.failure = 28;
    assert.throws(() => watcher.add("/a"), { code: "ENOSPC", syscall: "add", path: "/a" });
  });
});
