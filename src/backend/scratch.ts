// Small blocks for what a request points to besides its buffers: paths, vectors, the answer of
// statx. They are the kernel's until the completion, as buffers are.
import { assert } from "../base/assert.ts";
import { SCRATCH_BIG_BYTES, SCRATCH_KEPT_MAX, SCRATCH_SMALL_BYTES } from "../base/limits.ts";
import { ScratchMemory } from "../kernel/memory.ts";

export class ScratchPool {
  readonly #small: ScratchMemory[] = [];
  readonly #big: ScratchMemory[] = [];

  /** A block of at least `byteLength` bytes, marked as the kernel's. */
  take(byteLength: number): ScratchMemory {
    assert(byteLength <= SCRATCH_BIG_BYTES, "scratch: more than the biggest block");
    const isSmall = byteLength <= SCRATCH_SMALL_BYTES;
    const kept = isSmall ? this.#small : this.#big;
    const size = isSmall ? SCRATCH_SMALL_BYTES : SCRATCH_BIG_BYTES;
    const scratch = kept.pop() ?? new ScratchMemory(size);
    scratch.claim();
    return scratch;
  }

  give(scratch: ScratchMemory): void {
    scratch.release();
    const kept = scratch.bytes.byteLength === SCRATCH_SMALL_BYTES ? this.#small : this.#big;
    if (kept.length < SCRATCH_KEPT_MAX) kept.push(scratch);
  }
}
