// Goal: devices, counters, timers and watches of the real kernel do what their pages say, and all
// that waits on them can be stopped without losing anything.
// Method: the devices themselves; the disk is changed by Node, whose changes must be told.

import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";

import {
  eventfd,
  type FileEvent,
  type FileWatcher,
  fromFd,
  IoBuffer,
  inotify,
  openPty,
  openStream,
  pipe,
  Scope,
  type StreamHandle,
  timer,
} from "../../src/index.ts";
import { makeTemporary } from "../support/temp.ts";
import { keepAlive } from "./keep-alive.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("stream-devices");
keepAlive();

describe("devices", { skip: noRing }, () => {
  test("/dev/zero has as many zeros as one wants", async () => {
    const zero = await openStream("/dev/zero");
    assert.equal(zero.kind, "character");
    const bytes = await zero.readExactly(3_000_000);
    assert.ok(bytes.every((byte) => byte === 0));
    const buffer = new IoBuffer(10);
    buffer.bytes.fill(7);
    assert.equal(await zero.read(buffer, { offset: 2, length: 5 }), 5);
    assert.deepEqual([...buffer.bytes], [7, 7, 0, 0, 0, 0, 0, 7, 7, 7]);
    await zero.ready("readable");
    await zero.close();
  });

  test("/dev/urandom is never the same", async () => {
    const random = await openStream("/dev/urandom");
    const [one, other] = [await random.readExactly(64), await random.readExactly(64)];
    assert.notDeepEqual(one, other);
    await random.close();
  });

  test("/dev/null is at its end, and takes everything", async () => {
    const nothing = await openStream("/dev/null", "r+");
    assert.equal(await nothing.read(new IoBuffer(5)), 0);
    const short = { code: "ERR_UNEXPECTED_END", bytesTransferred: 0 };
    await assert.rejects(nothing.readUntil("\n"), short);
    assert.equal(await nothing.writeAll(new Uint8Array(1_000_000)), 1_000_000);
    for await (const line of nothing.lines()) assert.fail(line);
    assert.equal(nothing.state, "closed");
  });

  test("/dev/full has no room", async () => {
    const full = await openStream("/dev/full", "r+");
    const refused = { name: "IoError", code: "ENOSPC", errno: -28, bytesTransferred: 0 };
    await assert.rejects(full.write("x"), refused);
    await assert.rejects(full.writeAll("x"), refused);
    await assert.rejects(full.writev([IoBuffer.from("x")]), refused);
    assert.deepEqual([...(await full.readExactly(2))], [0, 0]);
    await full.close();
  });
});

describe("ready() of each kind", { skip: noRing }, () => {
  /** What is not ready waits, and is ready as soon as `happen` has happened. */
  async function becomesReady(stream: StreamHandle, happen: () => unknown): Promise<void> {
    assert.equal((await stream.ready("readable", { timeoutMs: 5 }).outcome()).status, "timedOut");
    const waiting = stream.ready("readable");
    await happen();
    await waiting;
    await stream.close();
  }

  test("a counter, a timer and a watcher", async () => {
    const counter = eventfd();
    await becomesReady(counter, () => counter.add(1));
    const ticks = timer();
    await becomesReady(ticks, () => ticks.set(1));
    const watcher = inotify();
    watcher.add(temporary);
    await becomesReady(watcher, () => fs.writeFileSync(join(temporary, "news"), ""));
  });

  test("a pipe: with bytes, with room, and with nobody at the other end", async () => {
    const { reader, writer } = pipe();
    await writer.ready("writable");
    const other = pipe();
    await becomesReady(other.reader, () => other.writer.close());
    await reader.close();
    await writer.ready("writable");
    await assert.rejects(writer.write("x"), { code: "EPIPE" });
    await writer.close();
  });

  test("a terminal", async () => {
    const { controller, path } = openPty();
    const terminal = await openStream(path, "r+");
    assert.equal(terminal.kind, "tty");
    await terminal.ready("writable");
    await becomesReady(terminal, () => controller.writeAll("line\n"));
    await controller.close();
  });

  test("a socket that is somebody else's", async () => {
    const server = createServer().listen(join(temporary, "socket"));
    await once(server, "listening");
    const client = connect(join(temporary, "socket"));
    const [accepted] = (await once(server, "connection")) as [Socket];
    accepted.pause();
    const { fd } = (accepted as unknown as { readonly _handle: { readonly fd: number } })._handle;
    const stream = fromFd(fd);
    assert.equal(stream.kind, "socket");
    await becomesReady(stream, () => client.write("x"));
    client.destroy();
    accepted.destroy();
    server.close();
  });

  test("a regular file and /dev/null are always ready", async () => {
    const fd = fs.openSync("/etc/hostname", "r");
    const always = [fromFd(fd), await openStream("/dev/null", "r+")];
    for (const stream of always) {
      await stream.ready("readable");
      await stream.ready("writable");
      await stream.close();
    }
    fs.closeSync(fd);
  });
});

/** Those of this process that work for its rings. */
function kernelThreads(): string[] {
  const tasks = fs.readdirSync("/proc/self/task");
  return tasks.filter((task) =>
    fs.readFileSync(`/proc/self/task/${task}/comm`, "utf8").startsWith("iou-wrk"),
  );
}

describe("eventfd()", { skip: noRing }, () => {
  test("adds up, and tells all at once; a semaphore one by one", async () => {
    const counter = eventfd({ initial: 2 });
    await counter.add(3);
    await counter.add(2n ** 40n);
    assert.equal(await counter.wait(), 2n ** 40n + 5n);
    const semaphore = eventfd({ initial: 2, semaphore: true });
    assert.deepEqual([await semaphore.wait(), await semaphore.wait()], [1n, 1n]);
    const waiting = semaphore.wait();
    await semaphore.add(1);
    assert.equal(await waiting, 1n);
    await Promise.all([counter.close(), semaphore.close()]);
  });

  test("whatever is stopped, no count is lost", async () => {
    const counter = eventfd();
    let got = 0n;
    for (let round = 0; round < 300; round++) {
      const waiting = counter.wait();
      if (round % 3 === 0) waiting.cancel();
      const adding = counter.add(1);
      if (round % 3 === 1) waiting.abandon();
      const outcome = await waiting.outcome();
      if (outcome.status === "completed") got += outcome.value;
      await adding;
    }
    await counter.add(1);
    while (got < 301n) got += await counter.wait();
    assert.equal(got, 301n);
    await counter.close();
  });

  test("no kernel thread is needed, not even where add() or wait() has to wait", async () => {
    const before = kernelThreads();
    const counter = eventfd();
    for (let round = 0; round < 20; round++) {
      const waiting = counter.wait();
      await counter.add(2n ** 64n - 2n);
      await waiting;
      await counter.add(2n ** 64n - 2n);
      const adding = counter.add(1);
      await counter.wait();
      await adding;
      await counter.wait();
    }
    const made = kernelThreads().filter((thread) => !before.includes(thread));
    assert.deepEqual(made, []);
    await counter.close();
  });

  test("an add() that does not fit waits, though a smaller one would fit", async () => {
    const counter = eventfd();
    await counter.add(2n ** 64n - 10n);
    const stopped = counter.add(50);
    const waiting = counter.add(60);
    await counter.ready("writable");
    assert.equal((await stopped.cancel().outcome()).status, "canceled");
    assert.equal(await counter.wait(), 2n ** 64n - 10n);
    await waiting;
    assert.equal(await counter.wait(), 60n);
    await counter.close();
  });

  test("an add() that does not fit waits, and can be stopped", async () => {
    const counter = eventfd();
    await counter.add(2n ** 64n - 2n);
    const stopped = counter.add(1);
    const waiting = counter.add(2);
    assert.equal((await stopped.cancel().outcome()).status, "canceled");
    assert.equal(await counter.wait(), 2n ** 64n - 2n);
    await waiting;
    assert.equal(await counter.wait(), 2n);
    await counter.ready("writable");
    await counter.close();
  });
});

describe("timer()", { skip: noRing }, () => {
  for (const clock of ["monotonic", "realtime"] as const) {
    test(`${clock}: expires once, or again and again`, async () => {
      const ticks = timer({ clock });
      ticks.set(1);
      assert.equal(await ticks.expirations(), 1n);
      ticks.set(0.5, 0.5);
      for (let count = 0n; count < 5n; ) count += await ticks.expirations();
      await ticks.close();
    });
  }

  test("one that is not set waits until it is; one that is stopped waits again", async () => {
    const ticks = timer();
    const waiting = ticks.expirations();
    ticks.set(3_600_000);
    ticks.set(0);
    ticks.set(2);
    assert.equal(await waiting, 1n);
    const stopped = ticks.expirations();
    await ticks.cancelAll();
    assert.equal((await stopped.outcome()).status, "canceled");
    await ticks.close();
  });
});

describe("inotify()", { skip: noRing }, () => {
  /** Until one with this event, which it is. */
  async function until(watcher: FileWatcher, wanted: string): Promise<FileEvent[]> {
    const got: FileEvent[] = [];
    for await (const event of watcher) {
      got.push(event);
      if ((event.events as readonly string[]).includes(wanted)) break;
    }
    return got;
  }

  const shown = (events: readonly FileEvent[]): string[] =>
    events.map(({ name, events: kinds }) => `${kinds} ${name}`);

  test("tells what happens in a directory, in order, once each", async () => {
    const folder = fs.mkdtempSync(join(temporary, "watched-"));
    await using watcher = inotify();
    watcher.add(folder);
    const created = join(folder, "file");
    fs.writeFileSync(created, "text");
    fs.chmodSync(created, 0o600);
    fs.renameSync(created, join(folder, "näme"));
    fs.mkdirSync(join(folder, "inner"));
    fs.rmSync(join(folder, "näme"));
    fs.rmdirSync(join(folder, "inner"));
    fs.rmdirSync(folder);
    const events = await until(watcher, "end");
    assert.deepEqual(shown(events), [
      "create file",
      "modify file",
      "closeWrite file",
      "attributes file",
      "moveFrom file",
      "moveTo näme",
      "create inner",
      "delete näme",
      "delete inner",
      "deleteSelf null",
      "end null",
    ]);
    const [from, to] = events.slice(4);
    assert.ok(from !== undefined && from.cookie > 0 && from.cookie === to?.cookie);
    assert.deepEqual(
      events.map((event) => event.isDirectory),
      events.map((event) => event.name === "inner"),
    );
    assert.ok(events.every(({ path }) => path === folder));
    assert.equal(watcher.remove(folder), false);
  });

  test("follows a link, or watches the link itself", async () => {
    const target = join(temporary, "target");
    const link = join(temporary, "link");
    fs.writeFileSync(target, "");
    fs.symlinkSync(target, link);
    await using watcher = inotify();
    watcher.add(link, ["attributes"]);
    watcher.add(target, ["attributes"], { followSymlinks: false });
    const own = inotify();
    own.add(link, ["attributes"], { followSymlinks: false });
    fs.chmodSync(target, 0o600);
    assert.equal((await watcher.next()).path, target);
    fs.lchownSync(link, fs.lstatSync(link).uid, fs.lstatSync(link).gid);
    assert.equal((await own.next({ timeoutMs: 5000 })).path, link);
    await own.close();
  });

  test("is stopped at any time and loses nothing", async () => {
    const folder = fs.mkdtempSync(join(temporary, "stopped-"));
    await using watcher = inotify();
    watcher.add(folder, ["create"]);
    const names = Array.from({ length: 200 }, (_, at) => `file-${String(at).padStart(4, "0")}`);
    const got: (string | null)[] = [];
    for (const [at, name] of names.entries()) {
      const controller = new AbortController();
      const next = watcher.next({ signal: controller.signal }).then(
        (event) => got.push(event.name),
        () => {},
      );
      if (at % 2 === 0) controller.abort();
      fs.writeFileSync(join(folder, name), "");
      if (at % 3 === 0) setImmediate(() => controller.abort());
      await next;
    }
    while (got.length < names.length) got.push((await watcher.next()).name);
    assert.deepEqual(got, names);
  });

  test("more than the kernel keeps: told as an overflow", async () => {
    const most = Number(fs.readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
    const file = join(temporary, "busy");
    await using watcher = inotify();
    watcher.add(temporary, ["create", "delete"]);
    for (let count = 0; count <= most / 2; count++) {
      fs.closeSync(fs.openSync(file, "w"));
      fs.unlinkSync(file);
    }
    const events = await until(watcher, "overflow");
    assert.equal(events.length, most + 1);
    assert.deepEqual([events.at(-1)?.path, events.at(-1)?.name], [null, null]);
  });

  test("closing the watcher ends a loop over it", async () => {
    const scope = new Scope();
    const watcher = scope.inotify();
    watcher.add(temporary);
    const looping = until(watcher, "never");
    await scope.leave();
    assert.deepEqual(await looping, []);
    assert.throws(() => watcher.add(temporary), { name: "TypeError", code: "ERR_CLOSED" });
  });

  test("what is not there: ENOENT, at once", async () => {
    await using watcher = inotify();
    const path = join(temporary, "not-there");
    const refused = { name: "IoError", code: "ENOENT", errno: -2, syscall: "add", path };
    assert.throws(() => watcher.add(path), refused);
  });
});
