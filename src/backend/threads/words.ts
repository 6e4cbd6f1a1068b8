// How calls have their arguments: paths, parts and addresses.

import { bug } from "../../base/assert.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { Memory, Part, RawPath, TransferRequest, VectorRequest } from "../contract.ts";
import { writeParts, writePath } from "../scratch-data.ts";

const TWO_32 = 0x1_0000_0000;

export function partsOf(request: TransferRequest | VectorRequest): readonly Part[] {
  return "parts" in request ? request.parts : [request];
}

/** As struct iovec; returns their address. */
export function putParts(parts: readonly Part[], scratch: ScratchMemory | null): number {
  const block = scratch ?? bug("calls: the request needs scratch memory");
  writeParts(parts, block);
  return addressOf(block.memory, 0);
}

export function addressOf({ addressHigh, addressLow }: Memory, offset: number): number {
  return addressHigh * TWO_32 + addressLow + offset;
}

/** Writes the path and its NUL; returns its address. */
export function putPath(path: RawPath, scratch: ScratchMemory | null, at = 0): number {
  const block = scratch ?? bug("calls: the request needs scratch memory");
  writePath(path, block, at);
  return addressOf(block.memory, at);
}
