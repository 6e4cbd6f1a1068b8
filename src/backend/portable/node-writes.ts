// Writes to streams whose count is certain, also where the runtime forgets it when it meets EAGAIN:
// there, only as much is written by one call as the kernel takes as a whole or not at all.

import fs from "node:fs";

import { losesCountOfWrites } from "./runtimes.ts";

/** PIPE_BUF of Linux: a FIFO takes no part of so much. */
const WHOLE_BYTES_MAX = 4096;

/** Bytes written, 1 at least. Throws EAGAIN if it would wait. */
export function writeParts(fd: number, views: readonly Uint8Array[]): number {
  if (!losesCountOfWrites) return fs.writevSync(fd, views);
  return writePieces(fd, views, fs.fstatSync(fd).isFIFO() ? WHOLE_BYTES_MAX : 1);
}

function writePieces(fd: number, views: readonly Uint8Array[], pieceBytes: number): number {
  const length = views.reduce((sum, { byteLength }) => sum + byteLength, 0);
  // What is whole for others stays whole.
  const blocks = length <= pieceBytes ? [Buffer.concat(views)] : views;
  let count = 0;
  for (const block of blocks) {
    for (let at = 0; at < block.byteLength; at += pieceBytes) {
      const piece = block.subarray(at, at + pieceBytes);
      try {
        count += fs.writeSync(fd, piece);
      } catch (error) {
        if (count === 0) throw error;
        return count; // The next write meets the same error.
      }
    }
  }
  return count;
}
