/**
 * Goal: the small parts of the copy command do what they say.
 * Method: called directly; names are made up by fast-check.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { drawBar } from "../../../src/cli/cp/bar.ts";
import { Claims } from "../../../src/cli/cp/claims.ts";
import { newTally } from "../../../src/cli/cp/context.ts";
import { formatBytes } from "../../../src/cli/cp/messages.ts";
import { restoreBytes } from "../../../src/cli/cp/operands.ts";
import {
  baseName,
  joinPath,
  parentPath,
  partName,
  quotePath,
  shortPartName,
} from "../../../src/cli/cp/paths.ts";
import { Queue } from "../../../src/cli/cp/queue.ts";
import { formatSeconds, Rate } from "../../../src/cli/cp/rate.ts";
import { SignalWatch } from "../../../src/cli/cp/signals.ts";
import { describeCancel } from "../../../src/cli/cp/summary.ts";

const bytes = (text: string): Buffer => Buffer.from(text);

/** A name as Linux allows it: 1 to 255 bytes without NUL and slash. */
const names: fc.Arbitrary<Buffer> = fc
  .uint8Array({ minLength: 1, maxLength: 255 })
  .map((array) => Buffer.from(array.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))));

test("baseName() and parentPath() take a path apart", () => {
  for (const [path, parent, base] of [
    ["a", ".", "a"],
    ["a/b", "a", "b"],
    ["a/b//", "a", "b"],
    ["a//b", "a", "b"],
    ["/a", "/", "a"],
    ["//a", "/", "a"],
    ["/", "/", "/"],
    ["a/..", "a", ".."],
    ["./a", ".", "a"],
  ] as const) {
    assert.equal(parentPath(bytes(path)).toString(), parent, path);
    assert.equal(baseName(bytes(path)).toString(), base, path);
  }
});

test("joinPath() is undone by parentPath() and baseName()", () => {
  fc.assert(
    fc.property(names, names, (folder, name) => {
      const path = joinPath(folder, name);
      assert.ok(parentPath(path).equals(folder));
      assert.ok(baseName(path).equals(name));
    }),
  );
});

test("quotePath() is one line, and a shell would take it", () => {
  assert.equal(quotePath(bytes("plain name")), "'plain name'");
  assert.equal(quotePath(bytes("it's")), `"it's"`);
  assert.equal(quotePath(bytes("名前")), "'名前'");
  assert.equal(quotePath(bytes("two\nlines")), "$'two\\nlines'");
  assert.equal(quotePath(bytes("$'\\")), "$'$\\'\\\\'");
  assert.equal(quotePath(Buffer.from([0x61, 0xff, 0x1b])), "$'a\\xff\\x1b'");
  fc.assert(fc.property(names, (name) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(quotePath(name))));
});

test("shortPartName() fits where NAME.part does not, and tells names apart", () => {
  assert.equal(partName(bytes("film"), 0).toString(), "film.part");
  assert.equal(partName(bytes("film"), 2).toString(), "film.2.part");
  fc.assert(
    fc.property(names, names, fc.nat(999), (a, b, attempt) => {
      const name = shortPartName(a, attempt);
      assert.ok(name.length <= 143 && name.toString("latin1").endsWith(".part"));
      assert.equal(name.equals(shortPartName(b, attempt)), a.equals(b));
    }),
  );
  const long = bytes("é".repeat(127));
  const short = shortPartName(long, 0).toString();
  assert.ok(!short.includes("\uFFFD"), "a character was cut in two");
});

test("Claims keeps part files away from names in their own right", async () => {
  const claims = new Claims();
  claims.announce([bytes("a"), bytes("a.part")]);
  assert.ok(!claims.takePart(bytes("a.part")));
  assert.ok(claims.takePart(bytes("a.1.part")));
  assert.ok(!claims.takePart(bytes("a.1.part")));
  claims.announce([bytes("a.1.part")]);
  let isGone = false;
  const gone = claims.partGone(bytes("a.1.part")).then(() => {
    isGone = true;
  });
  await Promise.resolve();
  assert.ok(!isGone);
  claims.freePart(bytes("a.1.part"));
  await gone;
  assert.ok(!claims.takePart(bytes("a.1.part")));
  assert.ok(claims.take(bytes("a")));
  assert.ok(!claims.take(bytes("a")));
});

test("Queue keeps the order, and lets nobody wait in vain", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.integer({ min: 1, max: 5 }), async (count, capacity) => {
      const queue = new Queue<number>(capacity);
      const taken: number[] = [];
      const consume = async (): Promise<void> => {
        for (let it = await queue.shift(); it !== undefined; it = await queue.shift()) {
          assert.ok(queue.size <= capacity);
          taken.push(it);
        }
      };
      const consumers = [consume(), consume(), consume()];
      for (let number = 0; number < count; number += 1) await queue.push(number);
      queue.end();
      await Promise.all(consumers);
      assert.deepEqual(
        taken,
        Array.from({ length: count }, (_, index) => index),
      );
    }),
  );
});

test("restoreBytes() finds what Node could not decode", () => {
  const raw = [bytes("node"), bytes("cp"), Buffer.from([0x61, 0xff]), Buffer.from([0x61, 0xfe])];
  const operands = ["a\uFFFD", "a\uFFFD"];
  assert.deepEqual(restoreBytes(operands, raw), raw.slice(2));
  assert.deepEqual(restoreBytes(["a"], []), [bytes("a")]);
});

test("SignalWatch: the first signal aborts, one of the same key press is no second", () => {
  let nowMs = 1000;
  const heard: (string | number)[] = [];
  const watch = new SignalWatch(
    { onFirst: (name) => heard.push(name), onSecond: (exitCode) => heard.push(exitCode) },
    () => nowMs,
  );
  process.emit("SIGINT", "SIGINT");
  assert.ok(watch.signal.aborted);
  assert.equal(watch.exitCode, 130);
  nowMs += 50;
  process.emit("SIGINT", "SIGINT");
  assert.deepEqual(heard, ["SIGINT"]);
  nowMs += 1000;
  process.emit("SIGTERM", "SIGTERM");
  assert.deepEqual(heard, ["SIGINT", 143]);
  assert.equal(watch.exitCode, 130);
  watch.stop();
  assert.equal(process.listenerCount("SIGINT"), 0);
});

test("describeCancel() says how much, and what is held", () => {
  const tally = { ...newTally(), bytesTotal: 1 << 30, bytesWritten: 300 << 20, filesTotal: 1 };
  const operation = {
    id: 1,
    kind: "fsync",
    path: "/a",
    fd: 3,
    state: "canceling",
    ageMs: 6000,
    byteLength: 0,
    stack: undefined,
  } as const;
  assert.equal(
    describeCancel({ ...tally, isWalkDone: true, partsRemoved: 1 }, []),
    "canceled: 300 MiB of 1.00 GiB written, 0 of 1 file copied completely; " +
      "1 part file removed; nothing is held by the kernel",
  );
  assert.equal(
    describeCancel(tally, [operation]),
    "canceled: 300 MiB of 1.00 GiB or more written, 0 of 1 file or more copied completely; " +
      'the kernel still holds 1 operation: fsync of "/a" for 6 s',
  );
});

test("formatBytes() and formatSeconds() are short", () => {
  const sizes = [0, 999, 1000, 1024, 999 * 1024, 1024 ** 3, 1.5 * 1024 ** 4];
  assert.deepEqual(sizes.map(formatBytes), [
    "0 B",
    "999 B",
    "0.98 KiB",
    "1.00 KiB",
    "999 KiB",
    "1.00 GiB",
    "1.50 TiB",
  ]);
  const seconds = [0, 0.2, 59, 61, 3700, Number.POSITIVE_INFINITY, Number.NaN];
  assert.deepEqual(seconds.map(formatSeconds), [
    "0 s",
    "1 s",
    "59 s",
    "1 min 1 s",
    "1 h 1 min",
    "--",
    "--",
  ]);
});

test("drawBar() fits the terminal, and knows rate and time left", () => {
  const rate = new Rate();
  rate.add(0, 0);
  rate.add(1000, 100 << 20);
  const tally = { ...newTally(), bytesTotal: 300 << 20, bytesWritten: 100 << 20, filesTotal: 1 };
  const activity = { stage: "copying", destination: bytes("/x/film.mkv") } as const;
  const done = { ...tally, isWalkDone: true };
  assert.equal(
    drawBar(done, rate, activity, 100),
    "[==========--------------------] 33 %  100 MiB of 300 MiB  100 MiB/s  ETA 2 s  'film.mkv'",
  );
  assert.match(drawBar(tally, rate, activity, 100), /100 MiB of 300 MiB\+ .* ETA --/);
  const whole = { ...done, bytesWritten: 300 << 20 };
  assert.match(drawBar(whole, rate, { ...activity, stage: "syncing" }, 100), /100 % .* syncing /);
  fc.assert(
    fc.property(fc.nat(200), names, (columns, destination) => {
      const now = { stage: "copying", destination } as const;
      const line = drawBar({ ...done, filesTotal: 5 }, rate, now, columns);
      assert.ok(line.length <= Math.max(0, columns - 1));
    }),
  );
});
