/**
 * Goal: a tree arrives as it was: every byte, name, link and mode.
 * Method: a random tree is copied by the command and compared by `diff`, and by a walk of both
 * sides for what diff does not look at. OVERLAPPED_SEED replays a tree.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { status } from "../../src/index.ts";
import { runCopyCommand } from "../support/copy-command.ts";
import { makeTree } from "../support/tree.ts";

const temporary: string = mkdtempSync(join(tmpdir(), "overlapped-cp-tree-"));
after(() => rmSync(temporary, { recursive: true, force: true }));

const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;

test("cp -r copies a random tree of 2,000 files", { skip: noRing }, async (t) => {
  const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const [source, target] = [join(temporary, "source"), join(temporary, "target")];
  const made = makeTree(source, seed, { fileCount: 2000, bigFileBytes: 256 * 1024 * 1024 + 13 });
  t.diagnostic(JSON.stringify(made));
  const first = await runCopyCommand(["-r", "source", "target"], temporary);
  assert.deepEqual(first, { exitCode: 0, signal: null, out: "", err: "" });
  compare(source, target);
  // Once more, into what is there: every file is replaced.
  const second = await runCopyCommand(["-r", "source/.", "target"], temporary);
  assert.deepEqual(second, { exitCode: 0, signal: null, out: "", err: "" });
  compare(source, target);
});

test("cp -r of several sources into one directory merges them", { skip: noRing }, async () => {
  const folder = mkdtempSync(join(temporary, "merge-"));
  makeTree(join(folder, "a"), 1, { fileCount: 60, bigFileBytes: 5_000_001 });
  makeTree(join(folder, "b"), 2, { fileCount: 60, bigFileBytes: 1 });
  writeFileSync(join(folder, "file"), "one");
  makeTree(join(folder, "into"), 3, { fileCount: 3, bigFileBytes: 0 });
  const end = await runCopyCommand(["-r", "a", "b", "file", "into"], folder);
  assert.deepEqual(end, { exitCode: 0, signal: null, out: "", err: "" });
  compare(join(folder, "a"), join(folder, "into", "a"));
  compare(join(folder, "b"), join(folder, "into", "b"));
});

function compare(source: string, target: string): void {
  const diff = spawnSync("diff", ["-r", "--no-dereference", source, target]);
  assert.equal(diff.stdout.toString("latin1"), "");
  assert.equal(diff.stderr.toString("latin1"), "");
  assert.equal(diff.status, 0);
  const mask = process.umask();
  compareEntry(Buffer.from(source), Buffer.from(target), mask);
}

function compareEntry(source: Buffer, target: Buffer, mask: number): void {
  const [ours, theirs] = [lstatSync(source), lstatSync(target)];
  if (ours.isSymbolicLink()) {
    const encoding = { encoding: "buffer" } as const;
    assert.deepEqual(readlinkSync(target, encoding), readlinkSync(source, encoding));
    return;
  }
  const path = target.toString("latin1");
  assert.equal((theirs.mode & 0o777).toString(8), (ours.mode & 0o777 & ~mask).toString(8), path);
  if (!ours.isDirectory()) return;
  const names = readdirSync(source, { encoding: "buffer" }).sort(Buffer.compare);
  assert.deepEqual(readdirSync(target, { encoding: "buffer" }).sort(Buffer.compare), names);
  const slash = Buffer.from("/");
  for (const name of names) {
    const [from, to] = [source, target].map((it) => Buffer.concat([it, slash, name]));
    compareEntry(from!, to!, mask);
  }
}
