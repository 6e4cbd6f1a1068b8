/**
 * Goal: as in `any-value.test.ts`, for what is made of descriptors of the process: terminals,
 * counters, timers, watchers, pipes; and for constructors, functions of the entry, and methods that
 * are called on something else than what has them.
 * Method: the same values, on the kernel that there is; descriptors are counted before and after.
 */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { types } from "node:util";

import * as overlapped from "../../src/index.ts";
import { noTerminals } from "../support/pty.ts";
import { summarize } from "../support/summary.ts";
import { assertRefusal, begunIn, end } from "./judge.ts";
import { CALLS, type Call, FUNCTIONS } from "./surface.ts";
import { triesOf } from "./tries.ts";
import { HOSTILE, Thrown } from "./values.ts";

const { BufferPool, Io, IoBuffer, Scope } = overlapped;

let triesCount = 0;

type Method = (...args: unknown[]) => unknown;

const io = new Io();

interface Made {
  readonly receiver: object;
  /** Ends what is pending on it, and it. */
  readonly close: () => Promise<unknown>;
}

async function makeTty(): Promise<Made> {
  const { controller, path } = io.openPty();
  const tty = await io.openTty(path);
  const close = (): Promise<unknown> => Promise.all([tty.close(), controller.close()]);
  return { receiver: tty, close };
}

const ofHandle = (handle: overlapped.StreamHandle): Made => ({
  receiver: handle,
  close: () => handle.close(),
});

const ofIo = (): Made => ({ receiver: io, close: () => Promise.resolve() });

const MAKERS: Readonly<Record<string, () => Made | Promise<Made>>> = {
  EventCounter: () => ofHandle(io.eventfd()),
  FileWatcher: () => ofHandle(io.inotify()),
  KernelTimer: () => ofHandle(io.timer()),
  StreamCalls: ofIo,
  Tty: makeTty,
};

const CASES: readonly Call[] = CALLS.filter(
  ({ declaredBy, method, parameters }) =>
    declaredBy in MAKERS && method !== "constructor" && parameters.length > 0,
);

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

async function tryOnce(call: Call, given: readonly unknown[]): Promise<void> {
  const { receiver, close } = await (MAKERS[call.declaredBy] ?? assert.fail(call.name))();
  const method = (receiver as Record<string, Method>)[call.method] ?? assert.fail(call.name);
  const begun = begunIn(io);
  // A watcher watches what there is.
  const args = given.map((value) => (value === "/f" ? tmpdir() : value));
  try {
    const result = method.apply(receiver, args);
    if (result !== receiver) await end(result, close);
  } catch (error) {
    assertRefusal(error, call.isAsync);
    assert.equal(begunIn(io), begun, "it threw when something had begun");
  } finally {
    await close();
  }
}

for (const call of CASES) {
  const skip = call.declaredBy === "Tty" && noTerminals;
  test(`${call.name} takes any value, or refuses it`, { skip }, async () => {
    await io.eventfd().close();
    const before = descriptors();
    for (const { what, args } of triesOf(call)) {
      triesCount++;
      try {
        await tryOnce(call, args);
      } catch (error) {
        throw new Error(`${call.name}: ${what}`, { cause: error });
      }
    }
    assert.equal(descriptors(), before);
    assert.deepEqual(io.inFlight(), []);
  });
}

const CONSTRUCTORS = { BufferPool, Io, IoBuffer, Scope };

for (const [name, made] of Object.entries(CONSTRUCTORS)) {
  test(`new ${name} takes any value, or refuses it`, async () => {
    const call = CALLS.find((it) => it.name === `new ${name}`) ?? assert.fail(name);
    // What is behind its first parameter is for tests of the library.
    const first = { ...call, parameters: call.parameters.slice(0, 1) };
    for (const { what, args } of triesOf(first)) {
      try {
        const thing: unknown = Reflect.construct(made, args);
        if (thing instanceof Scope) await thing.leave();
      } catch (error) {
        assertRefusal(Object.assign(error as object, { what }), false);
      }
    }
  });
}

test("IoBuffer.from takes any value, or refuses it", () => {
  for (const make of HOSTILE.values()) {
    try {
      assert.equal(IoBuffer.from(make() as string).isLent, false);
    } catch (error) {
      assertRefusal(error, true);
    }
  }
});

test("a pool takes back what it gave, and refuses any other value", () => {
  const pool = new BufferPool({ byteLength: 8, count: 1 });
  const buffer = pool.acquire();
  for (const make of HOSTILE.values()) {
    assert.throws(
      () => pool.release(make() as overlapped.IoBuffer),
      (error) => {
        assertRefusal(error, true);
        return true;
      },
    );
  }
  pool.release(buffer);
  assert.equal(pool.free, 1);
});

/** No value that could be a path of something: these work on the process's own files. */
const NEVER_PATHS: readonly string[] = [...HOSTILE.keys()].filter((name) => {
  const value = HOSTILE.get(name)?.();
  return !(typeof value === "string" || types.isUint8Array(value) || value === undefined);
});

for (const name of FUNCTIONS) {
  const call = new Map<string, unknown>(Object.entries(overlapped)).get(name) as Method;
  const method = CALLS.find((it) => it.method === name && it.parameters.length > 0);
  if (method === undefined || name === "fromFd") continue;
  test(`${name}() as a function takes any value that is no path, or refuses it`, async () => {
    for (const value of NEVER_PATHS) {
      try {
        await end(call(HOSTILE.get(value)?.()), () => Promise.resolve());
      } catch (error) {
        assertRefusal(Object.assign(error as object, { value }), method.isAsync);
      }
    }
  });
}

test("a method that is called on something else throws, and begins nothing", async () => {
  for (const { declaredBy, method, name } of CALLS) {
    const owner = (overlapped as unknown as Record<string, { readonly prototype: object }>)[
      declaredBy
    ];
    const call = (owner?.prototype as Record<string, Method> | undefined)?.[method];
    if (method === "constructor" || call === undefined) continue;
    for (const [value, make] of HOSTILE) {
      const thrown = await thrownBy(() => call.call(make()));
      if (thrown instanceof Thrown) continue;
      assert.ok(thrown instanceof TypeError, `${name} on ${value}: ${String(thrown)}`);
    }
  }
  assert.equal(overlapped.inFlight().length, 0);
});

/** Undefined if nothing is thrown, at once or later. */
async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

test("what was tried is told", (t) => {
  summarize(t, {
    part: "hostile",
    scenario: "the same for terminals, counters, timers, watchers and descriptors",
    subject: "this machine's kernel",
    figures: { calls: CASES.length, tries: triesCount },
  });
});
