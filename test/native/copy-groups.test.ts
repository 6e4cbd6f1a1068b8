// Goal: small files that are copied many at a time arrive as those that are copied one by one, and
// what is not simply a small file among them arrives, too.
// Method: a directory with all kinds of files on the real file system, copied without sync, which
// makes groups possible.

import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CopyEntry, copy } from "../../src/index.ts";
import { assertQuiet } from "../../src/testing.ts";
import { assertSameTree } from "../support/copies.ts";
import { makeTemporary } from "../support/temp.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("copy-groups");

const SIZES = [0, 1, 4095, 4096, 4097, 40_000, 65_535, 65_536, 65_537, 200_000];

function makeAllKinds(folder: string): number {
  mkdirSync(join(folder, "sub"), { recursive: true });
  for (let number = 0; number < 150; number++) {
    const path = join(folder, number % 3 === 0 ? "sub" : ".", `${number}`);
    writeFileSync(path, Buffer.alloc(SIZES[number % SIZES.length]!, number));
    chmodSync(path, [0o644, 0o4755, 0o400, 0o2750][number % 4]!);
    utimesSync(path, number, 1e9 + number / 8);
  }
  writeFileSync(Buffer.from(`${folder}/\xff\xfe`, "latin1"), "bytes");
  writeFileSync(join(folder, "n".repeat(255)), "long");
  symlinkSync("nowhere", join(folder, "link"));
  const sparse = openSync(join(folder, "sparse"), "w");
  ftruncateSync(sparse, 50_000);
  closeSync(sparse);
  return 153;
}

test("a directory of all kinds of files", { skip: noRing }, async () => {
  const from = join(temporary, "from");
  const files = makeAllKinds(from);
  for (const preserve of [false, true]) {
    const to = join(temporary, `to-${preserve}`);
    const entries: CopyEntry[] = [];
    const before = readdirSync("/proc/self/fd").length;
    const options = { preserve, sync: false, onEntry: (it: CopyEntry) => void entries.push(it) };
    const report = await copy(from, to, options);
    assert.equal(report.files, files);
    const checks = { mask: preserve ? 0 : process.umask() | 0o7000, isTimed: preserve };
    assertSameTree(from, to, { ...checks, slackBytes: 65_536 });
    const copied = entries.filter(({ stage, type }) => stage === "copied" && type === "file");
    assert.equal(new Set(copied.map(({ source }) => String(source))).size, files);
    assert.equal(
      copied.reduce((sum, { bytes }) => sum + bytes, 0),
      report.bytes,
    );
    assert.equal(readdirSync("/proc/self/fd").length, before);
    assertQuiet();
  }
});

test("progress counts the files of groups, too", { skip: noRing }, async () => {
  const to = join(temporary, "counted");
  const told: (readonly [number, number, number])[] = [];
  const report = await copy(join(temporary, "from"), to, {
    sync: false,
    onProgress: ({ bytesDone, bytesTotal, filesDone }) =>
      told.push([bytesDone, bytesTotal, filesDone]),
  });
  assert.deepEqual(told.at(-1), [report.bytes, report.bytes, report.files + report.symlinks]);
});
