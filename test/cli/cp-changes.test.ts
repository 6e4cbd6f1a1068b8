/**
 * Goal: a source that changes while it is copied gives the documented error, and nothing is left.
 * Method: the copy is slowed down by --limit-rate, and the source is changed when it says that it
 * copies. Every change is a case.
 */

import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { CopyProcess, linesOf, summaryOf } from "../support/copy-command.ts";
import { makeSource } from "../support/copy-source.ts";
import { makeTemporary } from "../support/temp.ts";

const MIB = 1024 * 1024;
const temporary: string = makeTemporary("cp-changes");

const changes: readonly (readonly [name: string, change: (path: string) => void])[] = [
  ["shrinks", (path) => truncateSync(path, MIB)],
  ["grows", (path) => appendFileSync(path, "more")],
  ["is written to", (path) => writeFileSync(path, "x", { flag: "r+" })],
  ["vanishes", unlinkSync],
  [
    "is replaced",
    (path) => {
      writeFileSync(`${path}.new`, "another");
      renameSync(`${path}.new`, path);
    },
  ],
];

const cases = changes.flatMap(([name, change]) =>
  [[], ["--resume"]].map((options) => [name, change, options] as const),
);

for (const [name, change, options] of cases) {
  const title = `${options.join("")} a source that ${name} meanwhile`.trim();
  test(`${title}: ERR_SOURCE_CHANGED, the destination as it was, nothing left`, {
    skip: noRing,
  }, async () => {
    const folder = mkdtempSync(join(temporary, "case-"));
    makeSource(join(folder, "source"), 4 * MIB);
    mkdirSync(join(folder, "into"));
    writeFileSync(join(folder, "into", "source"), "as it was");
    const args = ["--json", "--limit-rate=8M", ...options, "source", "into"];
    const copy = new CopyProcess(args, folder);
    await copy.printed('"stage":"copying"');
    change(join(folder, "source"));
    const end = await copy.ended();
    assert.equal(end.exitCode, 1, end.out);
    const [error] = linesOf(end).filter(({ event }) => event === "error");
    assert.deepEqual([error?.code, error?.path], ["ERR_SOURCE_CHANGED", "source"]);
    assert.equal(end.err, `overlapped cp: ${error?.message}\n`);
    assert.deepEqual(readdirSync(join(folder, "into")), ["source"]);
    assert.equal(readFileSync(join(folder, "into", "source"), "utf8"), "as it was");
  });
}

test("files of a tree that vanish before their turn are named, the others copied", {
  skip: noRing,
}, async () => {
  const folder = mkdtempSync(join(temporary, "tree-"));
  mkdirSync(join(folder, "tree"));
  const content = Buffer.alloc(60 * 1024, "content");
  const names = Array.from({ length: 64 }, (_, index) => `file-${index}`);
  for (const name of names) writeFileSync(join(folder, "tree", name), content);
  const args = ["--json", "--limit-rate=4M", "-r", "tree", "copy"];
  const copy = new CopyProcess(args, folder);
  await copy.printed('"stage":"copied"');
  rmSync(join(folder, "tree"), { recursive: true });
  const end = await copy.ended();
  assert.equal(end.exitCode, 1, end.out);
  const copied = readdirSync(join(folder, "copy"));
  for (const name of copied) {
    assert.ok(readFileSync(join(folder, "copy", name)).equals(content), name);
  }
  const errors = linesOf(end).filter(({ event }) => event === "error");
  for (const { code } of errors) assert.match(`${code}`, /^(?:ENOENT|ERR_SOURCE_CHANGED)$/);
  assert.ok(errors.length > 0);
  assert.equal(copied.length + errors.length, names.length);
  assert.deepEqual([summaryOf(end).files, summaryOf(end).failures], [copied.length, errors.length]);
});
