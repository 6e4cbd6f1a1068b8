// A file that can be read past the page cache, so that reads of it stay in flight for a while. That
// takes memory that is aligned, which JavaScript's own is not: without the shim the file is read
// through the cache.

import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadAddon } from "../../src/kernel/addon.ts";

/** No byte of the file is zero, so that fresh memory can be told from what the disk has written. */
export const PATTERN_BYTE = 0xd5;
const CHUNK_BYTES = 1024 * 1024;

export interface DirectFile {
  readonly path: string;
  readonly directory: string;
  readonly flags: number;
  remove(): void;
}

/** Beside the addon when the system's place for temporary files is in memory, say. */
const PLACES: readonly string[] = [
  tmpdir(),
  fileURLToPath(new URL("../../../build/", import.meta.url)),
];

export function makeDirectFile(byteLength: number): DirectFile {
  const isAligned = loadAddon().addon !== null;
  const flags = constants.O_RDONLY | (isAligned ? constants.O_DIRECT : 0);
  let reason: unknown;
  for (const place of PLACES) {
    const directory = mkdtempSync(join(place, "overlapped-direct-"));
    const path = join(directory, "pattern");
    const remove = (): void => rmSync(directory, { recursive: true, force: true });
    try {
      writePattern(path, byteLength);
      closeSync(openSync(path, flags));
      return { path, directory, flags, remove };
    } catch (error) {
      reason = error;
      remove();
    }
  }
  throw new Error("Cannot find a file system with O_DIRECT", { cause: reason });
}

function writePattern(path: string, byteLength: number): void {
  const chunk = Buffer.alloc(CHUNK_BYTES, PATTERN_BYTE);
  const descriptor = openSync(path, "wx");
  for (let written = 0; written < byteLength; written += CHUNK_BYTES) writeSync(descriptor, chunk);
  closeSync(descriptor);
}
