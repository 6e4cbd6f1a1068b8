// What is read: made in the temporary folder, warmed, and gone at the end, also after Ctrl-C.

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScenarioName } from "./protocol.ts";
import { markAt } from "./readers/reader.ts";
import { makeSmallFiles } from "./small-files.ts";

const CHUNK_BYTES = 1024 * 1024;
const PAGE_BYTES = 4096;

export interface Data {
  readonly pathOf: (scenario: ScenarioName) => string;
  /** Reads the file once, so that its pages are in memory; small ones are for their readers. */
  readonly warm: () => void;
  readonly remove: () => void;
}

function fillFile(path: string, fileBytes: number): void {
  const chunk = Buffer.alloc(CHUNK_BYTES, 0x5a);
  const fd = openSync(path, "w");
  for (let start = 0; start < fileBytes; start += CHUNK_BYTES) {
    for (let offset = 0; offset < CHUNK_BYTES; offset += PAGE_BYTES) {
      chunk[offset] = markAt(start + offset);
    }
    for (let done = 0; done < CHUNK_BYTES; ) done += writeSync(fd, chunk, done);
  }
  closeSync(fd);
}

function readThrough(path: string): void {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const fd = openSync(path, "r");
  while (readSync(fd, chunk) > 0);
  closeSync(fd);
}

/** One file for most scenarios, and a folder for `read-file`; those that are wanted. */
export function makeData(fileBytes: number, scenarios: ReadonlySet<ScenarioName>): Data {
  const folder = mkdtempSync(join(tmpdir(), "overlapped-bench-"));
  const path = join(folder, "data");
  const smallFiles = join(folder, "small");
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  fillFile(path, fileBytes);
  if (scenarios.has("read-file")) makeSmallFiles(smallFiles);
  const pathOf = (scenario: ScenarioName): string => (scenario === "read-file" ? smallFiles : path);
  return { pathOf, warm: () => readThrough(path), remove };
}
