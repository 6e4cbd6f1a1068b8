// Files for whom reading one is mostly asking for it: of up to 4 KiB, all in one folder.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const SMALL_FILES: number = 10_000;
export const SMALL_FILE_BYTES_MAX: number = 4096;

export function smallFileName(at: number): string {
  return `${at}.txt`;
}

/** Spread evenly, and the same each time. */
export function smallFileBytes(at: number): number {
  return 1 + (Math.imul(at, 0x9e37_79b1) >>> 20);
}

/** Makes the folder. */
export function makeSmallFiles(folder: string): void {
  mkdirSync(folder);
  const bytes = Buffer.alloc(SMALL_FILE_BYTES_MAX, "small ");
  for (let at = 0; at < SMALL_FILES; at += 1) {
    writeFileSync(join(folder, smallFileName(at)), bytes.subarray(0, smallFileBytes(at)));
  }
}
