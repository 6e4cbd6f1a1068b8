/** Bun, whose users read into their own memory through `node:fs`, and the rest by its files. */

import type { ByteWriter, Library } from "../library.ts";
import { nodeLibrary } from "./node.ts";
import { streamOf } from "./web-stream.ts";

interface Sink {
  write(bytes: Uint8Array): number | Promise<number>;
  end(): unknown;
}

declare const Bun: {
  file(path: string): { stream(): ReadableStream<Uint8Array>; writer(): Sink };
};

export const bunLibrary: Library = {
  ...nodeLibrary,
  name: "bun",
  calls: {
    ...nodeLibrary.calls,
    stream: "`Bun.file().stream()`, `cancel()` of its reader",
    writer: "`Bun.file().writer()`",
  },
  openStream: async (path, onBytes) => streamOf(Bun.file(path).stream(), onBytes),
  openWriter: async (path) => writerOf(Bun.file(path).writer()),
};

function writerOf(sink: Sink): ByteWriter {
  return {
    write: async (bytes) => void (await sink.write(bytes)),
    close: async () => void (await sink.end()),
  };
}
