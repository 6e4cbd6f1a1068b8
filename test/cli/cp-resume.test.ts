/**
 * Goal: a copy that was killed goes on where it was, and ends identical.
 * Method: SIGKILL at random sizes of the part file, which come from OVERLAPPED_SEED; then the same
 * command again.
 */

import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { compareTrees } from "../support/compare-trees.ts";
import { CopyProcess, runCopyCommand, summaryOf } from "../support/copy-command.ts";
import { grown, makeSource, partsIn } from "../support/copy-source.ts";
import { makeTemporary } from "../support/temp.ts";
import { Random } from "../support/tree.ts";

const MIB = 1024 * 1024;
const SIZE = 48 * MIB + 12_345;
const temporary: string = makeTemporary("cp-resume");
const source: string = join(temporary, "source");

before(() => {
  if (noRing === false) makeSource(source, SIZE);
});

function newRandom(t: TestContext): Random {
  const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  return new Random(seed);
}

/** Kills a copy when its part file is so big; the name of that. */
async function killed(folder: string, offset: number, ...options: string[]): Promise<string> {
  const args = ["--resume", "--limit-rate=100M", ...options, source, folder];
  const copy = new CopyProcess(args, temporary);
  await grown(copy, folder, offset);
  copy.kill("SIGKILL");
  assert.equal((await copy.ended()).signal, "SIGKILL");
  const names = readdirSync(folder);
  assert.deepEqual(names, partsIn(folder), "only the part file is there");
  assert.equal(names.length, 1);
  return join(folder, names[0] ?? "");
}

async function resumes(folder: string): Promise<number> {
  const end = await runCopyCommand(["--json", "--resume", source, folder], temporary);
  assert.equal(end.exitCode, 0, end.err);
  assert.deepEqual(readdirSync(folder), ["source"]);
  assert.ok(readFileSync(join(folder, "source")).equals(readFileSync(source)));
  return summaryOf(end).bytesResumed as number;
}

test("--resume after SIGKILL at ten random offsets ends identical", {
  skip: noRing,
}, async (t) => {
  const random = newRandom(t);
  for (let round = 0; round < 10; round += 1) {
    const folder = mkdtempSync(join(temporary, "to-"));
    const offset = random.below(SIZE * 0.9);
    const part = await killed(folder, offset);
    // Some of what is there is wrong: as after a crash of the machine, not of the process.
    const isDamaged = round % 3 === 2 && statSync(part).size > MIB;
    if (isDamaged) damage(part, random.below(statSync(part).size - MIB));
    const bytesResumed = await resumes(folder);
    t.diagnostic(`at ${offset}: ${bytesResumed} bytes were there${isDamaged ? ", damaged" : ""}`);
    assert.ok(bytesResumed >= Math.floor(offset / MIB / 4) * MIB && bytesResumed <= SIZE);
  }
});

function damage(path: string, position: number): void {
  const content = readFileSync(path);
  content.fill(0xee, position, position + MIB);
  writeFileSync(path, content);
}

test("--resume does not take up what was left of an older version of the source", {
  skip: noRing,
}, async () => {
  const folder = mkdtempSync(join(temporary, "changed-"));
  const part = await killed(folder, 10 * MIB);
  const { atime, mtime } = statSync(source);
  appendFileSync(source, "more");
  try {
    const end = await runCopyCommand(["--json", "--resume", source, folder], temporary);
    assert.equal(summaryOf(end).bytesResumed, 0);
    assert.ok(readFileSync(join(folder, "source")).equals(readFileSync(source)));
    assert.ok(readdirSync(folder).includes(part.slice(folder.length + 1)), "not ours to remove");
  } finally {
    writeFileSync(source, readFileSync(source).subarray(0, SIZE));
    utimesSync(source, atime, mtime);
  }
});

test("what was kept gets the mode that a new file would have", { skip: noRing }, async () => {
  const folder = mkdtempSync(join(temporary, "mode-"));
  chmodSync(source, 0o754);
  // While it is not whole, what is to have all of its source's attributes is its owner's alone.
  const part = await killed(folder, 10 * MIB, "-p");
  assert.equal(statSync(part).mode & 0o777, 0o600);
  assert.ok((await resumes(folder)) > 0);
  assert.equal(statSync(join(folder, "source")).mode & 0o777, 0o754 & ~process.umask());
});

test("-n --resume removes what is left beside a destination that is whole", {
  skip: noRing,
}, async () => {
  const folder = mkdtempSync(join(temporary, "whole-"));
  await killed(folder, 10 * MIB);
  copyFileSync(source, join(folder, "source"));
  const end = await runCopyCommand(["--json", "-n", "--resume", source, folder], temporary);
  assert.deepEqual([summaryOf(end).skipped, summaryOf(end).files], [1, 0], end.err);
  assert.deepEqual(readdirSync(folder), ["source"]);
});

/** Small files in some directories, of which each is worth a write or two; and two bigger ones. */
function makeTree(path: string, random: Random): void {
  const bytes = Buffer.alloc(200_000);
  random.fill(bytes);
  mkdirSync(path);
  for (let folder = 0; folder < 4; folder += 1) {
    mkdirSync(join(path, `${folder}`));
    symlinkSync("nowhere", join(path, `${folder}`, "link"));
    for (let file = 0; file < 80; file += 1) {
      const content = bytes.subarray(random.below(100_000)).subarray(0, random.below(70_000));
      writeFileSync(join(path, `${folder}`, `file-${file}`), content);
    }
  }
  for (const name of ["big", "bigger"]) makeSource(join(path, name), 9 * MIB + name.length);
}

for (const options of [[], ["--no-fsync"]]) {
  test(`cp -rn --resume ${options.join(" ")} of a tree, killed ten times, ends identical`, {
    skip: noRing,
  }, async (t) => {
    const random = newRandom(t);
    const folder = mkdtempSync(join(temporary, "tree-"));
    makeTree(join(folder, "from"), random);
    const args = ["--json", "-rnp", "--resume", ...options, "from/.", "to"];
    for (let round = 0; round < 10; round += 1) {
      const copy = new CopyProcess(args, folder);
      await copy.printed('"stage":"copied"', 1 + random.below(24));
      copy.kill("SIGKILL");
      assert.equal((await copy.ended()).signal, "SIGKILL", `round ${round}`);
    }
    const end = await runCopyCommand(args, folder);
    assert.equal(end.exitCode, 0, end.err);
    // Part files of those that were killed would be names that are in one tree only.
    const all = { isPreserved: true, withHoles: true };
    await compareTrees(join(folder, "from"), join(folder, "to"), all);
  });
}
