// What a program does besides: calls that the kernel answers at once, and calls for which it takes
// a thread of its own or of the shim. Each has to be answered, whatever else waits.

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  IoBuffer,
  open,
  readdir,
  readFile,
  remove,
  rename,
  stat,
  status,
  unlink,
  writeFile,
} from "../../src/index.ts";

/** A link that leads out of /proc is only followed where the kernel may sleep: never inline. */
function neverInline(path: string): string {
  return `/proc/${process.pid}/root${path}`;
}

/** @param folder Empty, and empty again afterwards. On a disk, so that a write may have to wait. */
export async function useEverything(folder: string): Promise<void> {
  const path = join(folder, "file");
  const text = "text, ".repeat(10_000);
  const file = await open(path, "w+");
  await file.writeAll(text, { position: 0 });
  await Promise.all([file.sync(), file.datasync(), file.stat(), stat(folder)]);
  await file.truncate(text.length - 6);
  if (status().capabilities?.allocate === "absent") await file.truncate(text.length * 2);
  else await file.allocate(0, text.length * 2);
  const buffer = new IoBuffer(text.length * 2);
  assert.equal(await file.readFully(buffer, { position: 0 }), text.length * 2);
  await file.close();
  const [plain, roundabout] = await Promise.all([stat(path), stat(neverInline(path))]);
  assert.equal(plain.ino, roundabout.ino);
  const other = await open(neverInline(path), "r+");
  await other.close();
  await rename(path, `${path}-2`);
  await writeFile(path, text);
  assert.equal(await readFile(path, { encoding: "utf8" }), text);
  assert.equal((await readdir(folder)).length, 2);
  await unlink(path);
  await remove(`${path}-2`);
}
