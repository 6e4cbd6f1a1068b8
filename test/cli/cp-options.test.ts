/**
 * Goal: each option does what the help says of it.
 * Method: the command is run with it, and the files that it made are looked at.
 */

import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { extentsOf } from "../support/compare-trees.ts";
import { type CopyEnd, linesOf, runCopyCommand, summaryOf } from "../support/copy-command.ts";
import { makeTemporary } from "../support/temp.ts";

const temporary: string = makeTemporary("cp-options");
const MIB = 1024 * 1024;

/** A directory with the files `a` and `b`, and `d` with `d/x`. */
function newFolder(): string {
  const folder = mkdtempSync(join(temporary, "case-"));
  writeFileSync(join(folder, "a"), "content of a");
  writeFileSync(join(folder, "b"), "content of b");
  mkdirSync(join(folder, "d"));
  writeFileSync(join(folder, "d", "x"), "content of x");
  return folder;
}

async function succeeds(folder: string, ...args: string[]): Promise<void> {
  const end = await runCopyCommand(args, folder);
  assert.deepEqual(end, { exitCode: 0, signal: null, out: "", err: "" });
}

function textOf(folder: string, name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

const mistakes: readonly (readonly [args: string[], message: RegExp])[] = [
  [[], /missing source and destination/],
  [["a"], /missing destination after 'a'/],
  [["-t", "d"], /missing source/],
  [["--bogus", "a", "c"], /unknown option '--bogus'/],
  [["--sparse=often", "a", "c"], /Allowed choices are auto, always, never/],
  [["--reflink=often", "a", "c"], /Allowed choices are auto, always, never/],
  [["--limit-rate=fast", "a", "c"], /Wanted bytes a second, such as 500K/],
  [["-t", "d", "-T", "a"], /-t and -T exclude each other/],
  [["-T", "a", "b", "c"], /extra operand 'c' with -T/],
  [["--reflink=always", "--sparse=never", "a", "c"], /excludes --sparse=never/],
];

for (const [args, message] of mistakes) {
  test(`cp ${args.join(" ")} is wrong usage`, { skip: noRing }, async () => {
    const folder = newFolder();
    const { exitCode, out, err } = await runCopyCommand(args, folder);
    assert.equal(exitCode, 2);
    assert.equal(out, "");
    assert.match(err, /^overlapped cp: .*\n(?:\(Did.*\n)?Try 'overlapped cp --help'\.\n$/);
    assert.match(err, message);
    assert.deepEqual(readdirSync(folder), ["a", "b", "d"]);
  });
}

test("--help names every option, with examples and exit codes, within 80 columns", async () => {
  const { exitCode, out, err } = await runCopyCommand(["--help"], temporary);
  assert.deepEqual({ exitCode, err }, { exitCode: 0, err: "" });
  const options =
    "recursive preserve no-clobber target-directory target-as-name sparse reflink resume " +
    "keep-partial verify no-fsync limit-rate json no-progress help";
  for (const option of options.split(" ")) assert.match(out, new RegExp(`--${option}\\b`));
  for (const heading of ["Interruption", "Examples", "Exit code"]) {
    assert.match(out, new RegExp(`^${heading}:$`, "m"));
  }
  const long = out.split("\n").filter((line) => line.length > 80);
  assert.deepEqual(long, []);
});

test("-p keeps mode and times, without it they are new", { skip: noRing }, async () => {
  const folder = newFolder();
  chmodSync(join(folder, "a"), 0o4710);
  utimesSync(join(folder, "a"), 1_000_000_000.25, 1_111_111_111.125);
  const { atimeMs, mtimeMs, mode } = statSync(join(folder, "a"));
  await succeeds(folder, "-p", "a", "preserved");
  await succeeds(folder, "a", "plain");
  const preserved = statSync(join(folder, "preserved"));
  const facts = { atimeMs: preserved.atimeMs, mtimeMs: preserved.mtimeMs, mode: preserved.mode };
  assert.deepEqual(facts, { atimeMs, mtimeMs, mode });
  const plain = statSync(join(folder, "plain"));
  assert.equal(plain.mode & 0o7777, 0o710 & ~process.umask());
  assert.ok(plain.mtimeMs > mtimeMs + 1000);
});

test("a replaced file keeps its permission bits, without -p", { skip: noRing }, async () => {
  const folder = newFolder();
  chmodSync(join(folder, "b"), 0o626);
  await succeeds(folder, "a", "b");
  assert.equal(textOf(folder, "b"), "content of a");
  assert.equal(statSync(join(folder, "b")).mode & 0o777, 0o626);
});

test("-n leaves what is there, and copies the rest", { skip: noRing }, async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "into"));
  writeFileSync(join(folder, "into", "a"), "old");
  await succeeds(folder, "-n", "a", "b", "into");
  assert.equal(textOf(folder, "into/a"), "old");
  assert.equal(textOf(folder, "into/b"), "content of b");
  const again = await runCopyCommand(["--json", "-nr", "a", "d", "into"], folder);
  assert.deepEqual([summaryOf(again).skipped, summaryOf(again).files], [1, 1]);
});

test("-t and -T say what the destination is", { skip: noRing }, async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "into"));
  await succeeds(folder, "-t", "into", "a", "b");
  await succeeds(folder, "a", "-t", "into/");
  assert.deepEqual(readdirSync(join(folder, "into")), ["a", "b"]);
  await succeeds(folder, "-rT", "d", "into");
  assert.deepEqual(readdirSync(join(folder, "into")), ["a", "b", "x"]);
  await succeeds(folder, "-r", "d/", "into/");
  assert.deepEqual(readdirSync(join(folder, "into", "d")), ["x"]);
  await succeeds(folder, "-r", "d", "new/");
  assert.deepEqual(readdirSync(join(folder, "new")), ["x"]);
});

test("a link is followed, with -r it is copied; what is written through one stays", {
  skip: noRing,
}, async () => {
  const folder = newFolder();
  symlinkSync("a", join(folder, "link"));
  await succeeds(folder, "link", "followed");
  await succeeds(folder, "-r", "link", "copied");
  await succeeds(folder, "-R", "link", "b");
  assert.ok(lstatSync(join(folder, "followed")).isFile());
  for (const name of ["copied", "b"]) assert.equal(readlinkSync(join(folder, name)), "a");
  await succeeds(folder, "d/x", "link");
  assert.equal(readlinkSync(join(folder, "link")), "a");
  assert.equal(textOf(folder, "a"), "content of x");
});

test("a destination that is a link to a directory may be replaced by what comes into it", {
  skip: noRing,
}, async () => {
  for (const destination of ["into/d", "into/d/", "into/d/.", "into/./d"]) {
    const folder = newFolder();
    mkdirSync(join(folder, "into"));
    symlinkSync(".", join(folder, "into", "d"));
    writeFileSync(join(folder, "d", "d"), "in the place of the link");
    await succeeds(folder, "-r", "d/.", destination);
    assert.equal(textOf(folder, "into/d"), "in the place of the link");
    assert.deepEqual(readdirSync(join(folder, "into")), ["d", "x"]);
  }
});

test("hard links become files of their own, of the same content", { skip: noRing }, async () => {
  const folder = newFolder();
  linkSync(join(folder, "d", "x"), join(folder, "d", "y"));
  await succeeds(folder, "-rp", "d", "e");
  for (const name of ["e/x", "e/y"]) {
    assert.equal(textOf(folder, name), "content of x");
    assert.equal(statSync(join(folder, name)).nlink, 1);
  }
});

/** 8 MiB: data, a hole, zeros that were written, data. */
function makeHoles(path: string): void {
  const fd = openSync(path, "wx");
  writeSync(fd, Buffer.alloc(MIB, "data"), 0, MIB, 0);
  writeSync(fd, Buffer.alloc(2 * MIB), 0, 2 * MIB, 4 * MIB);
  writeSync(fd, Buffer.from("end"), 0, 3, 8 * MIB - 3);
  ftruncateSync(fd, 8 * MIB);
  closeSync(fd);
}

test("--sparse keeps holes, fills them or makes more", { skip: noRing }, async () => {
  const folder = newFolder();
  makeHoles(join(folder, "holes"));
  const content = readFileSync(join(folder, "holes"));
  const expected = {
    auto: await extentsOf(join(folder, "holes")),
    never: [[0, 8 * MIB]],
    always: [
      [0, MIB],
      [8 * MIB - 4096, 8 * MIB],
    ],
  };
  assert.equal(expected.auto.length, 3);
  for (const [when, extents] of Object.entries(expected)) {
    await succeeds(folder, `--sparse=${when}`, "--verify", "holes", when);
    assert.ok(content.equals(readFileSync(join(folder, when))), when);
    assert.deepEqual(await extentsOf(join(folder, when)), extents, when);
  }
});

test("--reflink=always fails where blocks cannot be shared, never copies them", {
  skip: noRing,
}, async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "big"), Buffer.alloc(MIB, "content"));
  const never = await runCopyCommand(["--json", "--reflink=never", "big", "never"], folder);
  assert.equal(never.exitCode, 0);
  const { reflink, range, blocks } = bytesCopied(never);
  assert.deepEqual([reflink, range + blocks], [0, MIB]);
  const always = await runCopyCommand(["--json", "--reflink=always", "big", "always"], folder);
  if (always.exitCode === 0) {
    assert.equal(bytesCopied(always).reflink, MIB);
  } else {
    assert.match(always.err, /^overlapped cp: cannot make a reflink at 'always': /);
    assert.deepEqual(readdirSync(folder), ["a", "b", "big", "d", "never"]);
  }
});

function bytesCopied(end: CopyEnd): { reflink: number; range: number; blocks: number } {
  return summaryOf(end).bytesCopied as ReturnType<typeof bytesCopied>;
}

test("--no-fsync does without the stage of syncing", { skip: noRing }, async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "big"), Buffer.alloc(MIB, "content"));
  for (const [args, isSynced] of [
    [[], true],
    [["--no-fsync"], false],
  ] as const) {
    const end = await runCopyCommand(["--json", ...args, "big", "copy"], folder);
    const stages = linesOf(end).map((line) => line.stage);
    assert.equal(stages.includes("syncing"), isSynced);
    assert.equal(readFileSync(join(folder, "copy")).length, MIB);
  }
});

test("--limit-rate is a bound on bytes a second", { skip: noRing }, async () => {
  const folder = newFolder();
  for (const name of ["one", "two"]) writeFileSync(join(folder, name), Buffer.alloc(MIB / 2, 1));
  const args = ["--json", "--limit-rate", "1M", "one", "two", "d"];
  const end = await runCopyCommand(args, folder);
  assert.equal(end.exitCode, 0);
  // Slower for any other reason is no mistake; quicker is.
  assert.ok((summaryOf(end).durationMs as number) > 900, end.out);
});

test("without --keep-partial and --resume there is never a part file for long", {
  skip: noRing,
}, async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "big"), Buffer.alloc(MIB, 1));
  await succeeds(folder, "--resume", "big", "copy");
  await succeeds(folder, "--keep-partial", "big", "d");
  assert.deepEqual(readdirSync(folder), ["a", "b", "big", "copy", "d"]);
  assert.ok(existsSync(join(folder, "d", "big")));
  assert.deepEqual(readdirSync(join(folder, "d")), ["big", "x"]);
});

test("cp copies a file of /proc, which says that it is empty", { skip: noRing }, async () => {
  const folder = newFolder();
  await succeeds(folder, "--verify", "/proc/version", "c");
  assert.equal(textOf(folder, "c"), readFileSync("/proc/version", "utf8"));
});
