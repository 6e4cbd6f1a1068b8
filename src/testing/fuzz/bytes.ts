// Bytes that tell where they come from: each call and each peer's write has its own.

/** Fills with bytes that only this seed has. */
export function fill(bytes: Uint8Array, seed: number): Uint8Array {
  let state = Math.imul(seed + 1, 0x9e37_79b1);
  for (let at = 0; at < bytes.byteLength; at++) {
    state = (Math.imul(state, 0x19_660d) + 0x3c6e_f35f) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** For messages: the start, and how many there are. */
export function shownBytes(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 8)).toString("hex");
  return `${bytes.byteLength} bytes (${start}${bytes.byteLength > 8 ? "…" : ""})`;
}
