// What is in the files and FIFOs of the stress test: random bytes, each place of them different.

import type { Random } from "../support/tree.ts";

/** Longer than any transfer, so that no two places in a file look alike. */
const PATTERN_BYTES = 1_048_573;

/** Random bytes from which files and writes take their content. */
export class Content {
  readonly #pattern: Buffer;

  constructor(random: Random) {
    this.#pattern = Buffer.alloc(PATTERN_BYTES);
    random.fill(this.#pattern);
  }

  /** The content of a file, from its start. */
  ofFile(byteLength: number): Buffer {
    const bytes = Buffer.alloc(byteLength);
    for (let at = 0; at < byteLength; at += PATTERN_BYTES) this.#pattern.copy(bytes, at);
    return bytes;
  }

  /** The content of a write: not that of the one before, whatever its length. */
  ofWrite(number: number, byteLength: number): Buffer {
    const start = (number * 7919) % (PATTERN_BYTES - byteLength);
    return this.#pattern.subarray(start, start + byteLength);
  }
}
