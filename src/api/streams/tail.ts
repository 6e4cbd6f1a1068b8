// The last chunks that a stream was given: those of which somebody may not have read all.

export class Tail {
  readonly #chunks: Uint8Array[] = [];
  #byteLength = 0;

  /** Bytes that are kept: less than one chunk more than are unread. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** `unreadBytes`: how many nobody has read, with this chunk's. */
  add(chunk: Uint8Array, unreadBytes: number): void {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.byteLength;
    for (let [first] = this.#chunks; first !== undefined; [first] = this.#chunks) {
      if (this.#byteLength - first.byteLength < unreadBytes) return;
      this.#byteLength -= first.byteLength;
      this.#chunks.shift();
    }
  }

  /** The last bytes, in order. */
  last(byteCount: number): Uint8Array {
    const kept = Buffer.concat(this.#chunks);
    return kept.subarray(Math.max(0, kept.byteLength - byteCount));
  }
}
