// What works of the calls that a filter may be too old for.

import assert from "node:assert/strict";
import { lstatSync, mkdtempSync, rmSync, type Stats, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { IoBuffer, open, pipe, stat, status } from "../../src/index.ts";

const FACTS = ["mode", "size", "nlink", "uid", "gid", "blksize", "blocks", "mtimeMs"] as const;

const directory = mkdtempSync(join(tmpdir(), "overlapped-old-filter-"));
try {
  const path = join(directory, "file");
  writeFileSync(path, "text");
  symlinkSync("file", join(directory, "link"));
  for (const each of [path, "/dev/null"]) await compare(each, lstatSync(each));
  const linked = await stat(join(directory, "link"), { followSymlinks: false });
  assert.equal(linked.type, "symlink");
  const file = await open(path, "r+");
  assert.equal((await file.stat()).size, 4);
  const buffer = new IoBuffer(16);
  const text = (count: number): string => Buffer.from(buffer.bytes.subarray(0, count)).toString();
  const content = text(await file.read(buffer, { position: 0 }));
  // Its open files wait, for all that is known of who has them.
  const { reader, writer } = pipe();
  const reading = reader.read(buffer);
  await writer.write("through");
  const through = text(await reading);
  await Promise.all([reader.close(), writer.close(), file.close()]);
  console.log(JSON.stringify({ backend: status().backend, pipe: through, file: content }));
} finally {
  rmSync(directory, { recursive: true });
}

async function compare(path: string, expected: Stats): Promise<void> {
  const found = await stat(path);
  for (const fact of FACTS) assert.equal(found[fact], expected[fact], `${fact} of ${path}`);
  assert.equal(Number(found.dev), expected.dev);
  assert.equal(Number(found.rdev), expected.rdev);
}
