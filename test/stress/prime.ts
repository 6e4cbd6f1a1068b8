// The library keeps a bounded number of small blocks for its own use: copies of what is written,
// and places for paths. Once as many are kept as may be, none of them can look like a leak.

import { type File, IoBuffer, open, stat } from "../../src/index.ts";

/** More than are kept: of the blocks for paths and vectors, and of the copies of each size. */
const BLOCKS = 300;
const COPIES = 80;
const COPY_BYTES: readonly number[] = [4096, 8192, 16_384, 32_768, 65_536];

/** Needs a FIFO that nobody writes to, and a file that may be written. */
export async function prime(fifoPath: string, filePath: string): Promise<void> {
  await holdVectors(fifoPath);
  const file = await open(filePath, "w");
  for (const byteLength of COPY_BYTES) {
    const bytes = new Uint8Array(byteLength);
    // All are copied before the first one is written.
    await Promise.all(Array.from({ length: COPIES }, () => file.writeAll(bytes, { position: 0 })));
  }
  await file.close();
  // Calls of threads have blocks for their paths.
  await Promise.all(Array.from({ length: BLOCKS }, () => stat(filePath)));
}

/** A read of a vector has such a block for as long as it waits. */
async function holdVectors(fifoPath: string): Promise<void> {
  const files: File[] = [];
  for (let count = 0; count < BLOCKS; count += 1) files.push(await open(fifoPath, "r+"));
  const reads = files.map((file) => file.readv([new IoBuffer(1)]));
  await new Promise<void>((resolve) => setImmediate(resolve));
  for (const read of reads) await read.cancel().outcome();
  for (const file of files) await file.close();
}
