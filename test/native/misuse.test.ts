/**
 * Goal: nothing that JavaScript can hand to the shim crashes the process: wrong arguments throw,
 * rings that are closed or were never opened throw, and what the kernel refuses is a number.
 * Method: each function is called with too few arguments, then with each argument in turn replaced
 * by values of every wrong kind. Rings of the test's own stand beside those of the library.
 */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type Addon,
  type BlockHandle,
  loadAddon,
  type RingDescription,
} from "../../src/kernel/addon.ts";
import { REGISTER_PROBE } from "../../src/kernel/uring-abi.ts";
import { type ChildEnd, runScript } from "../support/children.ts";
import { bytesAliveAfterCollection } from "./collect.ts";
import { noRing, ringOnly } from "./ring-available.ts";

const EMFILE = 24;
const EINVAL = 22;
const EBADF = 9;
const RINGS_MAX = 32;

const { addon } = loadAddon();
// Without a ring every test is skipped, and nothing is called.
const shim: Addon = addon as Addon;

/** A ring that is closed after the test, if the test does not do it. */
function openRing(t: TestContext): RingDescription {
  const described = shim.setup(8, 16, 0);
  assert.ok(typeof described === "object", `setup answered ${String(described)}`);
  t.after(() => {
    if (described.rings.byteLength !== 0) closeRing(described);
  });
  return described;
}

function closeRing({ ring, rings, sqes }: RingDescription): void {
  shim.closeRing(ring, rings, sqes);
}

/** Calls as no compiler would let it pass. */
function callAnyhow(name: keyof Addon, args: readonly unknown[]): unknown {
  return (shim[name] as (...args: readonly unknown[]) => unknown)(...args);
}

const WRONG = [undefined, null, true, "1", Symbol("1"), 1n, {}, [], () => 1] as const;
const WRONG_NUMBERS = [Number.NaN, -1, 0.5, 2 ** 32, 1e300, Number.POSITIVE_INFINITY] as const;

interface Signature {
  readonly name: keyof Addon;
  readonly args: () => readonly unknown[];
  /** Values that are right for an argument, or that the shim has no need to refuse. */
  readonly isRight?: (index: number, value: unknown) => boolean;
}

const numbers = new Uint32Array(3);

function signaturesOf(ring: RingDescription, handle: BlockHandle): readonly Signature[] {
  const index = ring.ring;
  return [
    { name: "configure", args: () => [2000] },
    { name: "setup", args: () => [8, 16, 0] },
    { name: "enter", args: () => [index, 0, 0, 0] },
    {
      name: "register",
      args: () => [index, REGISTER_PROBE, new Uint8Array(16 + 8), 1],
      isRight: (at, value) => at === 2 && value === null,
    },
    { name: "closeRing", args: () => [index, ring.rings, ring.sqes] },
    { name: "watch", args: () => [index, () => {}], isRight: isFunctionAt(1) },
    { name: "hold", args: () => [index, true], isRight: (at, value) => at === 1 && value === true },
    {
      name: "seekable",
      args: () => [-1, true],
      isRight: (at, value) => at === 1 && value === true,
    },
    { name: "waitsInside", args: () => [-1] },
    { name: "opensWaitInside", args: () => [] },
    { name: "allocate", args: () => [4096, 4096, numbers] },
    { name: "wrap", args: () => [handle] },
    { name: "detach", args: () => [new ArrayBuffer(8)] },
    { name: "counters", args: () => [new Float64Array(3)] },
  ];
}

function isFunctionAt(index: number): (at: number, value: unknown) => boolean {
  return (at, value) => at === index && typeof value === "function";
}

function makeBlock(byteLength = 4096): BlockHandle {
  const handle = shim.allocate(byteLength, 4096, numbers);
  assert.ok(typeof handle === "object");
  return handle;
}

test("each function throws for too few arguments", { skip: noRing }, (t) => {
  const ring = openRing(t);
  for (const { name, args } of signaturesOf(ring, makeBlock())) {
    const given = args();
    for (let count = 0; count < given.length; count += 1) {
      const few = given.slice(0, count);
      assert.throws(() => callAnyhow(name, few), Error, `${name} with ${count} arguments`);
    }
  }
});

test("each function throws for an argument of the wrong type", { skip: noRing }, (t) => {
  const ring = openRing(t);
  for (const { name, args, isRight } of signaturesOf(ring, makeBlock())) {
    args().forEach((_, at) => {
      for (const wrong of WRONG) {
        if (isRight?.(at, wrong) === true) continue;
        const given = args().with(at, wrong);
        const what = `${name}, argument ${at}: ${String(wrong)} (${typeof wrong})`;
        assert.throws(() => callAnyhow(name, given), Error, what);
      }
    });
  }
});

test("typed arrays of the wrong kind or length throw", { skip: noRing }, (t) => {
  const ring = openRing(t);
  const calls: readonly (readonly [keyof Addon, ...unknown[]])[] = [
    ["allocate", 4096, 4096, new Uint32Array(2)],
    ["allocate", 4096, 4096, new Float64Array(3)],
    ["allocate", 4096, 4096, new Uint32Array(3).buffer],
    ["counters", new Float64Array(2)],
    ["counters", new Uint32Array(6)],
    ["register", ring.ring, REGISTER_PROBE, new Uint32Array(6), 1],
    ["register", ring.ring, REGISTER_PROBE, new Uint8Array(24).buffer, 1],
    ["register", ring.ring, REGISTER_PROBE, new Uint8Array(0), 1],
    ["detach", new Uint8Array(8)],
    ["detach", new SharedArrayBuffer(8)],
    ["wrap", new ArrayBuffer(8)],
    ["wrap", Object.create(null)],
  ];
  for (const [name, ...given] of calls) {
    assert.throws(() => callAnyhow(name, given), Error, `${name} with ${typeof given.at(-1)}`);
  }
});

test("odd numbers throw or are answered, and nothing breaks", { skip: noRing }, async (t) => {
  const bytesBefore = await bytesAliveAfterCollection();
  callWithOddNumbers(openRing(t));
  for (const size of [Number.NaN, -1, 0, 0.5, 2 ** 32 + 1, 1e300, Number.POSITIVE_INFINITY]) {
    assert.throws(() => shim.allocate(size, 4096, numbers), Error, `allocate ${size}`);
  }
  for (const alignment of [0, 1, 32, 63, 65, 4095, 4097, 3 * 4096, -1, Number.NaN]) {
    assert.throws(() => shim.allocate(4096, alignment, numbers), Error, `alignment ${alignment}`);
  }
  for (const entries of [0, -1, Number.NaN, 1e9]) {
    assert.equal(shim.setup(entries, 16, 0), -EINVAL, `setup of ${entries} entries`);
  }
  assert.equal(shim.setup(8, 16, 0x8000_0000), -EINVAL);
  assert.equal(await bytesAliveAfterCollection(), bytesBefore);
});

function callWithOddNumbers(ring: RingDescription): void {
  const harmless = signaturesOf(ring, makeBlock()).filter(({ name }) =>
    ["enter", "hold", "watch", "wrap", "counters"].includes(name),
  );
  for (const { name, args } of harmless) {
    args().forEach((value, at) => {
      // An index that is odd may by chance be that of a ring; those are a test of their own.
      if (typeof value !== "number" || at === 0) return;
      for (const odd of WRONG_NUMBERS) {
        // A wait for completions that never come would be one for ever.
        if (name === "enter" && at > 1) continue;
        const answer = callAnyhow(name, args().with(at, odd));
        assert.ok(answer === undefined || typeof answer === "number", `${name}(${at}: ${odd})`);
      }
    });
  }
}

test("rings that are closed or were never opened throw", { skip: noRing }, (t) => {
  const ring = openRing(t);
  const entries = new Uint32Array(ring.sqes);
  closeRing(ring);
  assert.equal(ring.rings.byteLength, 0);
  assert.equal(ring.sqes.byteLength, 0);
  entries[0] = 1; // Detached: it goes nowhere.
  for (const index of [ring.ring, RINGS_MAX - 1, RINGS_MAX, -1, 2 ** 31]) {
    assert.throws(() => shim.enter(index, 0, 0, 0), /Not so/);
    assert.throws(() => shim.enter(index, 8, 0, 1), /Not so/);
    assert.throws(() => shim.register(index, REGISTER_PROBE, new Uint8Array(24), 1), /Not so/);
    assert.throws(() => shim.watch(index, () => {}), /Not so/);
    assert.throws(() => shim.hold(index, true), /Not so/);
    assert.throws(() => shim.closeRing(index, new ArrayBuffer(8), new ArrayBuffer(8)), /Not so/);
  }
});

test("one ring too many is refused, and a closed one makes room", { skip: ringOnly }, async (t) => {
  const opened: RingDescription[] = [];
  // The library has one of its own already.
  for (let count = 1; count < RINGS_MAX; count += 1) opened.push(openRing(t));
  assert.equal(shim.setup(8, 16, 0), -EMFILE);
  const indexes = opened.map(({ ring }) => ring);
  assert.equal(new Set(indexes).size, indexes.length);
  closeRing(opened.pop()!);
  opened.push(openRing(t));
  assert.equal(shim.setup(8, 16, 0), -EMFILE);
  // A watched one keeps its place until its watch has left the loop.
  const watched = opened.pop()!;
  shim.watch(watched.ring, () => {});
  assert.throws(() => shim.watch(watched.ring, () => {}), /Not so/);
  closeRing(watched);
  assert.equal(shim.setup(8, 16, 0), -EMFILE);
  await nextTurn();
  await nextTurn();
  opened.push(openRing(t));
  assert.equal(opened.length, RINGS_MAX - 1);
});

test("enter submits no more than was written, and says so", { skip: noRing }, (t) => {
  const ring = openRing(t);
  assert.equal(shim.enter(ring.ring, 0, 0, 0), 0);
  assert.equal(shim.enter(ring.ring, 1_000_000, 0, 0), 0);
  assert.equal(shim.enter(ring.ring, 0, 0, 0x4000_0000), -EINVAL);
  assert.ok([-EINVAL, -EBADF].includes(shim.enter(ring.ring, 0, 0, 1 << 4)));
});

test("a descriptor that is not open is no reason to throw", { skip: noRing }, () => {
  assert.equal(shim.seekable(-1, true), -EBADF);
  assert.equal(shim.seekable(1 << 30, true), -EBADF);
});

test("a block that is lent cannot be wrapped", { skip: noRing }, () => {
  const out = new Uint32Array(3);
  const handle = shim.allocate(4096, 4096, out);
  assert.ok(typeof handle === "object");
  const ledger = new Uint32Array(shim.ledger);
  ledger[out[0]!] = 1;
  assert.throws(() => shim.wrap(handle), /Not so/);
  ledger[out[0]!] = 0;
  assert.equal(shim.wrap(handle).byteLength, 4096);
});

test("a callback that throws is an uncaught exception, not the end", {
  skip: noRing,
}, async (t) => {
  const ring = openRing(t);
  const words = new Int32Array(ring.rings);
  const entries = new Uint32Array(ring.sqes);
  entries.fill(0, 0, 16); // A nop.
  const failure = new Error("from the callback");
  const uncaught = new Promise((resolve) => {
    process.setUncaughtExceptionCaptureCallback(resolve);
  });
  shim.watch(ring.ring, () => {
    words[ring.cqHead >> 2] = words[ring.cqTail >> 2]!;
    throw failure;
  });
  shim.hold(ring.ring, true);
  words[ring.sqTail >> 2] = 1;
  assert.equal(shim.enter(ring.ring, 1, 0, 0), 1);
  assert.equal(await uncaught, failure);
  process.setUncaughtExceptionCaptureCallback(null);
});

/** Each would crash now or later if the shim let it pass, so it has a process of its own. */
for (const misuse of ["foreign-mappings", "short-argument"] as const) {
  test(`refused: ${misuse}`, { skip: noRing }, async () => {
    const script = new URL("./misuse-child.js", import.meta.url);
    const end: ChildEnd = await runScript(script, [misuse]);
    assert.deepEqual(
      { signal: end.signal, out: end.out, exitCode: end.exitCode },
      { signal: null, out: "refused\nstill alive\n", exitCode: 0 },
      end.err,
    );
  });
}
