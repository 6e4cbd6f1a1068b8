/**
 * Goal: a tree of 20,000 small files arrives as it was, in bounded memory.
 * Method: made, copied by the command with owners, modes and times, read back by --verify, and
 * compared by diff and by a walk of both sides.
 */

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { compareTrees } from "../support/compare-trees.ts";
import { runCopyCommand, summaryOf } from "../support/copy-command.ts";
import { makeTemporary } from "../support/temp.ts";
import { Random } from "../support/tree.ts";

const FOLDERS = 200;
const FILES_PER_FOLDER = 100;
const temporary: string = makeTemporary("cp-many");

test("cp -rp copies 20,000 small files", { skip: noRing }, async () => {
  const random = new Random(1);
  const bytes = Buffer.alloc(64 * 1024);
  random.fill(bytes);
  const from = join(temporary, "from");
  mkdirSync(from);
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    const path = join(from, `folder-${folder}`);
    mkdirSync(path);
    for (let file = 0; file < FILES_PER_FOLDER; file += 1) {
      const start = random.below(bytes.length);
      const content = bytes.subarray(start, start + random.below(12_000));
      writeFileSync(join(path, `file-${file}`), content);
    }
    chmodSync(join(path, "file-7"), random.pick([0o400, 0o755, 0o640]));
    symlinkSync(`file-${folder}`, join(path, "link"));
  }
  const args = ["--json", "-rp", "--no-fsync", "--verify", "from", "to"];
  const end = await runCopyCommand(args, temporary);
  assert.equal(end.exitCode, 0, end.err);
  const { files, directories, symlinks, verified } = summaryOf(end);
  assert.deepEqual([files, directories, symlinks], [FOLDERS * FILES_PER_FOLDER, 201, FOLDERS]);
  assert.equal(verified, FOLDERS * (FILES_PER_FOLDER + 1));
  await compareTrees(from, join(temporary, "to"), { isPreserved: true });
});
