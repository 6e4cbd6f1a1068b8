/**
 * Goal: what the copy command says is short, true and fits the terminal.
 * Method: called directly, with accounts that a test has filled.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Account, type Snapshot } from "../../../src/cli/cp/account.ts";
import { drawFile, drawTotal } from "../../../src/cli/cp/bars.ts";
import { failureOf, formatBytes } from "../../../src/cli/cp/messages.ts";
import { formatSeconds } from "../../../src/cli/cp/rate.ts";
import { describeCancel, describeStatus } from "../../../src/cli/cp/summary.ts";
import { type CopyReport, IoError } from "../../../src/index.ts";

const MIB = 1024 * 1024;

/** One file of 1 GiB, of which 300 MiB were copied in three seconds. */
function newAccount(isTotalKnown = true): Account {
  let nowMs = 0;
  const account = new Account(() => nowMs);
  const share = { bytesDone: 0, bytesTotal: 1024 * MIB, filesDone: 0, filesTotal: 1, isTotalKnown };
  const job = { share };
  account.begin("copying", [job]);
  nowMs = 3000;
  account.progressed(job, {
    ...share,
    bytesDone: 300 * MIB,
    source: "film.mkv",
    destination: "/x/film.mkv",
    fileBytesDone: 300 * MIB,
    fileBytesTotal: 1024 * MIB,
  });
  return account;
}

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

test("describeCancel() says how much, what is left, and what is held", () => {
  const account = newAccount();
  assert.equal(
    describeCancel("SIGINT", account, []),
    "canceled by SIGINT: 300 MiB of 1.00 GiB copied, 0 of 1 file complete; " +
      "nothing half-done is left; nothing is held by the kernel",
  );
  account.kept.push("/x/.film.part");
  assert.equal(
    describeCancel("SIGTERM", account, [operation]),
    "canceled by SIGTERM: 300 MiB of 1.00 GiB copied, 0 of 1 file complete; " +
      "kept for --resume: '/x/.film.part'; " +
      "the kernel still holds 1 operation: fsync of '/a' for 6 s",
  );
  assert.match(describeCancel("SIGINT", newAccount(false), []), /1.00 GiB or more copied/);
});

test("describeCancel() tells of each part file that could not be removed", () => {
  const account = newAccount();
  const leftBehind = Array.from({ length: 10 }, (_, index) => `p${index}`);
  const job = { source: Buffer.from("a"), destination: Buffer.from("b"), isDirectory: false };
  const share = { bytesDone: 0, bytesTotal: 0, filesDone: 0, filesTotal: 1, isTotalKnown: true };
  account.ended({ ...job, size: 0, share }, { ...NO_REPORT, leftBehind }, true);
  const text = describeCancel("SIGINT", account, []);
  assert.match(text, /could not be removed: 'p0', .*'p7', 2 more; nothing is held/);
});

const NO_REPORT: CopyReport = {
  files: 0,
  directories: 0,
  symlinks: 0,
  bytes: 0,
  bytesCopied: { reflink: 0, range: 0, blocks: 0 },
  bytesResumed: 0,
  skipped: 0,
  failures: 0,
  leftBehind: [],
  durationMs: 0,
};

test("describeStatus() has figures, and the file that moves", () => {
  assert.equal(
    describeStatus(newAccount().snapshot()),
    "29 %  300 MiB of 1.00 GiB  0/1 files  100 MiB/s  ETA 8 s; " +
      "'/x/film.mkv': 300 MiB of 1.00 GiB",
  );
});

test("a total that is not known yet has a plus, and no time left", () => {
  const text = describeStatus(newAccount(false).snapshot());
  assert.match(text, /300 MiB of 1\.00 GiB\+ {2}0\/1\+ files .* ETA --;/);
});

test("an account forgets the rest of a job that is over, but not of one that was cut", () => {
  const share = { bytesDone: 5, bytesTotal: 10, filesDone: 0, filesTotal: 1, isTotalKnown: true };
  const job = { source: Buffer.from("a"), destination: Buffer.from("b"), isDirectory: false };
  for (const isCut of [true, false]) {
    const account = new Account();
    const one = { ...job, size: 10, share };
    account.begin("copying", [one]);
    account.ended(one, { ...NO_REPORT, skipped: 1, durationMs: 7 }, isCut);
    assert.equal(account.snapshot().bytesTotal, isCut ? 10 : 0);
    assert.equal(account.sum.skipped, 1);
    assert.ok(!("durationMs" in account.sum));
  }
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

test("the bar of a single file has all figures, and that of one of many its own", () => {
  const snapshot = newAccount().snapshot();
  assert.equal(
    drawFile(snapshot, 110),
    "[=========---------------------] 29 %  300 MiB of 1.00 GiB  0/1 files  100 MiB/s  ETA 8 s" +
      "  'film.mkv'",
  );
  assert.equal(
    drawFile({ ...snapshot, filesTotal: 7 }, 80),
    "[=========---------------------] 29 %  300 MiB of 1.00 GiB  'film.mkv'",
  );
  const done = { ...snapshot, bytesDone: snapshot.bytesTotal, filesTotal: 7 };
  assert.match(drawTotal(done, 80), /^\[=+\] 100 % .* 0\/7 files .* finishing$/);
  assert.match(drawTotal({ ...done, phase: "verifying" }, 100), /^\[=+\] 100 % verified /);
});

test("bars fit every terminal", () => {
  const snapshot = newAccount().snapshot();
  fc.assert(
    fc.property(fc.nat(200), fc.string(), fc.nat(9), (columns, destination, filesTotal) => {
      const current = { source: "", destination, bytesDone: 1, bytesTotal: 2 };
      const now: Snapshot = { ...snapshot, filesTotal, current };
      for (const draw of [drawFile, drawTotal]) {
        assert.ok(draw(now, columns).length <= Math.max(0, columns - 1));
      }
    }),
  );
});

test("failureOf() says what was tried, with what, and why not", () => {
  const path = "into/a";
  const failure = (code: string, cause?: IoError): string => {
    const details = { code, errno: cause?.errno, syscall: "copy", path, cause };
    return failureOf(new IoError("meaning", details), "operand").message;
  };
  const open = { code: "EACCES", errno: -13, syscall: "open" };
  assert.equal(
    failure("EACCES", new IoError("", { ...open, path })),
    "cannot open 'into/a': permission denied",
  );
  assert.equal(
    failure("EACCES", new IoError("", { ...open, path: "into/.a.1.part" })),
    "cannot create 'into/a': permission denied",
  );
  const write = { code: "ENOSPC", errno: -28, syscall: "write" };
  assert.equal(
    failure("ENOSPC", new IoError("", write)),
    "cannot write 'into/a': no space left on device",
  );
  assert.match(failure("ERR_SOURCE_CHANGED"), /^'into\/a' changed while it was copied/);
  assert.match(failure("EISDIR"), /^cannot replace 'into\/a': it is a directory$/);
});
