// A FIFO in memory: bytes on their way from those who have it open for writing to those who read.

/** Bytes that a FIFO takes before its writers wait, as on Linux. */
export const FIFO_BYTES_MAX: number = 65_536;

/** A write of so many bytes or fewer goes in whole or waits, as on Linux. */
const ATOMIC_BYTES_MAX = 4096;

export class Fifo {
  /** How many have it open. */
  readers = 0;
  writers = 0;
  /** How often it was opened for writing: who reads before that waits, who reads after it ends. */
  writersEver = 0;
  #chunks: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How many of `wanted` bytes a write would put in now. */
  roomFor(wanted: number): number {
    const room = FIFO_BYTES_MAX - this.#length;
    if (wanted <= ATOMIC_BYTES_MAX) return wanted <= room ? wanted : 0;
    return Math.min(wanted, room);
  }

  put(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#chunks.push(bytes.slice());
    this.#length += bytes.byteLength;
  }

  /** Takes at most so many bytes out, the oldest first. */
  take(atMost: number): Uint8Array {
    const taken = new Uint8Array(Math.min(atMost, this.#length));
    let count = 0;
    while (count < taken.byteLength) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) break;
      const part = chunk.subarray(0, taken.byteLength - count);
      taken.set(part, count);
      count += part.byteLength;
      if (part.byteLength === chunk.byteLength) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.byteLength);
    }
    this.#length -= count;
    return taken;
  }
}
