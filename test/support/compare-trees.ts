// Whether two trees are the same: byte by byte as `diff` sees it, and mode by mode, time by time
// and hole by hole, at which diff does not look.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { seekFile } from "../../src/api/file-work.ts";
import { type File, IoError, open } from "../../src/index.ts";

/** What a file system may need besides the data, in blocks of 512 bytes. */
const SLACK_BLOCKS = 128n;

export interface CompareOptions {
  /** Modes in full, owners and times, too; else permissions less this process's umask. */
  readonly isPreserved?: boolean;
  /** Whether the holes are compared. */
  readonly withHoles?: boolean;
  /** By how much times may differ, in nanoseconds; not at all if absent. */
  readonly timeNsMax?: bigint;
}

/** Throws an AssertionError that says what differs. */
export async function compareTrees(
  source: string,
  target: string,
  options: CompareOptions = {},
): Promise<void> {
  const diff = spawnSync("diff", ["-r", "--no-dereference", source, target]);
  assert.equal(diff.stdout.toString("latin1"), "");
  assert.equal(diff.stderr.toString("latin1"), "");
  assert.equal(diff.status, 0);
  await compareEntry(Buffer.from(source), Buffer.from(target), options);
}

async function compareEntry(
  source: Buffer,
  target: Buffer,
  options: CompareOptions,
): Promise<void> {
  const [from, to] = [source, target].map((path) => lstatSync(path, { bigint: true }));
  const path = target.toString("latin1");
  compareStatus(from!, to!, path, options);
  if (from!.isSymbolicLink()) {
    const encoding = { encoding: "buffer" } as const;
    assert.deepEqual(readlinkSync(target, encoding), readlinkSync(source, encoding));
  } else if (from!.isDirectory()) {
    const names = namesIn(source);
    assert.deepEqual(namesIn(target), names);
    for (const name of names)
      await compareEntry(inside(source, name), inside(target, name), options);
  } else if (options.withHoles === true) {
    assert.deepEqual(await extentsOf(target), await extentsOf(source), path);
    // What the kernel counts must agree, for the extents are seen through this library.
    assert.ok(to!.blocks <= from!.blocks + SLACK_BLOCKS, `${path}: ${to!.blocks} blocks`);
  }
}

function compareStatus(
  from: BigIntStats,
  to: BigIntStats,
  path: string,
  { isPreserved = false, timeNsMax = 0n }: CompareOptions,
): void {
  if (isPreserved) {
    const facts = ({ mode, uid, gid }: BigIntStats): object => ({ mode, uid, gid });
    assert.deepEqual(facts(to), facts(from), path);
    const late = to.mtimeNs - from.mtimeNs;
    assert.ok(-timeNsMax <= late && late <= timeNsMax, `${path}: its time is ${late} ns off`);
  } else if (!from.isSymbolicLink()) {
    const wanted = Number(from.mode) & 0o777 & ~process.umask();
    assert.equal((Number(to.mode) & 0o777).toString(8), wanted.toString(8), path);
  }
}

function namesIn(path: Buffer): Buffer[] {
  return readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare);
}

function inside(path: Buffer, name: Buffer): Buffer {
  return Buffer.concat([path, Buffer.from("/"), name]);
}

/** Where a file has data: pairs of the first byte and the one after the last. */
export async function extentsOf(path: string | Buffer): Promise<[start: number, end: number][]> {
  await using file = await open(path);
  const extents: [number, number][] = [];
  for (let start = await dataFrom(file, 0); start !== null; ) {
    const end = await seekFile(file, "hole", start);
    extents.push([start, end]);
    start = await dataFrom(file, end);
  }
  return extents;
}

async function dataFrom(file: File, position: number): Promise<number | null> {
  try {
    return await seekFile(file, "data", position);
  } catch (error) {
    if (error instanceof IoError && error.code === "ENXIO") return null;
    throw error;
  }
}
