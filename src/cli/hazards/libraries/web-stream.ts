/** Reads a stream of the web until it is canceled. */

import type { ByteStream } from "../library.ts";

export function streamOf(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: Uint8Array) => void,
): ByteStream {
  const reader = stream.getReader();
  const readAll = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      onBytes(value);
    }
  };
  readAll().catch(() => {});
  return { destroy: () => reader.cancel() };
}
