// Goal: a scope is left when everything in it is over, and not before (P8, decision 8).
// Method: the kernel's answers are given by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type File, IoBuffer, Scope } from "../../../src/index.ts";
import { quiet } from "./fake-file.ts";
import { codesOf, errorOf, readOf, ScopeBed, settled } from "./scope-bed.ts";

describe("leaving a scope", () => {
  test("cancels what is in flight, waits for it, closes the files, and then goes on", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const read = readOf(file);
    const stat = bed.scope.stat("/file");
    void bed.leave();
    assert.equal(bed.scope.phase, "leaving");
    assert.deepEqual([read.state, stat.state], ["canceling", "canceling"]);
    await settled();
    bed.answer("read", "canceled");
    await settled();
    assert.deepEqual(bed.pending, ["stat"]);
    assert.equal(file.state, "open");
    bed.answer("stat", "canceled");
    await settled();
    assert.equal(bed.scope.phase, "leaving");
    bed.answer("close");
    await settled();
    assert.deepEqual(bed.log.slice(1), ["read canceled", "stat canceled", "close done", "left"]);
    assert.equal(bed.scope.phase, "left");
    assert.deepEqual(codesOf(await errorOf(read)), ["ABORT_ERR", "ERR_SCOPE_LEFT"]);
    assert.deepEqual(codesOf(await errorOf(stat)), ["ABORT_ERR", "ERR_SCOPE_LEFT"]);
  });

  test("of one with nothing in it is over soon; everybody hears the same", async () => {
    const { scope } = new ScopeBed();
    const first = scope.leave();
    await Promise.all([first, scope.leave(), scope[Symbol.asyncDispose]()]);
    assert.equal(scope.phase, "left");
    assert.equal(scope.signal.aborted, true);
    await scope.leave();
  });

  test("closes what an open brings that was canceled and completes", async () => {
    const bed = new ScopeBed();
    const opening = bed.scope.open("/file");
    void bed.leave();
    bed.answer("open");
    const file = await opening;
    await settled();
    assert.deepEqual(bed.pending, ["close"]);
    bed.answer("close");
    await settled();
    assert.equal(file.state, "closed");
    assert.equal(bed.log.at(-1), "left");
  });

  test("does not close again what was closed before", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const closing = file.close();
    bed.answer("close");
    await closing;
    await bed.leave();
    assert.equal(bed.submissions, 2);
  });

  test("waits for a close that is under way, and cuts it short", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const write = quiet(file.write("x"));
    const closing = file.close();
    void bed.leave();
    assert.equal(write.state, "canceling");
    await settled();
    bed.answer("write", "canceled");
    await settled();
    assert.notEqual(bed.scope.phase, "left");
    bed.answer("close");
    await closing;
    await settled();
    assert.equal(bed.log.at(-1), "left");
    assert.equal(bed.submissions, 3);
  });

  test("waits until the last of many is over, however they end", async () => {
    const bed = new ScopeBed();
    const stats = Array.from({ length: 20 }, () => quiet(bed.scope.stat("/file")));
    void bed.leave();
    for (let count = 0; count < 20; count++) {
      assert.equal(bed.scope.phase, "leaving");
      bed.answer("stat", count % 2 === 0 ? "canceled" : "EIO");
      await settled();
    }
    assert.equal(bed.scope.phase, "left");
    assert.ok(stats.every(({ state }) => state === "settled"));
  });

  test("leaves time for whoever hears of a cancel to clean up", async () => {
    const bed = new ScopeBed();
    const stat = bed.scope.stat("/file");
    const deep = async (depth: number): Promise<void> => {
      if (depth > 0) await deep(depth - 1);
      else await stat;
    };
    const cleaning = deep(3).catch(() => bed.scope.shield((shield) => shield.stat("/other")));
    void bed.leave();
    bed.answer("stat", "canceled");
    await settled();
    assert.equal(bed.scope.phase, "leaving");
    bed.answer("stat", "EIO");
    assert.deepEqual(codesOf(await errorOf(cleaning)), ["EIO", undefined]);
    await settled();
    assert.equal(bed.log.at(-1), "left");
  });

  test("waits also for what begins while its files are being closed", async () => {
    const bed = new ScopeBed();
    await bed.open();
    void bed.leave();
    await settled();
    assert.deepEqual(bed.pending, ["close"]);
    const cleaning = bed.scope.shield((shield) => shield.stat("/other"));
    bed.answer("close");
    await settled();
    assert.equal(bed.scope.phase, "leaving");
    bed.answer("stat", "EIO");
    await errorOf(cleaning);
    await settled();
    assert.equal(bed.scope.phase, "left");
  });

  test("lets go of the signal and of the timer", async () => {
    const controller = new AbortController();
    const bed = new ScopeBed({ signal: controller.signal, deadlineMs: 100 });
    const { clock } = bed.fake;
    assert.equal(clock.timerCount, 1);
    await bed.leave();
    assert.equal(clock.timerCount, 0);
    controller.abort(new Error("too late"));
    assert.equal((bed.scope.signal.reason as { code: string }).code, "ERR_SCOPE_LEFT");
  });
});

describe("what was abandoned is not in the scope any more", () => {
  test("an operation by path", async () => {
    const bed = new ScopeBed();
    const stat = bed.scope.stat("/file");
    stat.abandon();
    assert.deepEqual(bed.scope.inFlight(), []);
    await bed.leave();
    assert.deepEqual(bed.pending, ["stat"]);
  });

  test("an open: what it brings is closed all the same", async () => {
    const bed = new ScopeBed();
    const opening = bed.scope.open("/file");
    opening.abandon();
    await bed.leave();
    bed.answer("open");
    assert.deepEqual(bed.pending, ["close"]);
  });

  test("a read: leaving does not wait for it, and its file is closed after it", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const read = readOf(file).abandon();
    const other = await bed.open();
    void bed.leave();
    await settled();
    bed.answer("close");
    await settled();
    assert.equal(bed.log.at(-1), "left");
    assert.deepEqual([file.state, other.state], ["closing", "closed"]);
    assert.deepEqual(
      bed.io.inFlight().map(({ kind, state }) => [kind, state]),
      [
        ["read", "abandoned"],
        ["close", "abandoned"],
      ],
    );
    bed.answer("read", "canceled");
    await read.outcome();
    bed.answer("close");
    assert.equal(file.state, "closed");
  });

  test("but a close that the user waits for is, also if it waits for an orphan", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    readOf(file).abandon();
    const closing = file.close();
    void bed.leave();
    await settled();
    assert.equal(bed.scope.phase, "leaving");
    closing.abandon();
    await settled();
    assert.equal(bed.scope.phase, "left");
  });
});

describe("add()", () => {
  test("an operation that began elsewhere keeps the scope, and is canceled with it", async () => {
    const bed = new ScopeBed();
    const file = await bed.open(bed.io);
    const read = readOf(file);
    assert.equal(bed.scope.add(read), read);
    void bed.leave();
    assert.equal(read.state, "canceling");
    await settled();
    assert.equal(bed.scope.phase, "leaving");
    bed.answer("read", "canceled");
    await settled();
    assert.equal(bed.scope.phase, "left");
    assert.equal(file.state, "open");
  });

  test("one that is over, or comes to a canceled scope, does no harm", async () => {
    const bed = new ScopeBed();
    const first = bed.io.stat("/file");
    bed.answer("stat", "EIO");
    await errorOf(bed.scope.add(first));
    bed.scope.cancel();
    const second = quiet(bed.scope.add(bed.io.stat("/file")));
    assert.equal(second.state, "canceling");
    bed.answer("stat", "canceled");
    await bed.leave();
  });

  test("a file that was opened elsewhere is closed with the scope", async () => {
    const bed = new ScopeBed();
    const file = bed.scope.add(await bed.open(bed.io));
    void bed.leave();
    await settled();
    bed.answer("close");
    await settled();
    assert.deepEqual([file.state, bed.scope.phase], ["closed", "left"]);
  });

  test("a file goes from one scope into another, with all that is in flight", async () => {
    const bed = new ScopeBed();
    const inner = bed.scope.nested();
    const file = await bed.open(inner);
    const read = quiet(readOf(file));
    bed.scope.add(file);
    await inner.leave();
    assert.deepEqual([file.state, read.state], ["open", "submitted"]);
    assert.deepEqual(
      bed.scope.inFlight().map(({ kind }) => kind),
      ["read"],
    );
    bed.scope.cancel();
    assert.equal(read.state, "canceling");
    bed.answer("read", "canceled");
    void bed.leave();
    await settled();
    bed.answer("close");
    await settled();
    assert.deepEqual([file.state, bed.scope.phase], ["closed", "left"]);
  });

  test("a file that is closed already does no harm", async () => {
    const bed = new ScopeBed();
    const file = await bed.open(bed.io);
    const closing = file.close();
    bed.answer("close");
    await closing;
    assert.equal(bed.scope.add(file), file);
    await bed.leave();
  });
});

describe("a scope that has been left", () => {
  type Act = (scope: Scope, file: File) => unknown;
  const CALLS: Readonly<Record<string, Act>> = {
    "open()": (scope) => scope.open("/file"),
    "stat()": (scope) => scope.stat("/file"),
    "readlink()": (scope) => scope.readlink("/file"),
    "readFile()": (scope) => scope.readFile("/file"),
    "add() of an operation": (scope, file) => scope.add(file.close()),
    "add() of a file": (scope, file) => scope.add(file),
    "run()": (scope) => scope.run(async () => {}),
    "nested()": (scope) => scope.nested(),
    "shield()": (scope) => scope.shield(async () => {}),
  };
  for (const [name, act] of Object.entries(CALLS)) {
    test(`refuses ${name}, and asks the kernel for nothing`, async () => {
      const bed = new ScopeBed();
      const file = await bed.open(bed.io);
      await bed.leave();
      const { submissions } = bed;
      assert.throws(() => act(bed.scope, file), { name: "TypeError", code: "ERR_SCOPE_LEFT" });
      assert.equal(bed.submissions - submissions, name.includes("operation") ? 1 : 0);
    });
  }
});

describe("inFlight() of a scope", () => {
  test("has each operation once, those of files and inner scopes included", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    quiet(bed.scope.add(readOf(file)));
    const inner = bed.scope.nested();
    quiet(inner.stat("/inner"));
    quiet(bed.scope.stat("/outer"));
    quiet(bed.io.stat("/elsewhere"));
    assert.deepEqual(
      bed.scope
        .inFlight()
        .map(({ kind, path, fd }) => [kind, path, fd])
        .sort(),
      [
        ["read", "/file", 21],
        ["stat", "/inner", undefined],
        ["stat", "/outer", undefined],
      ],
    );
    assert.deepEqual(
      inner.inFlight().map(({ path }) => path),
      ["/inner"],
    );
  });
});

describe("wrong arguments", () => {
  const { io, scope } = new ScopeBed();
  const never = (): never => assert.fail("It was called");
  const WRONG: Readonly<Record<string, readonly [code: string, act: () => unknown]>> = {
    "options that are none": ["ERR_INVALID_ARG_TYPE", () => new Scope(null as never)],
    "an io that is none": ["ERR_INVALID_ARG_TYPE", () => new Scope({ io: {} as never })],
    "a scope as io": ["ERR_INVALID_ARG_TYPE", () => new Scope({ io: scope })],
    "a signal that is none": ["ERR_INVALID_ARG_TYPE", () => new Scope({ signal: {} as never })],
    "a deadline of 0": ["ERR_OUT_OF_RANGE", () => new Scope({ io, deadlineMs: 0 })],
    "a deadline in text": ["ERR_INVALID_ARG_TYPE", () => new Scope({ deadlineMs: "1" as never })],
    "no function": ["ERR_INVALID_ARG_TYPE", () => new Scope({ onDeadline: 1 as never })],
    "add() of neither": ["ERR_INVALID_ARG_TYPE", () => scope.add(Promise.resolve() as never)],
    "run() of no function": ["ERR_INVALID_ARG_TYPE", () => scope.run(1 as never)],
    "use() of no function": ["ERR_INVALID_ARG_TYPE", () => Scope.use({ io }, 1 as never)],
    "use() with a wrong option": ["ERR_OUT_OF_RANGE", () => Scope.use({ deadlineMs: -1 }, never)],
    "shield() of no function": ["ERR_INVALID_ARG_TYPE", () => scope.shield(1 as never)],
    "shield() without options": ["ERR_INVALID_ARG_TYPE", () => scope.shield(never, null as never)],
    "shield() in no time": ["ERR_OUT_OF_RANGE", () => scope.shield(never, { deadlineMs: 0 })],
    "nested() without options": ["ERR_INVALID_ARG_TYPE", () => scope.nested(null as never)],
    "a buffer in place of a path": [
      "ERR_INVALID_ARG_TYPE",
      () => scope.open(new IoBuffer(1) as never),
    ],
  };
  for (const [name, [code, act]] of Object.entries(WRONG)) {
    test(`${name}: refused`, () => {
      assert.throws(act, { code });
      assert.deepEqual(scope.inFlight(), []);
    });
  }
});
