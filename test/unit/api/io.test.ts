// Goal: an operation is a promise that tells the truth about the kernel; drain() and inFlight()
// leave nothing out.
// Method: the kernel's answers are given by hand, time is stepped.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StepClock } from "../../../src/base/step-clock.ts";
import { Io, IoBuffer } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { openFake, quiet, reactions } from "./fake-file.ts";

describe("Operation", () => {
  test("is a promise; what is derived from it is a plain one", async () => {
    const { io, backend } = makeFakeIo();
    const operation = io.unlink("/a");
    assert.ok(operation instanceof Promise);
    assert.equal(operation.then().constructor, Promise);
    assert.equal("cancel" in operation.finally(() => {}), false);
    backend.done(0);
    assert.equal(await operation, undefined);
    assert.equal(operation.state, "settled");
  });

  test("cancel() and abandon() return the operation itself", async () => {
    const { io, backend } = makeFakeIo();
    const operation = io.unlink("/a");
    assert.equal(operation.cancel(), operation);
    assert.equal(operation.cancel(), operation);
    assert.equal(operation.abandon(), operation);
    backend.answer({ kind: "canceled" });
    await assert.rejects(operation, { code: "ERR_ABANDONED" });
    assert.equal(operation.cancel(), operation);
    assert.equal(operation.abandon(), operation);
  });

  test("outcome() tells each of the five, whenever it is asked, and never rejects", async () => {
    const { io, backend, clock } = makeFakeIo();
    const controller = new AbortController();
    const operations = {
      completed: io.unlink("/a"),
      canceled: io.unlink("/b", { signal: controller.signal }),
      timedOut: io.unlink("/c", { timeoutMs: 5 }),
      abandoned: io.unlink("/d"),
      failed: io.unlink("/e"),
    };
    const early = Object.values(operations).map((operation) => operation.outcome());
    controller.abort();
    clock.step(5);
    operations.abandoned.abandon();
    backend.done(0);
    for (let count = 0; count < 3; count++) backend.answer({ kind: "canceled" });
    backend.answer({ kind: "failed", errno: 2 });
    assert.deepEqual(
      (await Promise.all(early)).map((outcome) => outcome.status),
      Object.keys(operations),
    );
    for (const [status, operation] of Object.entries(operations)) {
      assert.equal((await operation.outcome()).status, status);
    }
    const codes = await Promise.all(
      Object.values(operations).map((operation) =>
        operation.then(
          () => "none",
          (e) => e.code,
        ),
      ),
    );
    assert.deepEqual(codes, ["none", "ABORT_ERR", "ETIMEDOUT", "ERR_ABANDONED", "ENOENT"]);
  });

  test("the outcome's error is the rejection's", async () => {
    const { io, backend } = makeFakeIo();
    const operation = quiet(io.unlink("/a"));
    backend.answer({ kind: "failed", errno: 2 });
    const outcome = await operation.outcome();
    assert.ok(outcome.status === "failed");
    await assert.rejects(operation, (error) => error === outcome.error);
  });

  test("an open that was asked to stop and succeeded gives its file", async () => {
    const { io, backend } = makeFakeIo();
    const opening = io.open("/a").cancel();
    backend.answer({ kind: "opened", fd: 5, isStream: true });
    const file = await opening;
    assert.equal(file.state, "open");
    assert.equal(file.isStream, true);
    assert.equal(file.path, "/a");
  });
});

describe("stat()", () => {
  test("adds the type to what the kernel told", async () => {
    const { io, backend } = makeFakeIo();
    const types = ["fifo", "char", "directory", "block", "file", "symlink", "socket"] as const;
    const modes = [0o010, 0o020, 0o040, 0o060, 0o100, 0o120, 0o140];
    for (const [at, type] of types.entries()) {
      const operation = io.stat("/a");
      const raw = { mode: modes[at]! * 0o1000 + 0o644, size: at } as never;
      backend.answer({ kind: "described", stat: raw });
      const stat = await operation;
      assert.deepEqual([stat.type, stat.size], [type, at]);
    }
    const operation = io.stat("/a");
    backend.answer({ kind: "described", stat: { mode: 0o030644 } as never });
    assert.equal((await operation).type, "unknown");
  });
});

describe("drain()", () => {
  test("ends reads and opens at once, waits for the rest, reports nothing held", async () => {
    const { io, file, backend } = await openFake(false);
    const all = [
      quiet(file.read(new IoBuffer(1), { position: 0 })),
      quiet(file.readv([new IoBuffer(1)], { position: 0 })),
      quiet(io.open("/b")),
    ];
    const write = file.write("abc");
    const draining = io.drain({ deadlineMs: 100 });
    assert.equal(backend.canceled.length, 3);
    for (const operation of all) assert.equal(operation.state, "canceling");
    assert.equal(write.state, "submitted");
    for (let count = 0; count < 3; count++) backend.answer({ kind: "canceled" });
    assert.equal(await Promise.race([draining, reactions()]), undefined);
    backend.done(3);
    assert.deepEqual(await draining, { held: [] });
    assert.equal(await write, 3);
  });

  test("at its deadline it asks all to stop and says what is held", async () => {
    const { io, file, backend, clock } = await openFake(false);
    const write = quiet(file.write("abc"));
    const draining = io.drain({ deadlineMs: 100 });
    clock.step(99);
    assert.equal(backend.canceled.length, 0);
    clock.step(1);
    const { held } = await draining;
    assert.equal(backend.canceled.length, 1);
    assert.equal(held.length, 1);
    assert.equal(held[0]?.kind, "write");
    assert.equal(held[0]?.state, "canceling");
    backend.answer({ kind: "canceled" });
    await assert.rejects(write, { code: "ABORT_ERR" });
  });

  test("its default deadline is five seconds", async () => {
    const { io, clock } = await openFake(false);
    void quiet(io.unlink("/a"));
    const draining = io.drain();
    assert.equal(clock.nextMs, 5000);
    clock.step(5000);
    assert.equal((await draining).held.length, 1);
  });

  test("with nothing in flight it resolves at once, and leaves no timer", async () => {
    const { io, clock } = makeFakeIo();
    assert.deepEqual(await io.drain(), { held: [] });
    assert.equal(clock.timerCount, 0);
  });

  test("waits for orphans, and for operations that wait for their turn", async () => {
    const { io, file, backend } = await openFake(false);
    file.write("a").abandon();
    const held = file.write("b");
    const draining = io.drain({ deadlineMs: 100 });
    backend.answer({ kind: "canceled" });
    assert.equal(await Promise.race([draining, reactions()]), undefined);
    backend.done(1);
    assert.deepEqual((await draining).held, []);
    assert.equal(await held, 1);
  });

  test("two at once both end", async () => {
    const { io, backend } = makeFakeIo();
    void quiet(io.unlink("/a"));
    const both = [io.drain({ deadlineMs: 9 }), io.drain({ deadlineMs: 99 })];
    backend.done(0);
    assert.deepEqual(await Promise.all(both), [{ held: [] }, { held: [] }]);
  });
});

describe("inFlight()", () => {
  test("has kind, path, descriptor, state, age and bytes of each", async () => {
    const { io, file, backend, clock } = await openFake(true);
    void quiet(file.read(new IoBuffer(100)));
    clock.step(25);
    void quiet(file.readv([new IoBuffer(10), new IoBuffer(20)]));
    void quiet(io.rename("/x", "/y"));
    const list = io.inFlight().map(({ id, stack, ...rest }) => rest);
    assert.deepEqual(list, [
      { kind: "read", path: "/fake", fd: 21, state: "submitted", ageMs: 25, byteLength: 100 },
      { kind: "readv", path: "/fake", fd: 21, state: "queued", ageMs: 0, byteLength: 30 },
      { kind: "rename", path: "/x", fd: undefined, state: "submitted", ageMs: 0, byteLength: 0 },
    ]);
    assert.equal(new Set(io.inFlight().map((each) => each.id)).size, 3);
    assert.equal(io.inFlight()[0]?.stack, undefined);
    backend.done(100);
    assert.equal(io.inFlight().length, 2);
  });

  test("has the stack of the call once stacks are captured", async () => {
    const { io } = makeFakeIo();
    io.captureStacks(true);
    void quiet(io.unlink("/a"));
    io.captureStacks(false);
    void quiet(io.unlink("/b"));
    const [one, two] = io.inFlight();
    assert.match(one?.stack ?? "", /io\.test/);
    assert.equal(two?.stack, undefined);
  });

  test("keeps an operation whose promise was dropped", () => {
    const { io } = makeFakeIo();
    void io.unlink("/a");
    assert.equal(io.inFlight().length, 1);
    assert.equal(io.status().inFlight, 1);
  });
});

describe("without a backend", () => {
  test("calls throw ERR_NO_BACKEND with the reason; wrong arguments come first", () => {
    const io = new Io({}, new StepClock(), () => ({ backend: null, reason: "no such kernel" }));
    const { backend, reason, capabilities, statistics } = io.status();
    assert.deepEqual(
      [backend, reason, capabilities, statistics],
      [null, "no such kernel", null, {}],
    );
    for (const call of [() => io.open("/a"), () => io.stat("/a"), () => io.unlink("/a")]) {
      assert.throws(call, (error: Error & { code?: string }) => {
        assert.equal(error.code, "ERR_NO_BACKEND");
        assert.equal((error.cause as Error).message, "no such kernel");
        return true;
      });
    }
    assert.throws(() => io.open(5 as never), { code: "ERR_INVALID_ARG_TYPE" });
    assert.deepEqual(io.inFlight(), []);
  });

  test("drain() has nothing to wait for", async () => {
    const io = new Io({}, new StepClock(), () => ({ backend: null, reason: "none" }));
    assert.deepEqual(await io.drain(), { held: [] });
  });

  test("the backend is chosen once, when it is first needed", () => {
    let choices = 0;
    const io = new Io({}, new StepClock(), () => {
      choices++;
      return { backend: null, reason: "none" };
    });
    assert.equal(choices, 0);
    io.status();
    io.status();
    assert.equal(choices, 1);
  });
});
