// The memory of a copy: a bounded pool of blocks, for which lanes wait in line.

import { BufferPool, type IoBuffer } from "../../operation/buffer.ts";
import { BLOCK_BYTES, BLOCKS_MAX } from "./limits.ts";

export class Blocks {
  readonly #pool: BufferPool = new BufferPool({ byteLength: BLOCK_BYTES, count: BLOCKS_MAX });
  readonly #waiting: ((block: IoBuffer) => void)[] = [];

  /** A block, as soon as there is one. Who has a block never waits for a second one. */
  acquire(): Promise<IoBuffer> {
    if (this.#pool.free > 0) return Promise.resolve(this.#pool.acquire());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(block: IoBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#pool.release(block);
    else next(block);
  }
}
