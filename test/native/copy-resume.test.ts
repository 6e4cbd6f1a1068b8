// Goal: a copy that was killed goes on where it ended, and ends identical; a part file that is not
// this source's is left alone.
// Method: a child copies and is killed with SIGKILL at random offsets; the rest is copied here.
// Bytes that were there already are counted.

import assert from "node:assert/strict";
import {
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CopyError, copy } from "../../src/index.ts";
import { ChildScript } from "../support/children.ts";
import { assertSameBytes } from "../support/copies.ts";
import { makeTemporary } from "../support/temp.ts";
import { Random } from "../support/tree.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("copy-resume");
const MEBIBYTE = 1024 * 1024;
const CHILD = new URL("copy-child.js", import.meta.url);

let count = 0;

function fresh(): string {
  count += 1;
  return join(temporary, `${count}`);
}

function makeSource(bytes: number): string {
  const path = fresh();
  const content = Buffer.alloc(bytes);
  new Random(bytes).fill(content.subarray(0, 4096));
  for (let at = 4096; at < bytes; at += 4096) content.writeUInt32LE(at, at);
  writeFileSync(path, content);
  return path;
}

function parts(): string[] {
  return readdirSync(temporary).filter((name) => name.endsWith(".part"));
}

test("killed at ten random offsets, a copy resumes and ends identical", {
  skip: noRing,
}, async (t) => {
  const bytes = 64 * MEBIBYTE + 4321;
  const from = makeSource(bytes);
  for (const way of ["range", "blocks"]) {
    for (let round = 0; round < 5; round++) {
      const to = fresh();
      const offset = Math.floor(Math.random() * 0.8 * bytes);
      const child = new ChildScript(CHILD, [from, to, way, `${offset}`]);
      await child.printed("stopped");
      child.kill("SIGKILL");
      assert.equal((await child.ended()).signal, "SIGKILL");
      assert.ok(!existsSync(to));
      assert.equal(parts().length, 1);
      const report = await copy(from, to, { resume: true });
      t.diagnostic(`${way}, killed at ${offset}: ${report.bytesResumed} bytes were there`);
      assert.ok(report.bytesResumed >= offset / 2);
      assert.equal(report.bytesResumed + report.bytesCopied.blocks, bytes);
      assertSameBytes(from, to);
      assert.deepEqual(parts(), []);
      rmSync(to);
    }
  }
});

test("what was kept is compared, not trusted", { skip: noRing }, async () => {
  const from = makeSource(12 * MEBIBYTE);
  const to = fresh();
  const kept = await cancelHalfWay(from, to);
  // Whole in length, wrong in the middle, and with something where there should be nothing yet.
  const part = join(temporary, kept);
  truncateSync(part, 12 * MEBIBYTE);
  const file = openSync(part, "r+");
  writeSync(file, "wrong", 777_777);
  writeSync(file, "wrong", 11 * MEBIBYTE);
  closeSync(file);
  const report = await copy(from, to, { resume: true });
  assert.ok(report.bytesResumed > 0 && report.bytesResumed < 12 * MEBIBYTE);
  assertSameBytes(from, to);
  assert.deepEqual(parts(), []);
});

test("holes of the source are holes of a resumed copy", { skip: noRing }, async () => {
  const from = makeSource(4 * MEBIBYTE);
  truncateSync(from, 40 * MEBIBYTE);
  const to = fresh();
  const part = openSync(join(temporary, await cancelHalfWay(from, to)), "r+");
  // What should not be there: in the hole, but not at its end, so that most of it stays one.
  writeSync(part, "wrong", 5 * MEBIBYTE);
  closeSync(part);
  await copy(from, to, { resume: true });
  assertSameBytes(from, to);
  assert.ok(lstatSync(to).blocks * 512 < 8 * MEBIBYTE);
});

/** Returns the name of the part file. */
async function cancelHalfWay(from: string, to: string): Promise<string> {
  const controller = new AbortController();
  const { signal } = controller;
  const stages: string[] = [];
  const copied = copy(from, to, {
    signal,
    keepPartial: true,
    bytesPerSecond: 30 * MEBIBYTE,
    onProgress: ({ bytesDone }) => bytesDone > 2 * MEBIBYTE && controller.abort(),
    onEntry: ({ stage }) => stages.push(stage),
  });
  await assert.rejects(copied, (error) => error instanceof CopyError && error.bytesTransferred > 0);
  assert.equal(stages.at(-1), "kept");
  assert.equal(parts().length, 1);
  return parts()[0]!;
}

test("a part of another state of the source, or of somebody else, is left alone", {
  skip: noRing,
}, async () => {
  const from = makeSource(8 * MEBIBYTE);
  const to = fresh();
  const kept = await cancelHalfWay(from, to);
  const { atime } = statSync(from);
  utimesSync(from, atime, 12_345);
  const report = await copy(from, to, { resume: true });
  assert.equal(report.bytesResumed, 0);
  assertSameBytes(from, to);
  assert.deepEqual(parts(), [kept]);
  rmSync(join(temporary, kept));
  // Two names: somebody could write to it by the other one.
  const again = await cancelHalfWay(from, fresh());
  linkSync(join(temporary, again), fresh());
  const name = again.slice(1, again.indexOf(".", 1));
  assert.equal((await copy(from, join(temporary, name), { resume: true })).bytesResumed, 0);
  rmSync(join(temporary, again));
  if (process.geteuid?.() !== 0) return;
  const given = await cancelHalfWay(from, fresh());
  chownSync(join(temporary, given), 1234, 1234);
  const other = given.slice(1, given.indexOf(".", 1));
  assert.equal((await copy(from, join(temporary, other), { resume: true })).bytesResumed, 0);
  rmSync(join(temporary, given));
});

test("without keepPartial nothing is kept, and small files are not worth it", {
  skip: noRing,
}, async () => {
  const from = makeSource(20_000);
  const controller = new AbortController();
  const copied = copy(from, fresh(), {
    keepPartial: true,
    signal: controller.signal,
    bytesPerSecond: 1000,
    filter: () => true,
    timeoutMs: 20,
  });
  await assert.rejects(copied, { code: "ETIMEDOUT" });
  assert.deepEqual(parts(), []);
});
