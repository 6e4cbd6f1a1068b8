/**
 * Goal: blocks are shared if that is allowed, never if it is not, and a wish about holes comes
 * first.
 * Method: on file systems that can share blocks, mounted for the test, which needs root; whether a
 * copy has blocks of its own is seen by what is free afterwards.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { CopyProcess, runCopyCommand, summaryOf } from "../support/copy-command.ts";
import { grown, makeSource, partsIn } from "../support/copy-source.ts";
import { mountImage, unmount } from "../support/mounts.ts";
import { makeTemporary } from "../support/temp.ts";

const MIB = 1024 * 1024;
const SIZE = 24 * MIB;
const mounted: string[] = [];
// Before the directory goes, in which they are.
after(() => mounted.forEach(unmount));
const temporary: string = makeTemporary("cp-reflink");

/** The free bytes once everything is on its device. */
function freeBytes(path: string): number {
  assert.equal(spawnSync("sync", ["-f", path]).status, 0);
  const { bfree, bsize } = statfsSync(path);
  return bfree * bsize;
}

/** What a copy by these options has taken of the free bytes. */
async function bytesTaken(folder: string, ...args: string[]): Promise<number> {
  const before = freeBytes(folder);
  const end = await runCopyCommand(["--json", ...args], folder);
  assert.equal(end.exitCode, 0, end.err);
  return before - freeBytes(folder);
}

/** Data, a hole, and zeros that were written. */
function makeHoles(path: string): void {
  const file = openSync(path, "wx");
  writeSync(file, Buffer.alloc(MIB, "data"), 0, MIB, 0);
  writeSync(file, Buffer.alloc(2 * MIB), 0, 2 * MIB, 4 * MIB);
  ftruncateSync(file, 8 * MIB);
  fsyncSync(file);
  closeSync(file);
}

for (const kind of ["xfs", "btrfs"]) {
  describe(`where blocks can be shared: ${kind}`, () => {
    const folder = join(temporary, kind);
    const reason = noRing === false ? mountImage(kind, folder, 512 * MIB) : null;
    if (reason === null && noRing === false) mounted.push(folder);
    const skip = noRing === false ? (reason ?? false) : noRing;

    test("--reflink: auto and always share, never does not", { skip }, async () => {
      makeSource(join(folder, "a"), SIZE);
      for (const when of ["auto", "always"]) {
        const taken = await bytesTaken(folder, `--reflink=${when}`, "a", when);
        assert.ok(taken < SIZE / 2, `${when} took ${taken} bytes`);
      }
      const taken = await bytesTaken(folder, "--reflink=never", "a", "never");
      assert.ok(taken > SIZE * 0.9, `never took ${taken} bytes`);
      for (const when of ["auto", "always", "never"]) {
        assert.ok(readFileSync(join(folder, when)).equals(readFileSync(join(folder, "a"))), when);
      }
      // The same within a tree, where small files are copied by other means.
      mkdirSync(join(folder, "tree"));
      makeSource(join(folder, "tree", "small"), 60_000);
      makeSource(join(folder, "tree", "big"), SIZE);
      const args = ["-r", "--no-fsync", "--reflink=never", "tree", "other"];
      assert.ok((await bytesTaken(folder, ...args)) > SIZE * 0.9);
    });

    test("--sparse=never and always get the holes that they ask for", { skip }, async () => {
      makeHoles(join(folder, "holes"));
      const bytesOf = (name: string): number => statSync(join(folder, name)).blocks * 512;
      for (const when of ["auto", "never", "always"]) {
        const end = await runCopyCommand([`--sparse=${when}`, "holes", `holes-${when}`], folder);
        assert.equal(end.exitCode, 0, end.err);
        const content = readFileSync(join(folder, `holes-${when}`));
        assert.ok(content.equals(readFileSync(join(folder, "holes"))), when);
      }
      assert.equal(bytesOf("holes-auto"), bytesOf("holes"));
      assert.equal(bytesOf("holes-never"), 8 * MIB);
      // XFS makes room in advance, as much again as there is data.
      assert.ok(bytesOf("holes-always") <= 2 * MIB);
    });

    test("--resume with --reflink=always shares, whatever was kept", { skip }, async () => {
      const slowly = ["--keep-partial", "--reflink=never", "--limit-rate=16M", "a", "resumed"];
      const copy = new CopyProcess(slowly, folder);
      await grown(copy, folder, 2 * MIB);
      copy.kill("SIGINT");
      assert.equal((await copy.ended()).exitCode, 130);
      assert.equal(partsIn(folder).length, 1);
      const args = ["--json", "--resume", "--reflink=always", "a", "resumed"];
      const end = await runCopyCommand(args, folder);
      assert.deepEqual(summaryOf(end).bytesCopied, { reflink: SIZE, range: 0, blocks: 0 });
    });
  });
}
