// How calls have their arguments: paths, parts and addresses.

import { bug } from "../../base/assert.ts";
import { PATH_BYTES_MAX } from "../../base/limits.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { Memory, Part, RawPath, TransferRequest, VectorRequest } from "../contract.ts";

export const IOVEC_BYTES = 16;
const TWO_32 = 0x1_0000_0000;
const encoder = new TextEncoder();

/** With the NUL, at most: UTF-8 takes up to three bytes for a UTF-16 unit. */
export function pathBytes(path: RawPath): number {
  const bytes = typeof path === "string" ? path.length * 3 : path.byteLength;
  return Math.min(bytes, PATH_BYTES_MAX) + 1;
}

export function partsOf(request: TransferRequest | VectorRequest): readonly Part[] {
  return "parts" in request ? request.parts : [request];
}

/** As struct iovec; returns their address. */
export function putParts(parts: readonly Part[], scratch: ScratchMemory | null): number {
  const { view, memory } = scratch ?? bug("calls: the request needs scratch memory");
  parts.forEach((part, index) => {
    const low = part.memory.addressLow + part.offset;
    view.setUint32(index * IOVEC_BYTES, low >>> 0, true);
    const high = part.memory.addressHigh + (low >= TWO_32 ? 1 : 0);
    view.setUint32(index * IOVEC_BYTES + 4, high, true);
    view.setUint32(index * IOVEC_BYTES + 8, part.length, true);
    view.setUint32(index * IOVEC_BYTES + 12, 0, true);
  });
  return memory.addressHigh * TWO_32 + memory.addressLow;
}

export function addressOf({ addressHigh, addressLow }: Memory, offset: number): number {
  return addressHigh * TWO_32 + addressLow + offset;
}

/** Writes the path and its NUL; returns its address. */
export function putPath(path: RawPath, scratch: ScratchMemory | null, at = 0): number {
  const { bytes, memory } = scratch ?? bug("calls: the request needs scratch memory");
  let end = at;
  if (typeof path === "string") end += encoder.encodeInto(path, bytes.subarray(at)).written;
  else {
    bytes.set(path, at);
    end += path.byteLength;
  }
  bytes[end] = 0;
  return addressOf(memory, at);
}
