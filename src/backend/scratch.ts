// Blocks for what a request points to besides its buffers: paths, vectors, the answer of statx, the
// content of a small file. They are the kernel's until the completion, as buffers are.
import { bug } from "../base/assert.ts";
import {
  SCRATCH_BIG_BYTES,
  SCRATCH_FILE_BYTES,
  SCRATCH_KEPT_MAX,
  SCRATCH_SMALL_BYTES,
  SMALL_FILE_BYTES,
  SMALL_FILES_KEPT_MAX,
} from "../base/limits.ts";
import { ScratchMemory } from "../kernel/memory.ts";

/** Blocks of one size. */
interface Shelf {
  readonly byteLength: number;
  readonly keptMax: number;
  readonly kept: ScratchMemory[];
}

export class ScratchPool {
  /** From the smallest. */
  readonly #shelves: readonly Shelf[] = [
    { byteLength: SCRATCH_SMALL_BYTES, keptMax: SCRATCH_KEPT_MAX, kept: [] },
    { byteLength: SCRATCH_BIG_BYTES, keptMax: SCRATCH_KEPT_MAX, kept: [] },
    { byteLength: SMALL_FILE_BYTES, keptMax: SMALL_FILES_KEPT_MAX, kept: [] },
    { byteLength: SCRATCH_FILE_BYTES, keptMax: SMALL_FILES_KEPT_MAX, kept: [] },
  ];

  /** A block of at least `byteLength` bytes, marked as the kernel's. */
  take(byteLength: number): ScratchMemory {
    const shelf = this.#shelfFor(byteLength);
    const scratch = shelf.kept.pop() ?? new ScratchMemory(shelf.byteLength);
    scratch.claim();
    return scratch;
  }

  /** The same; none for 0 bytes. */
  takeIfAny(byteLength: number): ScratchMemory | null {
    return byteLength === 0 ? null : this.take(byteLength);
  }

  give(scratch: ScratchMemory): void {
    scratch.release();
    const { kept, keptMax } = this.#shelfFor(scratch.bytes.byteLength);
    if (kept.length < keptMax) kept.push(scratch);
  }

  #shelfFor(byteLength: number): Shelf {
    for (const shelf of this.#shelves) if (byteLength <= shelf.byteLength) return shelf;
    return bug("scratch: more than the biggest block");
  }
}
