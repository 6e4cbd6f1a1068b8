/** This library: each call has a signal and a timeout of its own, so nothing is raced. */

import { once } from "node:events";
import { type File, IoBuffer, open, openPipe, readFile } from "../../../index.ts";
import type { ByteStream, Handle, Library, Memory, ReadOptions } from "../library.ts";

export const overlappedLibrary: Library = {
  name: "overlapped",
  calls: {
    memory: "`new IoBuffer()`",
    read: "`File.read()`",
    timeout: "`{ timeoutMs }`",
    raw: "`open()`, `File.read()`, `File.close()`",
    readFile: "`readFile(path, { signal })`",
    stream: "`openPipe()`, `toReadable()`, `destroy()`",
    writer: "`open()`, `createWriter()`",
  },
  whyNoSignal: null,
  memory: (byteLength) => new IoBuffer(byteLength),
  open: openFile,
  openRaw: openFile,
  readFile: (path, signal) => readFile(path, { signal }),
  openStream,
  openWriter: async (path) => (await open(path, "w")).createWriter().getWriter(),
};

class Opened implements Handle {
  readonly #file: File;

  constructor(file: File) {
    this.#file = file;
  }

  async read(memory: Memory, options: ReadOptions = {}): Promise<number> {
    return this.#file.read(memory as IoBuffer, options);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function openFile(path: string): Promise<Handle> {
  return new Opened(await open(path));
}

async function openStream(path: string, onBytes: (bytes: Uint8Array) => void): Promise<ByteStream> {
  const stream = (await openPipe(path)).toReadable();
  stream.on("data", onBytes);
  return {
    destroy: async () => {
      const closed = once(stream, "close");
      stream.destroy();
      await closed;
    },
  };
}
