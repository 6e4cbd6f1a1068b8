// What is put into scratch memory: paths and vectors, alike for entries of a ring and for calls.

import { PATH_BYTES_MAX } from "../base/limits.ts";
import type { ScratchMemory } from "../kernel/memory.ts";
import { STATX_BYTES } from "../kernel/uring-abi.ts";
import type { Part, RawPath, RingRequest } from "./contract.ts";

/** Of a struct iovec. */
export const IOVEC_BYTES = 16;
const TWO_32 = 2 ** 32;
const encoder = new TextEncoder();

/** Bytes of scratch that the request needs; 0 for most. */
export function scratchBytes(request: RingRequest): number {
  switch (request.kind) {
    case "open":
    case "unlink":
    case "mkdir":
      return pathBytes(request.path);
    case "rename":
    case "link":
      return pathBytes(request.from) + pathBytes(request.to);
    case "symlink":
      return pathBytes(request.target) + pathBytes(request.path);
    case "stat":
      return STATX_BYTES + (typeof request.target === "number" ? 1 : pathBytes(request.target));
    case "readv":
    case "writev":
      return request.parts.length * IOVEC_BYTES;
    case "nop":
    case "close":
    case "read":
    case "write":
    case "fsync":
    case "fdatasync":
    case "truncate":
    case "allocate":
    case "poll":
      return 0;
  }
}

/** Bytes with the NUL, at most: UTF-8 takes up to three bytes for a UTF-16 unit. */
export function pathBytes(path: RawPath): number {
  const bytes = typeof path === "string" ? path.length * 3 : path.byteLength;
  return Math.min(bytes, PATH_BYTES_MAX) + 1;
}

/** Writes the path and its NUL; returns the offset behind it. */
export function writePath(path: RawPath, scratch: ScratchMemory, offset: number): number {
  const { bytes } = scratch;
  let end = offset;
  if (typeof path === "string") {
    for (let i = 0; i < path.length; i++) {
      const unit = path.charCodeAt(i);
      if (unit > 0x7f) {
        // Not ASCII after all: the encoder does the rest, at a higher price.
        end += encoder.encodeInto(path.slice(i), bytes.subarray(end)).written;
        break;
      }
      bytes[end++] = unit;
    }
  } else {
    bytes.set(path, end);
    end += path.byteLength;
  }
  bytes[end] = 0;
  return end + 1;
}

/** As struct iovec, from the begin of the block. */
export function writeParts(parts: readonly Part[], { view }: ScratchMemory): void {
  parts.forEach((part, index) => {
    const at = index * IOVEC_BYTES;
    const low = part.memory.addressLow + part.offset;
    view.setUint32(at, low >>> 0, true);
    view.setUint32(at + 4, part.memory.addressHigh + (low >= TWO_32 ? 1 : 0), true);
    view.setUint32(at + 8, part.length, true);
    view.setUint32(at + 12, 0, true);
  });
}
