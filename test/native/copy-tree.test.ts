// Goal: a tree arrives as it was: every byte, name, link, mode, time and hole; and what is there
// already is treated as was asked.
// Method: random trees on the real file system, compared by a walk of both sides that uses nothing
// of the library. OVERLAPPED_SEED replays a tree.

import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chown, copy } from "../../src/index.ts";
import { assertQuiet } from "../../src/testing.ts";
import { assertSameBytes, assertSameTree } from "../support/copies.ts";
import { makeTemporary } from "../support/temp.ts";
import { makeTree } from "../support/tree.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("copy");
const mask: number = process.umask();
const MEBIBYTE = 1024 * 1024;

/** Room for what describes a file's blocks, and for blocks that are bigger than a page. */
const SLACK_BYTES = 256 * 1024;

let count = 0;

function fresh(): string {
  count += 1;
  return join(temporary, `${count}`);
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function randomSeed(): number {
  return Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
}

test("random trees arrive as they were", { skip: noRing }, async (t) => {
  for (const options of [
    { preserve: true },
    { preserve: false, sync: false },
    { filesAtOnce: 1 },
  ]) {
    const seed = randomSeed();
    t.diagnostic(`OVERLAPPED_SEED=${seed}`);
    const [from, to] = [fresh(), fresh()];
    const made = makeTree(from, seed, { fileCount: 300, bigFileBytes: 40 * MEBIBYTE + 13 });
    makeReadOnly(join(from, "read-only"));
    const before = descriptors();
    const report = await copy(from, to, options);
    const isTimed = options.preserve === true;
    const checks = { mask: isTimed ? 0 : mask, isTimed, slackBytes: SLACK_BYTES };
    const entries = assertSameTree(from, to, checks);
    assert.equal(report.files + report.symlinks + report.directories, entries);
    assert.equal(report.symlinks, made.links);
    assert.equal(report.directories, made.directories + 2);
    const { reflink, range, blocks } = report.bytesCopied;
    assert.ok(reflink + range + blocks <= report.bytes);
    assert.deepEqual([report.skipped, report.failures, report.leftBehind], [0, 0, []]);
    assert.equal(descriptors(), before);
    assertQuiet();
    // Once more, into what is there: every file is replaced.
    const again = await copy(from, to, { ...options, sync: false });
    assert.deepEqual([again.files, again.directories], [report.files, 0]);
    assertSameTree(from, to, { ...checks, slackBytes: SLACK_BYTES });
  }
});

/** A directory that can only be filled before it gets its mode. */
function makeReadOnly(path: string): void {
  mkdirSync(join(path, "deeper"), { recursive: true });
  writeFileSync(join(path, "deeper", "file"), "x", { mode: 0o400 });
  for (const each of [join(path, "deeper"), path]) chmodSync(each, 0o555);
}

test("modes of all kinds, times of all ages and odd owners", { skip: noRing }, async () => {
  const [from, to] = [fresh(), fresh()];
  mkdirSync(join(from, "d"), { recursive: true });
  for (const mode of [0o4755, 0o2755, 0o1777, 0o000, 0o444, 0o7777]) {
    writeFileSync(join(from, "d", mode.toString(8)), "x");
    chmodSync(join(from, "d", mode.toString(8)), mode);
    utimesSync(join(from, "d", mode.toString(8)), mode, -mode - 0.25);
  }
  chmodSync(join(from, "d"), 0o2500);
  utimesSync(join(from, "d"), 1, 2 ** 32 + 0.5);
  await copy(from, to, { preserve: true });
  assertSameTree(from, to, { isTimed: true });
  chmodSync(join(to, "d"), 0o755);
});

test("owners are kept by root, also of links", { skip: noRing || notRoot() }, async () => {
  const [from, to] = [fresh(), fresh()];
  mkdirSync(from);
  writeFileSync(join(from, "file"), "x", { mode: 0o755 });
  symlinkSync("file", join(from, "link"));
  await chown(join(from, "file"), 1234, 4321);
  chmodSync(join(from, "file"), 0o6755);
  await chown(join(from, "link"), 2345, 5432, { followSymlinks: false });
  await chown(from, 3456, 6543);
  await copy(from, to, { preserve: true });
  for (const name of ["", "file", "link"]) {
    const [a, b] = [from, to].map((root) => lstatSync(join(root, name)));
    assert.deepEqual([b!.uid, b!.gid, b!.mode], [a!.uid, a!.gid, a!.mode], name);
  }
});

function notRoot(): string | false {
  return process.geteuid?.() === 0 ? false : "only root gives files away";
}

/** Two stretches of data, and holes before, between and behind; a page of zeros that is no hole. */
function makeSparse(path: string): void {
  const file = openSync(path, "wx");
  ftruncateSync(file, 24 * MEBIBYTE);
  writeSync(file, Buffer.alloc(MEBIBYTE, 1), 0, MEBIBYTE, 2 * MEBIBYTE);
  writeSync(file, Buffer.alloc(4 * MEBIBYTE), 0, 4 * MEBIBYTE, 8 * MEBIBYTE);
  writeSync(file, Buffer.alloc(100_000, 2), 0, 100_000, 20 * MEBIBYTE + 77);
  fsyncSync(file);
  closeSync(file);
}

test("holes stay, go, or are made", { skip: noRing }, async (t) => {
  const from = fresh();
  makeSparse(from);
  const bytesOf = (path: string): number => statSync(path).blocks * 512;
  if (bytesOf(from) > 20 * MEBIBYTE) {
    t.skip("the file system has no holes");
    return;
  }
  const copies = { auto: fresh(), never: fresh(), always: fresh() };
  for (const sparse of ["auto", "never", "always"] as const) {
    const report = await copy(from, copies[sparse], { sparse, reflink: "never" });
    assertSameBytes(from, copies[sparse]);
    assert.equal(report.bytes, 24 * MEBIBYTE);
    const { range, blocks } = report.bytesCopied;
    assert.ok(sparse === "never" ? blocks === report.bytes : range + blocks < 7 * MEBIBYTE);
  }
  assert.ok(bytesOf(copies.auto) <= bytesOf(from) + SLACK_BYTES);
  assert.ok(bytesOf(copies.never) >= 24 * MEBIBYTE);
  assert.ok(bytesOf(copies.always) <= bytesOf(from) - 4 * MEBIBYTE + SLACK_BYTES);
  const [hole, copied] = [fresh(), fresh()];
  writeFileSync(hole, "");
  const file = openSync(hole, "r+");
  ftruncateSync(file, 5_000_001);
  closeSync(file);
  await copy(hole, copied);
  assertSameBytes(hole, copied);
  assert.equal(bytesOf(copied), 0);
});

test("files of /proc are copied to their end, whatever size they claim", {
  skip: noRing,
}, async () => {
  const to = fresh();
  await copy("/proc/self/maps", to);
  assert.ok(statSync(to).size > 1000);
  await copy("/proc/version", to);
  compareProc("/proc/version", to);
});

function compareProc(from: string, to: string): void {
  assert.equal(readFileSync(to, "utf8"), readFileSync(from, "utf8"));
}

test("across file systems", { skip: noRing || noOtherDevice() }, async () => {
  const from = fresh();
  makeTree(from, 7, { fileCount: 60, bigFileBytes: 20 * MEBIBYTE });
  const to = join("/dev/shm", `overlapped-copy-${process.pid}`);
  try {
    const report = await copy(from, to, { preserve: true });
    assert.equal(report.bytesCopied.range, 0);
    assertSameTree(from, to, { isTimed: true, slackBytes: SLACK_BYTES });
  } finally {
    rmSync(to, { recursive: true, force: true });
  }
});

function noOtherDevice(): string | false {
  if (!existsSync("/dev/shm")) return "there is no /dev/shm";
  const isOther = statSync("/dev/shm").dev !== statSync(temporary).dev;
  return isOther ? false : "temporary files are in /dev/shm";
}
