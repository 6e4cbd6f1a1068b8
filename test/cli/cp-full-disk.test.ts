/**
 * Goal: a full disk ends a copy with a clear message and without remains; what fits is copied.
 * Method: a small file system in memory is mounted for the test, which needs root.
 */

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { linesOf, runCopyCommand, summaryOf } from "../support/copy-command.ts";
import { makeSource, partsIn } from "../support/copy-source.ts";
import { mountMemory, unmount } from "../support/mounts.ts";
import { makeTemporary } from "../support/temp.ts";

const MIB = 1024 * 1024;
// Run in this order in the end: what is mounted has to go first.
after(() => {
  if (mountReason === null) unmount(small);
});
const temporary: string = makeTemporary("cp-full");
const small: string = join(temporary, "small");
const mountReason: string | null = mountMemory(small, 8 * MIB);
const skip: string | false = noRing !== false ? noRing : (mountReason ?? false);

test("cp to a full disk fails, and leaves the source and no part file", { skip }, async () => {
  makeSource(join(temporary, "big"), 20 * MIB + 3);
  for (const option of ["--sparse=auto", "--sparse=never", "--sparse=always", "--no-fsync"]) {
    const { exitCode, out, err } = await runCopyCommand([option, "big", "small/big"], temporary);
    const message = "overlapped cp: cannot write 'small/big': no space left on device\n";
    assert.deepEqual({ exitCode, out, err }, { exitCode: 1, out: "", err: message });
    assert.deepEqual(readdirSync(small), []);
  }
});

test("cp --keep-partial to a full disk keeps what fits, and --resume goes on with it", {
  skip,
}, async () => {
  writeFileSync(join(small, "filler"), Buffer.alloc(4 * MIB));
  makeSource(join(temporary, "fits"), 6 * MIB);
  const args = ["--json", "--sparse=always", "--keep-partial", "fits", "small/fits"];
  const full = await runCopyCommand(args, temporary);
  assert.equal(full.exitCode, 1, full.err);
  const [kept] = summaryOf(full).kept as string[];
  assert.deepEqual(partsIn(small), [(kept ?? "").slice(6)]);
  assert.ok(full.err.endsWith(`overlapped cp: kept for --resume: '${kept}'\n`), full.err);
  // Still full, this time from the start: what there is stays.
  const { size } = statSync(join(temporary, kept ?? ""));
  const again = await runCopyCommand(["--json", "--resume", "fits", "small/fits"], temporary);
  assert.deepEqual([again.exitCode, summaryOf(again).kept], [1, [kept]], again.err);
  assert.ok(statSync(join(temporary, kept ?? "")).size >= size);
  rmSync(join(small, "filler"));
  const end = await runCopyCommand(["--json", "--resume", "fits", "small/fits"], temporary);
  assert.ok((summaryOf(end).bytesResumed as number) > MIB, end.out);
  assert.ok(readFileSync(join(small, "fits")).equals(readFileSync(join(temporary, "fits"))));
  assert.deepEqual(readdirSync(small), ["fits"]);
  rmSync(join(small, "fits"));
});

test("cp -r to a full disk copies the files that fit", { skip }, async () => {
  const tree = join(temporary, "tree");
  mkdirSync(tree);
  makeSource(join(tree, "big"), 30 * MIB);
  for (let number = 0; number < 40; number += 1) {
    writeFileSync(join(tree, `small-${number}`), `${number}`);
  }
  writeFileSync(join(small, "big"), "old");
  const end = await runCopyCommand(["--json", "-r", "tree/.", "small"], temporary);
  assert.equal(end.exitCode, 1);
  const errors = linesOf(end).filter(({ event }) => event === "error");
  for (const { code } of errors) assert.equal(code, "ENOSPC");
  assert.ok(errors.some(({ path }) => path === "small/big"));
  assert.equal(readFileSync(join(small, "big"), "utf8"), "old");
  assert.deepEqual(partsIn(small), []);
  // A small file may meet the disk while the big one has filled it: then it was named.
  assert.equal(readdirSync(small).length - 1 + errors.length - 1, 40);
});
