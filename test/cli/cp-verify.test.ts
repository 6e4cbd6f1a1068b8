/**
 * Goal: --verify compares what is there with the source, and passes nothing that differs.
 * Method: the files are copied before the first is read back, so while --limit-rate holds up the
 * last one a copy is changed, in each way that there is.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { CopyProcess, linesOf, runCopyCommand, summaryOf } from "../support/copy-command.ts";
import { makeSource } from "../support/copy-source.ts";
import { makeTemporary } from "../support/temp.ts";

const MIB = 1024 * 1024;
const temporary: string = makeTemporary("cp-verify");

function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

test("--verify tells the digest of what was read back, of any size", {
  skip: noRing,
}, async () => {
  const folder = mkdtempSync(join(temporary, "sizes-"));
  mkdirSync(join(folder, "from"));
  const sizes = [0, 1, 4095, 4096, 4097, MIB - 1, MIB, MIB + 1, 3 * MIB + 4097];
  for (const size of sizes) makeSource(join(folder, "from", `${size}`), size);
  symlinkSync("nowhere", join(folder, "from", "link"));
  const end = await runCopyCommand(["--json", "--verify", "-r", "from", "to"], folder);
  assert.equal(end.exitCode, 0, end.out);
  assert.equal(summaryOf(end).verified, sizes.length + 1);
  const verified = linesOf(end).filter((line) => line.stage === "verified");
  const told = new Map(verified.map(({ destination, sha256 }) => [destination, sha256]));
  assert.equal(told.get("to/link"), null);
  for (const size of sizes) {
    assert.equal(told.get(`to/${size}`), sha256Of(join(folder, "from", `${size}`)), `${size}`);
  }
});

const changes: readonly (readonly [
  name: string,
  change: (path: string) => void,
  reason: RegExp,
])[] = [
  ["another byte", (path) => writeAt(path, MIB + 7), /differs from its source at offset 1048583$/],
  [
    "one byte more",
    (path) => appendFileSync(path, "+"),
    /differs from its source at offset 2097155$/,
  ],
  ["one byte less", (path) => truncateSync(path, 2 * MIB + 2), /at offset 2097154$/],
  ["nothing", unlinkSync, /no such file or directory$/],
];

function writeAt(path: string, position: number): void {
  const fd = openSync(path, "r+");
  const byte = readFileSync(path)[position] ?? 0;
  writeSync(fd, Buffer.from([byte ^ 1]), 0, 1, position);
  closeSync(fd);
}

for (const [name, change, reason] of changes) {
  test(`--verify notices ${name} in the copy, and passes the others`, {
    skip: noRing,
  }, async () => {
    const folder = mkdtempSync(join(temporary, "changed-"));
    makeSource(join(folder, "a"), 2 * MIB + 3);
    writeFileSync(join(folder, "slow"), Buffer.alloc(2 * MIB, "slow"));
    mkdirSync(join(folder, "into"));
    const args = ["--json", "--verify", "--limit-rate=6M", "a", "slow", "into"];
    const copy = new CopyProcess(args, folder);
    await copy.printed('"stage":"copied"');
    change(join(folder, "into", "a"));
    const end = await copy.ended();
    assert.equal(end.exitCode, 1, end.out);
    const [error, ...more] = linesOf(end).filter(({ event }) => event === "error");
    assert.deepEqual(more, []);
    assert.equal(error?.path, "into/a");
    assert.match(`${error?.message}`, /^cannot verify 'into\/a': /);
    assert.match(`${error?.message}`, reason);
    assert.equal(end.err, `overlapped cp: ${error?.message}\n`);
    assert.equal(summaryOf(end).verified, 1);
  });
}
