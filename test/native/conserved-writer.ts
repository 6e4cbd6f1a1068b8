// Somebody else, who knows nothing of the library: writes numbered bytes into a FIFO or terminal,
// as many at a time as he is told through his standard input, two bytes for each count.

import { openSync, readSync, writeSync } from "node:fs";
import { fillWithNumbers } from "./conserved-numbers.ts";

const WRITE_BYTES_MAX = 65_535;

/** A path, or the number of a descriptor that he was given. */
const target = process.argv[2] ?? "";
const descriptor = /^\d+$/.test(target) ? Number(target) : openSync(target, "w");
const counts = Buffer.alloc(4096);
const bytes = Buffer.alloc(WRITE_BYTES_MAX);
let written = 0;
let kept = 0;

function write(count: number): void {
  const part = bytes.subarray(0, count);
  fillWithNumbers(part, written);
  for (let done = 0; done < count; ) done += writeNow(part.subarray(done));
  written += count;
}

/** The controller of a terminal is not to wait: then there is no room for a moment. */
function writeNow(part: Uint8Array): number {
  try {
    return writeSync(descriptor, part);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}

for (;;) {
  const count = kept + readSync(0, counts, kept, counts.byteLength - kept, null);
  if (count === kept) break;
  for (let at = 0; at + 1 < count; at += 2) write(counts.readUInt16BE(at));
  kept = count & 1;
  if (kept === 1) counts[0] = counts[count - 1]!;
}
