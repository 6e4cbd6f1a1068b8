/**
 * Goal: the small parts of the copy command do what they say.
 * Method: called directly; names are made up by fast-check.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Claims } from "../../../src/cli/cp/claims.ts";
import { eachOf } from "../../../src/cli/cp/each.ts";
import { restoreBytes } from "../../../src/cli/cp/operands.ts";
import { baseName, joinPath, quotePath } from "../../../src/cli/cp/paths.ts";
import { parseRate } from "../../../src/cli/cp/request.ts";
import { SignalWatch } from "../../../src/cli/cp/signals.ts";

const bytes = (text: string): Buffer => Buffer.from(text);

/** A name as Linux allows it: 1 to 255 bytes without NUL and slash. */
const names: fc.Arbitrary<Buffer> = fc
  .uint8Array({ minLength: 1, maxLength: 255 })
  .map((array) => Buffer.from(array.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))));

test("baseName() is the last name of a path, slashes or not", () => {
  for (const [path, base] of [
    ["a", "a"],
    ["a/b", "b"],
    ["a/b//", "b"],
    ["/a", "a"],
    ["/", "/"],
    ["a/..", ".."],
  ] as const) {
    assert.equal(baseName(bytes(path)).toString(), base, path);
  }
});

test("joinPath() is undone by baseName()", () => {
  assert.equal(joinPath(bytes("."), bytes("a")).toString(), "a");
  assert.equal(joinPath(bytes("a/"), bytes("b")).toString(), "a/b");
  fc.assert(
    fc.property(names, names, (folder, name) => {
      assert.ok(baseName(joinPath(folder, name)).equals(name));
    }),
  );
});

test("quotePath() is one line, and a shell would take it", () => {
  assert.equal(quotePath("plain name"), "'plain name'");
  assert.equal(quotePath("it's"), `"it's"`);
  assert.equal(quotePath(bytes("名前")), "'名前'");
  assert.equal(quotePath("two\nlines"), "$'two\\nlines'");
  assert.equal(quotePath("$'\\"), "$'$\\'\\\\'");
  assert.equal(quotePath(Buffer.from([0x61, 0xff, 0x1b])), "$'a\\xff\\x1b'");
  fc.assert(fc.property(names, (name) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(quotePath(name))));
});

test("Claims gives each name once, as text or as bytes", () => {
  const claims = new Claims();
  assert.ok(claims.take("into/ä"));
  assert.ok(!claims.take(bytes("into/ä")));
  assert.ok(claims.take(Buffer.from([0xff])));
  assert.ok(claims.take(Buffer.from([0xfe])));
});

test("eachOf() does everything in order, and never more at once than allowed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(40), fc.integer({ min: 1, max: 5 }), async (count, atOnce) => {
      const items = Array.from({ length: count }, (_, index) => index);
      const begun: number[] = [];
      let [now, most] = [0, 0];
      await eachOf(items, atOnce, async (item) => {
        begun.push(item);
        now += 1;
        most = Math.max(most, now);
        await Promise.resolve();
        now -= 1;
      });
      assert.deepEqual(begun, items);
      assert.equal(most, Math.min(count, atOnce));
    }),
  );
});

test("eachOf() ends with the first failure, when nothing is at work any more", async () => {
  const ended: number[] = [];
  const work = eachOf([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error("one");
    await Promise.resolve();
    await Promise.resolve();
    ended.push(item);
  });
  await assert.rejects(work, /one/);
  assert.deepEqual(ended, [2]);
});

test("restoreBytes() finds what Node could not decode", () => {
  const raw = [bytes("node"), bytes("cp"), Buffer.from([0x61, 0xff]), Buffer.from([0x61, 0xfe])];
  const operands = ["a\uFFFD", "a\uFFFD"];
  assert.deepEqual(restoreBytes(operands, raw), raw.slice(2));
  assert.deepEqual(restoreBytes(["a"], []), [bytes("a")]);
});

test("parseRate() takes bytes with K, M, G or T, and nothing that could be misread", () => {
  const rates = ["1", "500", "64K", "64k", "2.5M", "1G", "1GiB", "3T"].map(parseRate);
  const [kibi, mebi, gibi] = [1024, 1024 ** 2, 1024 ** 3];
  assert.deepEqual(rates, [1, 500, 64 * kibi, 64 * kibi, 2.5 * mebi, gibi, gibi, 3 * kibi * gibi]);
  for (const text of ["", "0", "0.5", "-1", "K", "1KB", "1 M", "1e6", "1X", "1iB", "9999999T"]) {
    assert.throws(() => parseRate(text), /bytes a second/, text);
  }
});

test("SignalWatch: the first signal aborts, one of the same key press is no second", () => {
  let nowMs = 1000;
  const heard: (string | number)[] = [];
  const actions = {
    onFirst: (name: string) => heard.push(name),
    onSecond: (name: string, exitCode: number) => heard.push(name, exitCode),
    onStatus: () => heard.push("status"),
  };
  const watch = new SignalWatch(actions, () => nowMs);
  process.emit("SIGUSR1", "SIGUSR1");
  assert.deepEqual(heard.splice(0), ["status"]);
  assert.equal(watch.stop, null);
  process.emit("SIGINT", "SIGINT");
  assert.ok(watch.signal.aborted);
  assert.deepEqual(watch.stop, { name: "SIGINT", exitCode: 130 });
  nowMs += 50;
  process.emit("SIGINT", "SIGINT");
  assert.deepEqual(heard, ["SIGINT"]);
  nowMs += 1000;
  process.emit("SIGTERM", "SIGTERM");
  assert.deepEqual(heard, ["SIGINT", "SIGTERM", 143]);
  assert.deepEqual(watch.stop, { name: "SIGINT", exitCode: 130 });
  watch.end();
  assert.equal(process.listenerCount("SIGINT"), 0);
  assert.equal(process.listenerCount("SIGUSR1"), 0);
});
