/**
 * Goal: a copy that was killed goes on where it was, and ends identical.
 * Method: SIGKILL at random sizes of the part file, which come from OVERLAPPED_SEED; then the same
 * command again.
 */

import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { noRing } from "../native/ring-available.ts";
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

/** Kills a copy when its part file is so big; the name of that. */
async function killed(folder: string, offset: number): Promise<string> {
  const copy = new CopyProcess(["--resume", "--limit-rate=100M", source, folder], temporary);
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
  const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const random = new Random(seed);
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
