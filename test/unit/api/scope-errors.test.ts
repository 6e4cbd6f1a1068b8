// Goal: no error that came up in a scope is swallowed, none is told twice, and none is made up of
// what the scope itself has canceled.
// Method: tasks that fail one after the other, or that nobody awaits; the kernel's answers are
// given by hand.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { IoError, Scope } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";
import { reactions } from "./fake-file.ts";
import { codesOf, errorOf, readOf, ScopeBed, settled } from "./scope-bed.ts";

const [one, two, three] = [new Error("one"), new Error("two"), new Error("three")];

/** A task that fails in a later turn. */
function failing(error: unknown): () => Promise<never> {
  return async () => {
    await reactions();
    throw error;
  };
}

function partsOf(error: unknown): unknown[] {
  assert.ok(error instanceof AggregateError, String(error));
  return error.errors;
}

describe("leaving a scope rejects", () => {
  test("with the failure of a task that nobody awaits, as it is", async () => {
    const { scope } = new ScopeBed();
    void scope.run(failing(one));
    assert.equal(await errorOf(scope.leave()), one);
    assert.equal(await errorOf(scope.leave()), one, "told to everybody who leaves it");
  });

  test("with several as one AggregateError, in order, whose message has the first", async () => {
    const { scope } = new ScopeBed();
    for (const error of [one, two, three]) void scope.run(failing(error));
    const error = await errorOf(scope.leave());
    assert.deepEqual(partsOf(error), [one, two, three]);
    assert.equal((error as Error).message, "3 errors in one scope; the first: one");
  });

  test("with the same error of several tasks once", async () => {
    const { scope } = new ScopeBed();
    for (const error of [one, one, two, two]) void scope.run(failing(error));
    assert.deepEqual(partsOf(await errorOf(scope.leave())), [one, two]);
  });

  test("with whatever a task has thrown", async () => {
    for (const thrown of [undefined, null, 0, "text", Symbol("a symbol"), Object.create(null)]) {
      const { scope } = new ScopeBed();
      void scope.run(failing(thrown));
      void scope.run(failing(one));
      assert.deepEqual(partsOf(await errorOf(scope.leave())), [thrown, one]);
    }
  });

  test("with a failure that comes after a cancel without a reason", async () => {
    const { scope } = new ScopeBed();
    scope.cancel();
    void scope.run(failing(one));
    assert.equal(await errorOf(scope.leave()), one);
  });

  test("with a failure of a task that was asked to stop", async () => {
    const bed = new ScopeBed();
    void bed.scope.run((scope) => scope.stat("/a"));
    const leaving = bed.leave();
    bed.answer("stat", "EIO");
    assert.deepEqual(codesOf(await errorOf(leaving)), ["EIO", undefined]);
  });

  test("with what goes wrong when its files are closed", async () => {
    const bed = new ScopeBed();
    const files = [await bed.open(), await bed.open()];
    const leaving = bed.leave();
    await settled();
    bed.answer("close", "EIO");
    bed.answer("close", "EIO");
    const errors = partsOf(await errorOf(leaving)) as IoError[];
    assert.deepEqual(
      errors.map(({ code, syscall }) => [code, syscall]),
      [
        ["EIO", "close"],
        ["EIO", "close"],
      ],
    );
    assert.ok(files.every(({ state }) => state === "closed"));
  });

  test("not with what its user hears of by other means: a close, a read", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const closing = file.close();
    const leaving = bed.leave();
    bed.answer("close", "EIO");
    assert.deepEqual(codesOf(await errorOf(closing)), ["EIO", undefined]);
    await leaving;
  });

  test("not with what it has canceled, also if that was a call of several operations", async () => {
    const bed = new ScopeBed();
    const file = await bed.open();
    const ends = [
      bed.scope.run(() => readOf(file)),
      bed.scope.run((scope) => scope.readFile("/a")),
      bed.scope.run(async ({ signal }) => {
        await reactions();
        signal.throwIfAborted();
      }),
    ];
    const leaving = bed.leave();
    bed.answer("read", "canceled");
    bed.fake.backend.answerKind("open", { kind: "canceled" });
    await settled();
    bed.answer("close");
    await leaving;
    for (const end of ends) await assert.rejects(end);
  });

  test("but with an error that only looks like it", async () => {
    const { scope } = new ScopeBed();
    const reason = new Error("reason");
    scope.cancel(reason);
    const another = new Error("another", { cause: reason });
    const abort = Object.assign(new Error("of somebody else"), { name: "AbortError" });
    const loop = new IoError("loop", { code: "ABORT_ERR", syscall: "x" });
    Object.assign(loop, { cause: loop });
    for (const error of [another, abort, loop, reason]) void scope.run(failing(error));
    assert.deepEqual(partsOf(await errorOf(scope.leave())), [another, abort, loop]);
  });
});

describe("a failure is told once", () => {
  test("to who awaits the task: not again by leaving", async () => {
    const run = async (): Promise<void> => {
      await using scope = new Scope({ io: makeFakeIo().io });
      await scope.run(failing(one));
    };
    assert.equal(await errorOf(run()), one);
  });

  test("to who awaits it in a group, by whatever means", async () => {
    const ways: ((task: Promise<unknown>) => Promise<unknown>)[] = [
      (task) => Promise.all([task]),
      (task) => Promise.race([task]),
      (task) => task.then(() => {}),
      (task) => task.finally(() => {}),
      async (task) => task,
      (task) => task.catch((error: unknown) => Promise.reject(error)),
    ];
    for (const way of ways) {
      const { scope } = new ScopeBed();
      assert.equal(await errorOf(way(scope.run(failing(one)))), one);
      await scope.leave();
    }
  });

  test("but later failures are told by leaving: nobody may hear of them any more", async () => {
    const { scope } = new ScopeBed();
    const tasks = [one, two, three].map((error) => scope.run(failing(error)));
    assert.equal(await errorOf(Promise.all(tasks)), one);
    assert.deepEqual(partsOf(await errorOf(scope.leave())), [two, three]);
  });

  test("what a task is canceled by is no failure of it, and ends it", async () => {
    const bed = new ScopeBed();
    const slow = bed.scope.run((scope) => scope.stat("/a"));
    void bed.scope.run(failing(one));
    await settled();
    bed.answer("stat", "canceled");
    const error = (await errorOf(slow)) as IoError;
    assert.deepEqual([error.code, error.cause], ["ABORT_ERR", one]);
    assert.equal(await errorOf(bed.scope.leave()), one);
  });
});

describe("Scope.use()", () => {
  const { io } = makeFakeIo();

  test("resolves with what the function returns, once the scope has been left", async () => {
    let made: Scope | undefined;
    const value = await Scope.use({ io }, async (scope) => {
      made = scope;
      return 42;
    });
    assert.deepEqual([value, made?.phase], [42, "left"]);
  });

  test("rejects with what the function throws, at once or later", async () => {
    assert.equal(await errorOf(Scope.use({ io }, failing(one))), one);
    const thrower = (): never => {
      throw two;
    };
    assert.equal(await errorOf(Scope.use({ io }, thrower)), two);
  });

  test("puts the errors of the function and of tasks together, each once", async () => {
    const error = await errorOf(
      Scope.use({ io }, async (scope) => {
        void scope.run(failing(one));
        void scope.run(failing(two));
        await reactions();
        await reactions();
        throw three;
      }),
    );
    assert.deepEqual(partsOf(error), [three, one, two]);
    const same = Scope.use({ io }, (scope) => scope.run(failing(one)));
    assert.equal(await errorOf(same), one);
  });

  test("leaves out what a failed task has brought about", async () => {
    const bed = new ScopeBed();
    const using = Scope.use({ io: bed.io }, async (scope) => {
      void scope.run(failing(one));
      await scope.stat("/a");
    });
    await settled();
    bed.answer("stat", "canceled");
    assert.equal(await errorOf(using), one);
  });

  test("tells of a deadline by the error of what it has ended", async () => {
    const bed = new ScopeBed();
    const using = Scope.use({ io: bed.io, deadlineMs: 50 }, (scope) => scope.stat("/a"));
    bed.fake.clock.step(50);
    bed.answer("stat", "canceled");
    assert.deepEqual(codesOf(await errorOf(using)), ["ETIMEDOUT", "ETIMEDOUT"]);
    assert.equal(await Scope.use({ io, deadlineMs: 50 }, async () => "in time"), "in time");
  });

  test("does not take a task's own AggregateError apart", async () => {
    const group = new AggregateError([one, two]);
    const use = Scope.use({ io }, async (scope) => void scope.run(failing(group)));
    assert.equal(await errorOf(use), group);
  });
});
