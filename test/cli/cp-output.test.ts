/**
 * Goal: stdout has what --json asks for and nothing else, every line can be parsed, and people are
 * told on stderr: on demand by SIGUSR1, by bars on a terminal.
 * Method: the command is run with pipes, with a pipe that nobody reads any more, and, with
 * script(1), on a terminal.
 */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import {
  CopyProcess,
  type Line,
  linesOf,
  MAIN,
  runCopyCommand,
  summaryOf,
} from "../support/copy-command.ts";
import { makeSource } from "../support/copy-source.ts";
import { makeTemporary } from "../support/temp.ts";

const MIB = 1024 * 1024;
const temporary: string = makeTemporary("cp-output");

/** A directory with `big`, of 8 MiB, and `d`, of two small files. */
function newFolder(): string {
  const folder = mkdtempSync(join(temporary, "case-"));
  makeSource(join(folder, "big"), 8 * MIB);
  mkdirSync(join(folder, "d"));
  for (const name of ["x", "y"]) writeFileSync(join(folder, "d", name), name);
  return folder;
}

function eventsOf(lines: readonly Line[], event: string): Line[] {
  return lines.filter((line) => line.event === event);
}

test("--json tells of each entry, of each error, and the sum of it", {
  skip: noRing,
}, async () => {
  const folder = newFolder();
  mkdirSync(join(folder, "into"));
  const args = ["--json", "-r", "big", "nosuch", "d", "into"];
  const end = await runCopyCommand(args, folder);
  const lines = linesOf(end);
  assert.equal(end.err, "overlapped cp: cannot open 'nosuch': no such file or directory\n");
  const entries = eventsOf(lines, "entry");
  const stages = entries.filter((line) => line.source === "big").map((line) => line.stage);
  assert.deepEqual(stages, ["copying", "syncing", "renaming", "copied"]);
  const copied = entries.filter((line) => line.stage === "copied");
  const facts = copied.map(({ type, destination, bytes }) => [destination, type, bytes]);
  assert.deepEqual(facts.sort(), [
    ["into/big", "file", 8 * MIB],
    ["into/d", "directory", 0],
    ["into/d/x", "file", 1],
    ["into/d/y", "file", 1],
  ]);
  const message = "cannot open 'nosuch': no such file or directory";
  assert.deepEqual(eventsOf(lines, "error"), [
    { event: "error", code: "ENOENT", message, path: "nosuch" },
  ]);
  const { durationMs, bytesCopied, ...sum } = summaryOf(end);
  assert.deepEqual(sum, {
    event: "summary",
    exitCode: 1,
    signal: null,
    heldCount: 0,
    files: 3,
    directories: 1,
    symlinks: 0,
    bytes: 8 * MIB + 2,
    bytesResumed: 0,
    skipped: 0,
    failures: 1,
    verified: 0,
    kept: [],
    leftBehind: [],
  });
  const moved = Object.values(bytesCopied as Record<string, number>);
  assert.equal(
    moved.reduce((total, bytes) => total + bytes, 0),
    8 * MIB + 2,
  );
  assert.ok(Number.isInteger(durationMs));
});

test("--json tells how far it is, never back, and in the end all", { skip: noRing }, async () => {
  const folder = newFolder();
  const end = await runCopyCommand(["--json", "--limit-rate=8M", "big", "copy"], folder);
  const progress = eventsOf(linesOf(end), "progress");
  assert.ok(progress.length > 2, end.out);
  const done = progress.map((line) => line.bytesDone as number);
  assert.deepEqual(
    done,
    done.toSorted((a, b) => a - b),
  );
  const { bytesPerSecond, ...last } = progress.at(-1) as Line;
  assert.ok((bytesPerSecond as number) > 0);
  assert.deepEqual(last, {
    event: "progress",
    phase: "copying",
    bytesDone: 8 * MIB,
    bytesTotal: 8 * MIB,
    filesDone: 1,
    filesTotal: 1,
    isTotalKnown: true,
    source: "big",
    destination: "copy",
    fileBytesDone: 8 * MIB,
    fileBytesTotal: 8 * MIB,
  });
});

test("--json gives paths that are not UTF-8 twice, readable and true", { skip: noRing }, () => {
  const folder = newFolder();
  const name = Buffer.from([0x6f, 0xff]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/d/`), name]), "odd");
  const args = [MAIN, "cp", "--json", "-r", "d", "e"];
  const child = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const end = { exitCode: child.status, signal: null, out: child.stdout, err: child.stderr };
  const odd = linesOf(end).find((line) => line.sourceBase64 !== undefined);
  assert.equal(odd?.source, "d/o\uFFFD");
  const bytes = Buffer.from(`${odd?.destinationBase64}`, "base64");
  assert.deepEqual(bytes, Buffer.concat([Buffer.from("e/"), name]));
});

test("without --json nothing is on stdout, whatever happens", { skip: noRing }, async () => {
  const folder = newFolder();
  for (const args of [["-r", "d", "copy"], ["nosuch", "copy"], ["big"], ["--bogus"]]) {
    const { out } = await runCopyCommand(args, folder);
    assert.equal(out, "");
  }
});

test("a copy goes on when nobody reads its lines any more", { skip: noRing }, async () => {
  const folder = newFolder();
  const copy = new CopyProcess(["--json", "--limit-rate=16M", "big", "copy"], folder);
  await copy.printed('"stage":"copying"');
  copy.hangUp();
  const { exitCode, signal, err } = await copy.ended();
  assert.deepEqual({ exitCode, signal, err }, { exitCode: 0, signal: null, err: "" });
  assert.ok(readFileSync(join(folder, "copy")).equals(readFileSync(join(folder, "big"))));
});

test("lines that cannot be written are a failure, though everything is copied", {
  skip: noRing,
}, () => {
  const folder = newFolder();
  const full = openSync("/dev/full", "w");
  const args = [MAIN, "cp", "--json", "d/x", "copy"];
  const child = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  assert.equal(child.stderr, "overlapped cp: cannot write to stdout: no space left on device\n");
  assert.equal(child.status, 1);
  assert.equal(readFileSync(join(folder, "copy"), "utf8"), "x");
});

test("many failures are counted in the end, a few are not", { skip: noRing }, async () => {
  const folder = newFolder();
  for (const [length, sum] of [
    [8, []],
    [9, ["overlapped cp: 9 failures; 1 file copied"]],
  ] as const) {
    const missing = Array.from({ length }, (_, index) => `nosuch-${index}`);
    const { exitCode, err } = await runCopyCommand([...missing, "big", "d"], folder);
    assert.equal(exitCode, 1);
    const lines = err.trimEnd().split("\n");
    assert.equal(lines.filter((line) => line.includes("cannot open 'nosuch")).length, length);
    assert.deepEqual(lines.slice(length), sum);
  }
});

test("SIGUSR1 prints one line of status to stderr, and the copy goes on", {
  skip: noRing,
}, async () => {
  const folder = newFolder();
  const copy = new CopyProcess(["--json", "--limit-rate=16M", "big", "copy"], folder);
  await copy.printed('"stage":"copying"');
  copy.kill("SIGUSR1");
  await copy.printed("ETA");
  const { exitCode, err } = await copy.ended();
  assert.equal(exitCode, 0);
  const figures = /^overlapped cp: \d+ % {2}\S+ \S+ of 8.00 MiB {2}0\/1 files {2}\S+ \S+\/s {2}ETA/;
  assert.match(err, figures);
  assert.equal(err.split("\n").length, 2, err);
});

test("on a terminal there are two bars, one for the file and one for all", {
  skip: noRing,
}, async (t) => {
  const folder = newFolder();
  mkdirSync(join(folder, "into"));
  const command = `${process.execPath} ${MAIN} cp -r --limit-rate=4M big d nosuch into`;
  const args = ["-qec", `stty cols 100 rows 24; ${command}`, "/dev/null"];
  const child = spawn("script", args, { cwd: folder, env: { ...process.env, TERM: "xterm" } });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const code = await once(child, "close").then(
    ([exitCode]) => exitCode as number,
    (error: Error) => error.message,
  );
  if (typeof code === "string") {
    t.skip(`no script(1): ${code}`);
    return;
  }
  assert.equal(code, 1, out);
  assert.match(out, /\[=+-*\] \d+ % {2}\S+ MiB of 8\.00 MiB {2}'big'/);
  assert.match(out, /\[=+-*\] \d+ % {2}\S+ MiB of 8\.00 MiB\+? {2}\d\/\d\+? files/);
  // Taken off the screen in the end.
  const cleared = `${String.fromCharCode(27)}[0J`;
  assert.ok(out.trimEnd().endsWith(cleared), JSON.stringify(out.slice(-200)));
  assert.deepEqual(readdirSync(join(folder, "into")), ["big", "d"]);
});
