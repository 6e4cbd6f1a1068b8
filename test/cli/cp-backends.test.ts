/**
 * Goal: `overlapped cp` does the same on each backend: the same bytes, modes, times, links and
 * holes, the same words and exit codes. Method: one random tree is copied on each, and compared
 * with its source; commands that fail are compared with each other. OVERLAPPED_SEED replays a tree.
 */

import assert from "node:assert/strict";
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { compareTrees } from "../support/compare-trees.ts";
import { type CopyEnd, runCopyCommand } from "../support/copy-command.ts";
import { FLAVORS, type Flavor, WITHOUT_SHIM } from "../support/flavors.ts";
import { makeTemporary } from "../support/temp.ts";
import { makeTree } from "../support/tree.ts";

const MIB = 1024 * 1024;
/** Node takes times as seconds, exact to less than that. */
const NODE_TIME_NS = 1000n;
const temporary: string = makeTemporary("cp-backends");
const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 32));

before(() => {
  const from = join(temporary, "from");
  makeTree(from, seed, { fileCount: 300, bigFileBytes: 24 * MIB + 13 });
  const holes = openSync(join(from, "holes"), "wx");
  ftruncateSync(holes, 32 * MIB);
  for (const position of [0, 5 * MIB, 20 * MIB]) writeSync(holes, "data", position);
  closeSync(holes);
  utimesSync(join(from, "holes"), 1, 981_173_106.123_456);
  linkSync(join(from, "holes"), join(from, "second name"));
});

/** What it says has the names of its own files. */
async function run(flavor: Flavor, ...args: string[]): Promise<CopyEnd> {
  const own = join(temporary, flavor.name);
  const end = await runCopyCommand(args, own, flavor);
  return { ...end, err: end.err.replaceAll(own, "") };
}

for (const flavor of FLAVORS) {
  const { name, skip } = flavor;
  test(`a tree arrives as it was, ${name}`, { skip }, async (t) => {
    t.diagnostic(`OVERLAPPED_SEED=${seed}`);
    mkdirSync(join(temporary, name));
    const end = await run(flavor, "-rp", "--verify", "../from", "to");
    assert.deepEqual(end, { exitCode: 0, signal: null, out: "", err: "" });
    await compareTrees(join(temporary, "from"), join(temporary, name, "to"), {
      isPreserved: true,
      withHoles: true,
      timeNsMax: flavor === WITHOUT_SHIM ? NODE_TIME_NS : 0n,
    });
    // A name is copied as a file, so that the other name has a file of its own.
    assert.equal(statSync(join(temporary, name, "to", "second name")).nlink, 1);
  });
}

test("what goes wrong is said in the same words, with the same exit codes", async () => {
  const ends: (readonly CopyEnd[])[] = [];
  for (const flavor of FLAVORS) {
    if (flavor.skip !== false) continue;
    const own = join(temporary, flavor.name);
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "file"), "content");
    mkdirSync(join(own, "folder"));
    ends.push([
      await run(flavor, "nobody", "to"),
      await run(flavor, "folder", "copy"),
      await run(flavor, "file", "file"),
      await run(flavor, "-n", "file", "folder/"),
      await run(flavor, "file", "folder"),
      await run(flavor, "file", "file/in/it"),
      await run(flavor, "-r", "folder", "folder/copy"),
      await run(flavor, "file"),
      await run(flavor, "--nonsense", "file", "copy"),
    ]);
  }
  const [first, ...others] = ends;
  assert.deepEqual(
    first!.map(({ exitCode }) => exitCode),
    [1, 1, 1, 0, 0, 1, 1, 2, 2],
  );
  assert.ok(others.length > 0);
  for (const other of others) assert.deepEqual(other, first);
});
