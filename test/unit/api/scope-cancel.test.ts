// Goal: whatever cancels a scope reaches everything in it but shields, each with the right error,
// and what begins later ends at once; the deadline reports, and the scope goes on waiting.
// Method: the kernel's answers are given by hand, time is stepped.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";

import { type InFlight, IoError, Scope } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { quiet, reactions } from "./fake-file.ts";
import { codesOf, errorOf, readOf, ScopeBed, settled } from "./scope-bed.ts";
import { unhandledAfter } from "./unhandled.ts";

describe("cancel()", () => {
  test("asks all to stop; the first reason is the cause of their errors", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const inner = bed.scope.nested();
    const operations = [readOf(file), bed.scope.stat("/a"), inner.stat("/b")];
    const reason = new Error("no longer needed");
    assert.equal(bed.scope.cancel(reason), bed.scope);
    assert.equal(bed.scope.cancel(new Error("another")), bed.scope);
    assert.equal(bed.scope.signal.reason, reason);
    assert.equal(inner.signal.reason, reason);
    for (const kind of ["read", "stat", "stat"] as const) bed.answer(kind, "canceled");
    for (const operation of operations) {
      const error = (await errorOf(operation)) as IoError;
      assert.deepEqual([error.code, error.cause], ["ABORT_ERR", reason]);
    }
    assert.equal(bed.scope.phase, "open");
  });

  test("without a reason the cause is the usual one", async () => {
    const bed = new ScopeBed();
    const stat = bed.scope.cancel().stat("/a");
    const { cause } = (await errorOf(stat)) as IoError;
    assert.equal(cause, bed.scope.signal.reason);
    assert.equal((cause as Error).name, "AbortError");
  });

  test("what begins later ends at once, and the kernel is never asked", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    bed.scope.cancel();
    const { submissions } = bed;
    const inner = bed.scope.nested();
    const began = [
      bed.scope.stat("/a"),
      bed.scope.open("/a"),
      readOf(file),
      file.writeAll("x"),
      file.stat(),
      file.sync(),
      inner.stat("/a"),
      bed.scope.readFile("/a"),
      bed.scope.writeFile("/a", "x"),
    ];
    for (const each of began) assert.deepEqual(codesOf(await errorOf(each))[0], "ABORT_ERR");
    assert.equal(bed.submissions, submissions);
    assert.equal(file.state, "open");
  });

  test("what an open brings afterwards is canceled, too", async () => {
    const bed = new ScopeBed();
    const opening = bed.scope.open("/file");
    bed.scope.cancel();
    bed.answer("open");
    assert.equal((await readOf(await opening).outcome()).status, "canceled");
  });

  test("a task that reads again and again comes to its end", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const failures: unknown[] = [];
    const task = bed.scope.run(async () => {
      while (failures.length < 3) await readOf(file).catch((error) => failures.push(error));
    });
    void bed.leave();
    bed.answer("read", "canceled");
    await task;
    assert.deepEqual(
      failures.map((error) => codesOf(error)[1]),
      Array(3).fill("ERR_SCOPE_LEFT"),
    );
  });

  test("operations of a file that was handed on are spared", async () => {
    const bed = new ScopeBed();
    const other = new Scope({ io: bed.io });
    const file = other.add(await bed.open());
    const read = quiet(readOf(file));
    bed.scope.cancel();
    assert.equal(read.state, "submitted");
    assert.equal(quiet(file.stat()).state, "submitted");
  });

  test("a listener of the scope's signal may begin operations, and leave", async () => {
    const bed = new ScopeBed();
    const first = quiet(bed.scope.stat("/a"));
    bed.scope.signal.addEventListener("abort", () => {
      quiet(bed.scope.stat("/b"));
      void bed.leave();
      bed.scope.cancel(new Error("again"));
    });
    bed.scope.cancel();
    assert.equal(first.state, "canceling");
    assert.deepEqual(bed.pending, ["stat"]);
    bed.answer("stat", "canceled");
    await settled();
    assert.equal(bed.log.at(-1), "left");
  });

  test("other calls that take the scope's signal have its cause", async () => {
    const bed = new ScopeBed();
    const { signal } = bed.scope;
    const elsewhere = bed.io.stat("/a", { signal });
    const unhandled = await unhandledAfter(() => void bed.scope.leave());
    bed.answer("stat", "canceled");
    assert.deepEqual(codesOf(await errorOf(elsewhere)), ["ABORT_ERR", "ERR_SCOPE_LEFT"]);
    assert.deepEqual(unhandled, []);
  });
});

describe("the signal of a scope", () => {
  test("cancels what is in it, with its reason", async () => {
    const controller = new AbortController();
    const bed = new ScopeBed({ signal: controller.signal });
    const stat = bed.scope.stat("/a");
    controller.abort("enough");
    assert.equal(stat.state, "canceling");
    bed.answer("stat", "canceled");
    assert.deepEqual((await stat.outcome()).status, "canceled");
    assert.equal(((await errorOf(stat)) as IoError).cause, "enough");
    await bed.leave();
  });

  test("aborted already: nothing is asked of the kernel", async () => {
    const reason = new Error("before");
    const bed = new ScopeBed({ signal: AbortSignal.abort(reason) });
    const error = (await errorOf(bed.scope.open("/a"))) as IoError;
    assert.deepEqual([error.code, error.cause], ["ABORT_ERR", reason]);
    assert.equal(await bed.scope.run(async () => "tasks begin"), "tasks begin");
    assert.equal(bed.submissions, 0);
    await bed.leave();
  });

  test("has one listener, however many scopes and calls in them share it", async () => {
    const { signal } = new AbortController();
    const { io } = makeFakeIo();
    const scopes = Array.from({ length: 100 }, () => new Scope({ io, signal }));
    for (const scope of scopes) void scope.readFile("/a", { signal });
    assert.equal(getEventListeners(signal, "abort").length, 1);
  });
});

describe("the deadline of a scope", () => {
  test("cancels with ETIMEDOUT, reports what is held, and goes on waiting", async () => {
    const held: InFlight[][] = [];
    const bed = new ScopeBed({ deadlineMs: 50, onDeadline: (list) => held.push([...list]) });
    const file = await bed.open();
    const read = quiet(readOf(file));
    const queued = quiet(readOf(file));
    const stat = quiet(bed.scope.stat("/a"));
    bed.fake.clock.step(49);
    assert.deepEqual([held.length, read.state], [0, "submitted"]);
    bed.fake.clock.step(1);
    assert.deepEqual(
      held.map((list) => list.map(({ kind, state }) => `${kind} ${state}`).sort()),
      [["read canceling", "stat canceling"]],
    );
    void bed.leave();
    await settled();
    assert.equal(bed.scope.phase, "leaving");
    bed.answer("read", "canceled");
    bed.answer("stat", "EIO");
    await settled();
    bed.answer("close");
    await settled();
    assert.equal(bed.log.at(-1), "left");
    for (const operation of [read, queued]) {
      assert.equal((await operation.outcome()).status, "timedOut");
      assert.deepEqual(codesOf(await errorOf(operation)), ["ETIMEDOUT", "ETIMEDOUT"]);
    }
    assert.equal((await stat.outcome()).status, "failed");
  });

  test("reaches inner scopes, and calls that are made of several operations", async () => {
    const bed = new ScopeBed({ deadlineMs: 50 });
    const inner = bed.scope.nested();
    const stat = inner.stat("/a");
    const whole = bed.scope.readFile("/b");
    bed.fake.clock.step(50);
    bed.answer("stat", "canceled");
    bed.fake.backend.answerKind("open", { kind: "canceled" });
    for (const each of [stat, whole]) {
      assert.deepEqual(codesOf(await errorOf(each)), ["ETIMEDOUT", "ETIMEDOUT"]);
    }
    assert.equal(((await errorOf(whole)) as IoError).syscall, "readFile");
    assert.deepEqual(codesOf(await errorOf(bed.scope.readFile("/c"))), ["ETIMEDOUT", "ETIMEDOUT"]);
  });

  test("comes also while the scope is being left, and then no more", async () => {
    const reports: number[] = [];
    const bed = new ScopeBed({ deadlineMs: 50, onDeadline: (held) => reports.push(held.length) });
    quiet(bed.scope.stat("/a"));
    void bed.leave();
    bed.fake.clock.step(50);
    assert.deepEqual(reports, [1]);
    bed.answer("stat", "canceled");
    await settled();
    assert.equal(bed.log.at(-1), "left");
    const other = new ScopeBed({ deadlineMs: 50, onDeadline: (held) => reports.push(held.length) });
    await other.leave();
    other.fake.clock.step(100);
    assert.deepEqual(reports, [1]);
  });

  test("what onDeadline throws is told by leaving", async () => {
    const mistake = new Error("in onDeadline");
    const bed = new ScopeBed({
      deadlineMs: 50,
      onDeadline: () => {
        throw mistake;
      },
    });
    bed.fake.clock.step(50);
    assert.equal(await errorOf(bed.scope.leave()), mistake);
  });

  test("an inner one ends the inner scope alone", async () => {
    const bed = new ScopeBed({ deadlineMs: 500 });
    const inner = bed.scope.nested({ deadlineMs: 50 });
    const [first, second] = [quiet(inner.stat("/a")), bed.scope.stat("/b")];
    bed.fake.clock.step(50);
    assert.deepEqual([first.state, second.state], ["canceling", "submitted"]);
    bed.answer("stat", "canceled");
    bed.answer("stat", "EIO");
    assert.deepEqual(codesOf(await errorOf(second)), ["EIO", undefined]);
  });
});

describe("nested scopes", () => {
  test("a scope is left after those in it", async () => {
    const bed = new ScopeBed();
    const inner = bed.scope.nested();
    quiet(inner.stat("/a"));
    const innerLeft = inner.leave().then(() => bed.log.push("inner left"));
    void bed.leave();
    await settled();
    assert.deepEqual([inner.phase, bed.scope.phase], ["leaving", "leaving"]);
    bed.answer("stat", "canceled");
    await innerLeft;
    await settled();
    assert.deepEqual(bed.log, ["stat canceled", "inner left", "left"]);
  });

  test("one that a task uses is left by it, after its cleaning up", async () => {
    const bed = new ScopeBed();
    const task = bed.scope.run(async (scope) => {
      await using inner = scope.nested();
      try {
        await inner.stat("/a");
      } finally {
        await reactions();
        await inner.shield((shield) => shield.stat("/b")).catch(() => bed.log.push("cleaned up"));
      }
    });
    void bed.leave();
    bed.answer("stat", "canceled");
    await settled();
    bed.answer("stat", "EIO");
    assert.deepEqual(codesOf(await errorOf(task)), ["ABORT_ERR", "ERR_SCOPE_LEFT"]);
    await settled();
    assert.deepEqual(bed.log.slice(-2), ["cleaned up", "left"]);
  });

  test("one that nobody leaves is left with the outer one, after its tasks", async () => {
    const bed = new ScopeBed();
    const forgotten = bed.scope.nested();
    const mistake = new Error("in the forgotten one");
    void forgotten.run(async () => {
      await forgotten.stat("/a").catch(() => {});
      throw mistake;
    });
    const task = bed.scope.run((scope) => scope.stat("/b"));
    const leaving = bed.leave();
    bed.answer("stat", "canceled");
    await settled();
    assert.equal(forgotten.phase, "open");
    bed.answer("stat", "canceled");
    assert.equal(await errorOf(leaving), mistake);
    assert.equal(forgotten.phase, "left");
    await errorOf(task);
  });

  test("canceling the inner one leaves the outer one alone", async () => {
    const bed = new ScopeBed();
    const inner = bed.scope.nested().cancel();
    assert.equal((await inner.stat("/a").outcome()).status, "canceled");
    assert.equal(bed.scope.signal.aborted, false);
    await inner.leave();
    await bed.leave();
  });
});

describe("a rejection in a scope that nobody looks at", () => {
  const HANDLED: Readonly<Record<string, (bed: ScopeBed) => void>> = {
    "cancel()": (bed) => void bed.scope.cancel(),
    "leave()": (bed) => void bed.scope.leave(),
    "a task that fails": (bed) => void bed.scope.run(() => Promise.reject(new Error("task"))),
  };
  for (const [name, act] of Object.entries(HANDLED)) {
    test(`counts as handled if it is because of ${name}`, async () => {
      const bed = new ScopeBed();
      const file = await bed.open();
      void bed.scope.stat("/a");
      void readOf(file);
      void bed.scope.readFile("/a");
      const unhandled = await unhandledAfter(async () => {
        act(bed);
        await settled();
        void bed.scope.stat("/b");
        void file.sync();
        void bed.scope.readFile("/b");
        bed.answer("stat", "canceled");
        bed.answer("read", "canceled");
        bed.answer("open");
        await settled();
        bed.answer("close");
      });
      assert.deepEqual(unhandled, []);
    });
  }

  test("does not if it is because of a signal or the deadline", async () => {
    const controller = new AbortController();
    for (const options of [{ signal: controller.signal }, { deadlineMs: 50 }]) {
      const bed = new ScopeBed(options);
      void bed.scope.stat("/a");
      void bed.scope.readFile("/b");
      const unhandled = await unhandledAfter(() => {
        controller.abort();
        bed.fake.clock.step(50);
        bed.answer("stat", "canceled");
        bed.fake.backend.answerKind("open", { kind: "canceled" });
        void bed.scope.stat("/c");
      });
      assert.equal(unhandled.length, 3);
      assert.ok(unhandled.every((error) => error instanceof IoError));
    }
  });

  test("does not if the kernel failed, although it was canceled", async () => {
    const bed = new ScopeBed();
    void bed.scope.stat("/a");
    const unhandled = await unhandledAfter(() => {
      void bed.scope.leave();
      bed.answer("stat", "EIO");
    });
    assert.deepEqual(
      unhandled.map((error) => codesOf(error)[0]),
      ["EIO"],
    );
  });
});
