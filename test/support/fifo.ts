// FIFOs: files on which a read waits for as long as nobody writes.

import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Makes FIFOs `name-0`, `name-1` … in `directory`; their paths. */
export function makeFifos(directory: string, name: string, count: number): string[] {
  const paths = Array.from({ length: count }, (_, index) => join(directory, `${name}-${index}`));
  const { status, stderr, error } = spawnSync("mkfifo", ["--", ...paths], { encoding: "utf8" });
  if (status !== 0) throw new Error(`Cannot mkfifo: ${error?.message ?? stderr}`);
  return paths;
}

export function makeFifo(directory: string, name: string): string {
  return makeFifos(directory, name, 1)[0]!;
}

/** The other end: writes at once, and never waits. Somebody must have the FIFO open for reading. */
export function writeToFifo(path: string, data: string | Uint8Array): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    const count = writeSync(descriptor, bytes);
    if (count !== bytes.byteLength) throw new Error(`The FIFO took ${count} bytes only`);
  } finally {
    closeSync(descriptor);
  }
}
