/**
 * Goal: a tree arrives as it was: every byte, name, link, mode, time and hole.
 * Method: a random tree is copied by the command and compared by `diff`, and by a walk of both
 * sides for what diff does not look at. OVERLAPPED_SEED replays a tree.
 */

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { compareTrees } from "../support/compare-trees.ts";
import { runCopyCommand } from "../support/copy-command.ts";
import { makeTemporary } from "../support/temp.ts";
import { makeTree } from "../support/tree.ts";

const temporary: string = makeTemporary("cp-tree");

function newSeed(t: TestContext): number {
  const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  return seed;
}

async function copies(folder: string, ...args: string[]): Promise<void> {
  const end = await runCopyCommand(args, folder);
  assert.deepEqual(end, { exitCode: 0, signal: null, out: "", err: "" });
}

test("cp -r copies a random tree of 1,000 files, twice", { skip: noRing }, async (t) => {
  const folder = mkdtempSync(join(temporary, "plain-"));
  const options = { fileCount: 1000, bigFileBytes: 64 * 1024 * 1024 + 13 };
  t.diagnostic(JSON.stringify(makeTree(join(folder, "from"), newSeed(t), options)));
  await copies(folder, "-r", "from", "to");
  await compareTrees(join(folder, "from"), join(folder, "to"), { withHoles: true });
  // Once more, into what is there: every file is replaced.
  await copies(folder, "-r", "--no-fsync", "from/.", "to");
  await compareTrees(join(folder, "from"), join(folder, "to"), { withHoles: true });
});

test("cp -rp keeps modes, times and owners, of directories and links, too", {
  skip: noRing,
}, async (t) => {
  const folder = mkdtempSync(join(temporary, "preserved-"));
  const from = join(folder, "from");
  makeTree(from, newSeed(t), { fileCount: 200, bigFileBytes: 5_000_001 });
  mkdirSync(join(from, "dir"));
  writeFileSync(join(from, "dir", "old"), "old");
  symlinkSync("old", join(from, "dir", "link"));
  chmodSync(join(from, "dir", "old"), 0o6751);
  utimesSync(join(from, "dir", "old"), 1, 12.5);
  utimesSync(join(from, "dir"), 1, 2_000_000_000.123);
  chmodSync(join(from, "dir"), 0o1711);
  await copies(folder, "-rp", "--verify", "from", "to");
  await compareTrees(from, join(folder, "to"), { isPreserved: true, withHoles: true });
});

test("cp -r of several sources copies each into the directory", { skip: noRing }, async () => {
  const folder = mkdtempSync(join(temporary, "several-"));
  makeTree(join(folder, "a"), 1, { fileCount: 60, bigFileBytes: 5_000_001 });
  makeTree(join(folder, "b"), 2, { fileCount: 60, bigFileBytes: 1 });
  writeFileSync(join(folder, "file"), "one");
  makeTree(join(folder, "into"), 3, { fileCount: 3, bigFileBytes: 0 });
  await copies(folder, "-r", "a", "b/", "file", "into");
  for (const name of ["a", "b"]) await compareTrees(join(folder, name), join(folder, "into", name));
});
