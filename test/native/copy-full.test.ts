// Goal: a full device ends a copy with ENOSPC; the old file stays, nothing is left behind, and what
// fits is copied.
// Method: a small file system in memory is mounted for the test, which needs root.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type CopyOptions, copy } from "../../src/index.ts";
import { makeTemporary } from "../support/temp.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("copy-full");
const MEBIBYTE = 1024 * 1024;

const small: string = mkdtempSync(join(tmpdir(), "overlapped-copy-small-"));
const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "overlapped-test", small]);
after(() => {
  if (mount.status === 0) assert.equal(spawnSync("umount", ["-l", small]).status, 0);
  rmSync(small, { recursive: true, force: true });
});

function noSmallDevice(): string | false {
  if (mount.status === 0) return false;
  return `cannot mount a small file system: ${mount.stderr?.toString().trim() ?? mount.error}`;
}

test("a full device: ENOSPC, the old file stays, and there is room again", {
  skip: noRing || noSmallDevice(),
}, async () => {
  const tree = join(temporary, "tree");
  mkdirSync(tree);
  writeFileSync(join(tree, "big"), Buffer.alloc(20 * MEBIBYTE, 1));
  for (let number = 0; number < 40; number++) writeFileSync(join(tree, `${number}`), `${number}`);
  writeFileSync(join(small, "big"), "old");
  const ways: readonly CopyOptions[] = [{}, { sparse: "always" }, { sync: false }];
  for (const options of ways) {
    const copied = copy(join(tree, "big"), join(small, "big"), options);
    await assert.rejects(copied, { code: "ENOSPC", path: join(small, "big") });
    assert.deepEqual(readdirSync(small), ["big"]);
    assert.equal(readFileSync(join(small, "big"), "utf8"), "old");
  }
  const failed: string[] = [];
  const report = await copy(tree, small, { onFailure: ({ path }) => failed.push(path ?? "") });
  assert.ok(failed.includes(join(small, "big")));
  assert.equal(report.failures, failed.length);
  assert.equal(report.files + report.failures, 41);
  const left = readdirSync(small).filter((name) => name.endsWith(".part"));
  assert.deepEqual(left, []);
  assert.equal(readFileSync(join(small, "big"), "utf8"), "old");
});
