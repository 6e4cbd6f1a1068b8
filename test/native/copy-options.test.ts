// Goal: a copy does what its options ask, tells what it does, and refuses what cannot be; what a
// function of the caller throws ends it.
// Method: small trees on the real file system, in which each case stands for itself.

import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type CopyEntry, type CopyProgress, copy } from "../../src/index.ts";
import { assertQuiet } from "../../src/testing.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeTemporary } from "../support/temp.ts";
import { noRing } from "./ring-available.ts";

const temporary: string = makeTemporary("copy-options");
const MEBIBYTE = 1024 * 1024;

let count = 0;

function fresh(): string {
  count += 1;
  return join(temporary, `${count}`);
}

test("links are copied as links; what a link at the destination leads to is replaced", {
  skip: noRing,
}, async () => {
  const folder = fresh();
  mkdirSync(folder);
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("file"), "content");
  symlinkSync("file", at("link"));
  await copy(at("link"), at("copied"));
  assert.ok(lstatSync(at("copied")).isSymbolicLink());
  await copy(at("link"), at("followed"), { followSource: true });
  assert.ok(lstatSync(at("followed")).isFile());
  symlinkSync("./chain", at("entry"));
  symlinkSync("real", at("chain"));
  writeFileSync(at("real"), "old");
  await copy(at("file"), at("entry"));
  assert.ok(lstatSync(at("entry")).isSymbolicLink() && lstatSync(at("chain")).isSymbolicLink());
  assert.equal(readFileSync(at("real"), "utf8"), "content");
  symlinkSync("loop", at("loop"));
  await assert.rejects(copy(at("file"), at("loop")), { code: "ELOOP" });
  // A destination that leads to a directory is merged into.
  mkdirSync(at("branch/sub"), { recursive: true });
  mkdirSync(at("place/real"), { recursive: true });
  symlinkSync("place", at("door"));
  await copy(at("branch"), at("door"));
  assert.ok(lstatSync(at("door")).isSymbolicLink() && existsSync(at("place/sub")));
  // In a tree a link in the way would lead out of it.
  mkdirSync(at("other"));
  symlinkSync("../place", at("other/sub"));
  await assert.rejects(copy(at("branch"), at("other")), { code: "EEXIST", path: at("other/sub") });
  mkdirSync(at("tree"));
  writeFileSync(at("tree/name"), "new");
  mkdirSync(at("into"));
  symlinkSync("../file", at("into/name"));
  await copy(at("tree"), at("into"));
  assert.ok(lstatSync(at("into/name")).isFile());
  assert.equal(readFileSync(at("file"), "utf8"), "content");
});

test("another name of a replaced file keeps the old content", { skip: noRing }, async () => {
  const folder = fresh();
  mkdirSync(folder);
  writeFileSync(join(folder, "new"), "new");
  writeFileSync(join(folder, "old"), "old", { mode: 0o640 });
  chmodSync(join(folder, "old"), 0o666);
  linkSync(join(folder, "old"), join(folder, "other"));
  await copy(join(folder, "new"), join(folder, "old"));
  assert.equal(readFileSync(join(folder, "old"), "utf8"), "new");
  assert.equal(readFileSync(join(folder, "other"), "utf8"), "old");
  assert.equal(statSync(join(folder, "old")).mode & 0o777, 0o666);
  assert.deepEqual(readdirSync(folder).sort(), ["new", "old", "other"]);
});

test("overwrite, filter, onFailure: what is left out is counted", { skip: noRing }, async () => {
  const [from, to] = [fresh(), fresh()];
  mkdirSync(join(from, "sub/deep"), { recursive: true });
  for (const name of ["a", "b", "sub/c", "sub/deep/d"]) writeFileSync(join(from, name), name);
  const fifo = makeFifo(from, "fifo");
  await assert.rejects(copy(from, fresh()), {
    code: "ERR_UNSUPPORTED_TYPE",
    path: fifo,
  });
  const failed: (string | undefined)[] = [];
  const report = await copy(from, to, {
    overwrite: "never",
    filter: ({ source, type }) => !(type === "directory" && String(source).endsWith("deep")),
    onFailure: (error) => failed.push(error.path),
  });
  assert.deepEqual(failed, [fifo]);
  assert.equal(report.failures, 1);
  assert.ok(!existsSync(join(to, "sub/deep")) && existsSync(join(to, "sub/c")));
  writeFileSync(join(from, "a"), "changed");
  const filter = ({ type }: { type: string }): boolean => type !== "fifo";
  const again = await copy(from, to, { overwrite: "never", filter });
  assert.deepEqual([again.files, again.skipped], [1, 4]);
  assert.equal(readFileSync(join(to, "a"), "utf8"), "a");
  await assert.rejects(copy(from, to, { overwrite: "error", filter }), { code: "EEXIST" });
  await copy(from, to, { filter: async (candidate) => filter(candidate) });
  assert.equal(readFileSync(join(to, "a"), "utf8"), "changed");
});

test("progress and entries tell what was done, byte by byte", { skip: noRing }, async () => {
  const [from, to] = [fresh(), fresh()];
  mkdirSync(from);
  writeFileSync(join(from, "big"), Buffer.alloc(20 * MEBIBYTE, 5));
  writeFileSync(join(from, "small"), "small");
  symlinkSync("small", join(from, "link"));
  const told: CopyProgress[] = [];
  const entries: CopyEntry[] = [];
  await copy(from, to, { onProgress: (it) => told.push(it), onEntry: (it) => entries.push(it) });
  const { bytesDone, bytesTotal, filesDone, filesTotal, isTotalKnown } = told.at(-1)!;
  const bytes = 20 * MEBIBYTE + 5;
  assert.deepEqual([bytesDone, bytesTotal, filesDone, filesTotal], [bytes, bytes, 3, 3]);
  assert.ok(isTotalKnown);
  for (const [index, { bytesDone: done }] of told.entries()) {
    assert.ok(done >= (told[index - 1]?.bytesDone ?? 0), "progress went back");
  }
  const big = entries.filter(({ source }) => source === join(from, "big"));
  assert.deepEqual(
    big.map(({ stage }) => stage),
    ["copying", "syncing", "renaming", "copied"],
  );
  assert.equal(big.at(-1)?.bytes, 20 * MEBIBYTE);
  const copied = entries.filter(({ stage }) => stage === "copied");
  assert.deepEqual(copied.map(({ type }) => type).sort(), ["directory", "file", "file", "symlink"]);
  assert.equal(copied.at(-1)?.type, "directory");
});

test("a function that throws ends the copy with its error", { skip: noRing }, async () => {
  const [from, to] = [fresh(), fresh()];
  writeFileSync(from, Buffer.alloc(20 * MEBIBYTE, 5));
  const mine = new Error("mine");
  const thrower = (): never => {
    throw mine;
  };
  for (const name of ["onProgress", "onEntry"] as const) {
    await assert.rejects(copy(from, to, { [name]: thrower }), (error) => error === mine);
    assert.ok(!existsSync(to));
  }
  const tree = fresh();
  mkdirSync(tree);
  writeFileSync(join(tree, "a"), "a");
  makeFifo(tree, "fifo");
  for (const name of ["filter", "onFailure"] as const) {
    await assert.rejects(copy(tree, fresh(), { [name]: thrower }), (error) => error === mine);
  }
  assertQuiet();
});

test("what cannot be is refused, and nothing is made", { skip: noRing }, async () => {
  const folder = fresh();
  mkdirSync(join(folder, "tree/sub"), { recursive: true });
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("file"), "x");
  linkSync(at("file"), at("same"));
  symlinkSync("tree", at("alias"));
  mkdirSync(at("taken"));
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["tree", "tree", "ERR_COPY_INTO_ITSELF", "tree"],
    ["tree", "tree/sub/new", "ERR_COPY_INTO_ITSELF", "tree/sub/new"],
    ["tree", "alias/sub/new", "ERR_COPY_INTO_ITSELF", "alias/sub/new"],
    ["tree", "tree/../alias/sub", "ERR_COPY_INTO_ITSELF", "alias/sub"],
    ["file", "file", "ERR_COPY_INTO_ITSELF", "file"],
    ["file", "same", "ERR_COPY_INTO_ITSELF", "same"],
    ["file", "taken", "EISDIR", "taken"],
    ["tree", "file", "EEXIST", "file"],
    ["none", "new", "ENOENT", "none"],
    ["file", "none/new", "ENOENT", "none/new"],
    ["file", "file/new", "ENOTDIR", "file/new"],
  ];
  for (const [from, to, code, path] of cases) {
    await assert.rejects(copy(at(from), at(to)), { code, path: at(path) }, `${from} to ${to}`);
  }
  assert.deepEqual(readdirSync(folder).sort(), ["alias", "file", "same", "taken", "tree"]);
  assert.deepEqual(readdirSync(at("tree/sub")), []);
  await assert.rejects(copy(at("file"), "/dev/null"), { code: "ERR_UNSUPPORTED_TYPE" });
  assert.ok(statSync("/dev/null").isCharacterDevice());
});
