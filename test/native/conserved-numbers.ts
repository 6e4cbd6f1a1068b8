// Numbered bytes: byte after byte the numbers 0, 1, 2 … in four bytes each. Whatever is lost,
// doubled or out of order, some number is not where it has to be.

/** Fills `target` with what is in the stream from `offset` on; both in bytes. */
export function fillWithNumbers(target: Uint8Array, offset: number): void {
  for (let at = 0; at < target.byteLength; at++) target[at] = byteAt(offset + at);
}

/** Where `bytes`, which came at `offset`, differ from the numbers; -1 if nowhere. */
export function firstWrong(bytes: Uint8Array, offset: number): number {
  for (let at = 0; at < bytes.byteLength; at++) {
    if (bytes[at] !== byteAt(offset + at)) return offset + at;
  }
  return -1;
}

function byteAt(position: number): number {
  return ((position / 4) >>> (8 * (3 - (position & 3)))) & 0xff;
}
