// Whether two trees are alike: every byte, name, link and mode, and if asked times and holes.

import assert from "node:assert/strict";
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";

export interface CompareOptions {
  /** What the umask takes from a new file's mode; 0 if absent. */
  readonly mask?: number;
  /** Whether times are to be the same, to the nanosecond. */
  readonly isTimed?: boolean;
  /** Bytes that a file may have more blocks than its source, for every hole. */
  readonly slackBytes?: number;
}

const SLASH = Buffer.from("/");
const BLOCK_BYTES = 1024 * 1024;

/** Throws at the first difference. */
export function assertSameTree(from: string, to: string, options: CompareOptions = {}): number {
  return compare(Buffer.from(from), Buffer.from(to), options);
}

/** Returns how many entries were compared. */
function compare(from: Buffer, to: Buffer, options: CompareOptions): number {
  const [ours, theirs] = [from, to].map((path) => lstatSync(path, { bigint: true }));
  const path = to.toString("latin1");
  assert.equal(ours!.mode & 0o170000n, theirs!.mode & 0o170000n, `type of ${path}`);
  if (options.isTimed === true) {
    assert.equal(theirs!.mtimeNs, ours!.mtimeNs, `mtime of ${path}`);
  }
  if (ours!.isSymbolicLink()) {
    const [a, b] = [from, to].map((link) => readlinkSync(link, { encoding: "buffer" }));
    assert.deepEqual(b, a, path);
    return 1;
  }
  const mask = BigInt(options.mask ?? 0);
  assert.equal(theirs!.mode.toString(8), (ours!.mode & ~mask).toString(8), `mode of ${path}`);
  if (!ours!.isDirectory()) {
    assertSameBytes(from, to);
    if (options.slackBytes !== undefined) compareHoles(from, to, options.slackBytes);
    return 1;
  }
  const [names, others] = [from, to].map((folder) =>
    readdirSync(folder, { encoding: "buffer" }).sort(Buffer.compare),
  );
  assert.deepEqual(others, names, `names in ${path}`);
  return names!.reduce((count, name) => {
    const [a, b] = [from, to].map((folder) => Buffer.concat([folder, SLASH, name]));
    return count + compare(a!, b!, options);
  }, 1);
}

export function assertSameBytes(from: string | Buffer, to: string | Buffer): void {
  const [a, b] = [openSync(from, "r"), openSync(to, "r")];
  try {
    assert.equal(fstatSync(b).size, fstatSync(a).size, `size of ${to}`);
    const [ours, theirs] = [Buffer.alloc(BLOCK_BYTES), Buffer.alloc(BLOCK_BYTES)];
    for (let position = 0; ; position += BLOCK_BYTES) {
      const count = readSync(a, ours, 0, BLOCK_BYTES, position);
      assert.equal(readSync(b, theirs, 0, BLOCK_BYTES, position), count);
      if (count === 0) return;
      assert.ok(ours.equals(theirs), `${to} differs at or after byte ${position}`);
    }
  } finally {
    closeSync(a);
    closeSync(b);
  }
}

function compareHoles(from: Buffer, to: Buffer, slackBytes: number): void {
  const [ours, theirs] = [from, to].map((path) => lstatSync(path).blocks * 512);
  assert.ok(theirs! <= ours! + slackBytes, `${to}: ${theirs} bytes on the disk, not ${ours}`);
}
