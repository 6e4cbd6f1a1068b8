// Goal: subscribers of `overlapped.operation` are told of each operation that begins while they
// listen: when, of what kind, on what, and what it came to; never of a buffer. Operations go their
// way as if nobody listened.
// Method: files and calls on a fake kernel, with every event of the five channels noted.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { types } from "node:util";

import { type Io, IoBuffer, type OperationTrace } from "../../../src/index.ts";
import { type FakeIo, makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { type FakeFile, openFake, quiet, reactions } from "../api/fake-file.ts";
import { CHANNEL, Listener, NAMES } from "./tracing-listener.ts";

describe("events of an operation", () => {
  test("are start and end at the call, asyncStart and asyncEnd at its end", async () => {
    using listener = new Listener();
    const { io, backend } = makeFakeIo();
    const operation = io.unlink("/a");
    assert.deepEqual(listener.names, ["start unlink", "end unlink"]);
    backend.done(0);
    assert.deepEqual(listener.names.slice(2), ["asyncStart unlink", "asyncEnd unlink"]);
    await operation;
    assert.equal(new Set(listener.events.map(({ trace }) => trace)).size, 1);
  });

  test("have an error before those, if it did not complete", async () => {
    using listener = new Listener();
    const { io, backend } = makeFakeIo();
    const operation = quiet(io.unlink("/a"));
    backend.answer({ kind: "failed", errno: 2 });
    assert.deepEqual(listener.names.slice(2), [
      "error unlink",
      "asyncStart unlink",
      "asyncEnd unlink",
    ]);
    await assert.rejects(operation, (error) => error === listener.last.error);
  });

  test("come in the same order if it is refused at once", async () => {
    using listener = new Listener();
    const { io } = makeFakeIo();
    await assert.rejects(io.unlink("/a", { signal: AbortSignal.abort() }));
    assert.deepEqual(
      listener.events.map(({ name }) => name),
      ["start", "end", "error", "asyncStart", "asyncEnd"],
    );
    assert.equal(listener.last.outcome, "canceled");
  });

  test("are told of each operation apart, however they are mixed", async () => {
    using listener = new Listener();
    const { io, backend } = makeFakeIo();
    const operations = ["/a", "/b", "/c"].map((path) => io.unlink(path));
    backend.done(0, 1);
    backend.done(0, 1);
    backend.done(0);
    await Promise.all(operations);
    const ends = listener.events.filter(({ name }) => name === "asyncEnd");
    assert.deepEqual(
      ends.map(({ trace }) => trace.path),
      ["/b", "/c", "/a"],
    );
    const ids = ends.map(({ trace }) => trace.id);
    assert.equal(new Set(ids).size, 3);
  });
});

describe("what is told of a call", () => {
  type Case = readonly [act: (fake: FakeFile) => Promise<unknown>, said: Partial<OperationTrace>];
  const path = "/a";
  const bytes = Buffer.from("/not-\xff-utf8", "latin1");
  const CASES: Readonly<Record<string, Case>> = {
    stat: [({ io }) => io.stat(path), { operation: "stat", api: "promise", path }],
    lstat: [({ io }) => io.lstat(path), { operation: "lstat", path }],
    rmdir: [({ io }) => io.rmdir(path), { operation: "rmdir", path }],
    "chown of a link": [
      ({ io }) => io.chown(path, 0, 0, { followSymlinks: false }),
      { operation: "lchown", path },
    ],
    "utimes of a link": [
      ({ io }) => io.utimes(path, 0, 0, { followSymlinks: false }),
      { operation: "lutimes", path },
    ],
    "open of bytes": [
      ({ io }) => io.open(bytes),
      { operation: "open", api: "promise", path: new Uint8Array(bytes) },
    ],
    "unlink of a URL": [
      ({ io }) => io.unlink(new URL("file:///a%20b")),
      { operation: "unlink", path: "/a b" },
    ],
    chmod: [({ io }) => io.chmod(path, 0o600), { operation: "chmod", path }],
    rename: [
      ({ io }) => io.rename("/from", Buffer.from("/to")),
      {
        operation: "rename",
        path: "/from",
        source: "/from",
        destination: new Uint8Array(Buffer.from("/to")),
      },
    ],
    link: [
      ({ io }) => io.link("/from", "/to"),
      { operation: "link", path: "/from", source: "/from", destination: "/to" },
    ],
    symlink: [
      ({ io }) => io.symlink("/target", path),
      { operation: "symlink", path, source: undefined, destination: undefined },
    ],
    chown: [({ io }) => io.chown(path, 0, 0), { operation: "chown", path }],
    utimes: [({ io }) => io.utimes(path, 0, 0), { operation: "utimes", path }],
    read: [
      ({ file }) => file.read(new IoBuffer(8)),
      { operation: "read", api: "filehandle", path: "/fake", fd: 21 },
    ],
    writev: [
      ({ file }) => file.writev([new IoBuffer(8)]),
      { operation: "writev", api: "filehandle", fd: 21 },
    ],
    "stat of a file": [
      ({ file }) => file.stat(),
      { operation: "stat", api: "filehandle", path: "/fake", fd: 21 },
    ],
    "chmod of a file": [
      ({ file }) => file.chmod(0o600),
      { operation: "chmod", api: "filehandle", path: "/fake", fd: 21 },
    ],
    sync: [({ file }) => file.sync(), { operation: "fsync", api: "filehandle", fd: 21 }],
    close: [({ file }) => file.close(), { operation: "close", api: "filehandle", fd: 21 }],
  };

  for (const [name, [act, wanted]] of Object.entries(CASES)) {
    test(name, async () => {
      const fake = await openFake(true);
      using listener = new Listener(["start"]);
      const call = act(fake).catch(() => {});
      const { said } = listener.events[0] ?? assert.fail("nothing was published");
      for (const [key, value] of Object.entries(wanted)) {
        assert.deepEqual(said[key as keyof OperationTrace], value, key);
      }
      assert.deepEqual(
        [said.bytes, said.outcome, said.durationMs, said.result, said.error],
        new Array(5).fill(undefined),
      );
      fake.backend.answer({ kind: "failed", errno: 5 });
      await call;
    });
  }

  test("the number is that of inFlight()", async () => {
    using listener = new Listener(["start"]);
    const { io, backend } = makeFakeIo();
    const operation = io.unlink("/a");
    assert.equal(listener.last.id, io.inFlight()[0]?.id);
    backend.done(0);
    await operation;
  });

  test("it is never a buffer, wherever one looks", async () => {
    using listener = new Listener();
    const { file, backend } = await openFake(true);
    const calls = [
      file.read(new IoBuffer(8)),
      file.write("text"),
      file.readv([new IoBuffer(8)]),
      file.writeAll(Buffer.from("four")),
    ];
    for (const call of calls) quiet(call);
    while (backend.pending.length > 0) backend.done(4);
    await Promise.all(calls);
    assert.ok(listener.events.length > 16);
    for (const { trace } of listener.events) {
      for (const value of Object.values(trace)) {
        assert.equal(
          typeof value === "object" && !types.isNativeError(value),
          false,
          trace.operation,
        );
      }
    }
  });
});

describe("what is told of an end", () => {
  test("each of the five, with bytes, duration, and the value or the error", async () => {
    using listener = new Listener(["asyncEnd"]);
    const { file, backend, clock } = await openFake(false);
    const controller = new AbortController();
    const position = 0;
    const reads = [
      file.read(new IoBuffer(8), { position }),
      file.read(new IoBuffer(8), { position, signal: controller.signal }),
      file.read(new IoBuffer(8), { position, timeoutMs: 5 }),
      file.read(new IoBuffer(8), { position }).abandon(),
      file.read(new IoBuffer(8), { position }),
    ].map(quiet);
    clock.step(5);
    controller.abort();
    clock.step(2);
    backend.done(3);
    backend.answer({ kind: "canceled" });
    backend.answer({ kind: "canceled" });
    backend.done(2);
    backend.answer({ kind: "failed", errno: 5 });
    const outcomes = await Promise.all(reads.map((read) => read.outcome()));
    const said = listener.events.slice(1).map((event) => event.said);
    assert.deepEqual(
      said.map(({ outcome, bytes, durationMs, result, error }) => {
        return [outcome, bytes, durationMs, result, error?.code];
      }),
      [
        ["completed", 3, 7, 3, undefined],
        ["canceled", 0, 7, undefined, "ABORT_ERR"],
        ["timedOut", 0, 7, undefined, "ETIMEDOUT"],
        ["abandoned", 2, 7, undefined, "ERR_ABANDONED"],
        ["failed", 0, 7, undefined, "EIO"],
      ],
    );
    assert.deepEqual(
      said.map(({ outcome, bytes }) => [outcome, bytes]),
      outcomes.map(({ status, bytesTransferred }) => [status, bytesTransferred]),
    );
  });

  test("a value that is no number is not told", async () => {
    using listener = new Listener(["asyncEnd"]);
    const { io, backend } = makeFakeIo();
    const opening = io.open("/a");
    backend.answer({ kind: "opened", fd: 3, isStream: false });
    await opening;
    assert.deepEqual([listener.last.outcome, "result" in listener.last], ["completed", false]);
  });

  test("of an abandoned one, when it really ends", async () => {
    using listener = new Listener();
    const { io, backend, clock } = makeFakeIo();
    const operation = io.unlink("/a").abandon();
    await assert.rejects(operation);
    assert.deepEqual(listener.names, ["start unlink", "end unlink"]);
    clock.step(30);
    backend.answer({ kind: "canceled" });
    assert.deepEqual([listener.last.outcome, listener.last.durationMs], ["abandoned", 30]);
  });
});

describe("who listens", () => {
  const unlinked = async ({ io, backend }: FakeIo): Promise<void> => {
    const operation = io.unlink("/a");
    backend.done(0);
    await operation;
  };

  test("to one channel gets that one", async () => {
    for (const name of ["start", "end", "asyncStart", "asyncEnd"] as const) {
      using listener = new Listener([name]);
      await unlinked(makeFakeIo());
      assert.deepEqual(listener.names, [`${name} unlink`]);
    }
  });

  test("only once an operation is in flight is not told of it, nor of its end", async () => {
    const { io, backend } = makeFakeIo();
    const operations = [io.unlink("/a")];
    using listener = new Listener();
    operations.push(io.unlink("/b"));
    backend.done(0);
    backend.done(0);
    await Promise.all(operations);
    assert.ok(listener.events.every(({ trace }) => trace.path === "/b"));
    assert.equal(listener.events.length, 4);
  });

  test("until an operation is in flight, and not until its end: that is no trouble", async () => {
    const { io, backend } = makeFakeIo();
    let operation: Promise<void>;
    {
      using listener = new Listener();
      operation = io.unlink("/a");
      assert.equal(listener.events.length, 2);
    }
    backend.done(0);
    await operation;
  });

  test("and throws does not disturb: Node reports it, the operation goes its way", async () => {
    const thrown: unknown[] = [];
    const reported: unknown[] = [];
    const subscriber = (): never => {
      thrown.push(new Error("in a subscriber"));
      throw thrown.at(-1);
    };
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => reported.push(error));
    for (const name of NAMES) CHANNEL[name].subscribe(subscriber);
    const { io, backend } = makeFakeIo();
    const operations = [io.unlink("/a"), quiet(io.unlink("/b"))];
    backend.done(0);
    backend.answer({ kind: "failed", errno: 2 });
    const outcomes = await Promise.allSettled(operations);
    await reactions();
    for (const name of NAMES) CHANNEL[name].unsubscribe(subscriber);
    process.removeAllListeners("uncaughtException");
    for (const other of others) process.on("uncaughtException", other);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    assert.equal(thrown.length, 9);
    assert.deepEqual(reported, thrown);
  });

  test("may begin an operation of its own", async () => {
    const { io, backend } = makeFakeIo();
    const other: Io = makeFakeIo().io;
    let isNested = false;
    const subscriber = (): void => {
      if (isNested) return;
      isNested = true;
      quiet(other.unlink("/nested"));
    };
    CHANNEL.start.subscribe(subscriber);
    using listener = new Listener();
    const operation = io.unlink("/a");
    backend.done(0);
    await operation;
    CHANNEL.start.unsubscribe(subscriber);
    const ofNested = listener.events.filter(({ trace }) => trace.path === "/nested");
    assert.deepEqual(
      ofNested.map(({ name }) => name),
      ["start", "end"],
    );
    assert.equal(listener.events.length, 6);
  });
});
