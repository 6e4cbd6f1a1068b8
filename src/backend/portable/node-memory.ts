// What a request reads into or writes from, as node:fs takes it.

import type { MappedMemory, Part } from "../contract.ts";
import { partsOf } from "../threads/words.ts";
import type { AnyTransfer } from "./attempt.ts";

export function viewOf({ memory, offset, length }: Part): Uint8Array {
  return (memory as MappedMemory).kernelView().subarray(offset, offset + length);
}

export function viewsOf(request: AnyTransfer): Uint8Array[] {
  return partsOf(request).map(viewOf);
}
