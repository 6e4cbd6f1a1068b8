// A directory for the files of one test file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** Makes a directory that goes when the tests of this file have ended; its absolute path. */
export function makeTemporary(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `overlapped-${name}-`));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
