// Memory for reads and writes, whichever kind there is here.

import { loadAddon } from "./addon.ts";
import { HeapMemory } from "./heap-memory.ts";
import { NativeMemory } from "./memory.ts";

/** Memory that is either the application's or a backend's, never both. */
export interface LendableMemory {
  readonly byteLength: number;
  /** Low and high word of the address; 0 if it has none that stays. */
  readonly addressLow: number;
  readonly addressHigh: number;
  readonly isLent: boolean;
  /** Whether somebody moved the memory away with `transfer()`; it can not be lent any more. */
  readonly isTransferred: boolean;
  /** The memory as an ArrayBuffer that is the application's to use. */
  attach(): ArrayBuffer;
  /** Takes the memory from the application. After this the kernel may have it. */
  lend(): void;
  /** The kernel's last word on this memory has come: it is the application's again. */
  giveBack(): void;
  /** Its bytes, for a backend in JavaScript; good until it is lent or given back. */
  kernelView(): Uint8Array;
}

/**
 * Zeroed. Aligned if it is native.
 *
 * @throws {IoError} `ERR_NO_MEMORY`.
 */
export function allocate(byteLength: number, alignmentBytes: number): LendableMemory {
  const { addon } = loadAddon();
  if (addon === null) return new HeapMemory(byteLength);
  return new NativeMemory(byteLength, alignmentBytes);
}
