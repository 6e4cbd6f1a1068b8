// Native memory for text and foreign bytes on their way to the kernel. The kernel never sees memory
// that the language can take away: what a caller passes by value is copied into ours.
import { COPY_BUFFER_BYTES_KEPT_MAX, COPY_BUFFERS_KEPT_MAX } from "../base/limits.ts";
import { IoBuffer } from "./buffer.ts";

/** Kept buffers by the logarithm of their size. */
const kept: Map<number, IoBuffer[]> = new Map();

/** A buffer that begins with the bytes, and may be longer. */
export function copyToNative(bytes: Uint8Array): IoBuffer {
  const buffer = takeBuffer(bytes.byteLength);
  buffer.bytes.set(bytes);
  return buffer;
}

/** The kernel is done with it. */
export function returnCopy(buffer: IoBuffer): void {
  if (buffer.byteLength > COPY_BUFFER_BYTES_KEPT_MAX) return;
  const size = Math.log2(buffer.byteLength);
  const list = kept.get(size);
  if (list === undefined) kept.set(size, [buffer]);
  else if (list.length < COPY_BUFFERS_KEPT_MAX) list.push(buffer);
}

/** A buffer of our own, of at least so many bytes; to be given to `returnCopy` in the end. */
export function takeBuffer(byteLength: number): IoBuffer {
  if (byteLength > COPY_BUFFER_BYTES_KEPT_MAX) return new IoBuffer(byteLength);
  const size = Math.max(12, Math.ceil(Math.log2(Math.max(byteLength, 1))));
  return kept.get(size)?.pop() ?? new IoBuffer(2 ** size);
}
