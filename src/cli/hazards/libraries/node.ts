/**
 * `node:fs`, as a careful user writes it: handles and promises, a race where there is no signal,
 * the signal where there is one, and memory that no pool shares.
 */

import { once } from "node:events";
import { closeSync, createReadStream, createWriteStream, openSync, promises, read } from "node:fs";
import { Writable } from "node:stream";
import {
  type ByteStream,
  type ByteWriter,
  type Handle,
  type Library,
  type Memory,
  type ReadOptions,
  raced,
} from "../library.ts";

export const nodeLibrary: Library = {
  name: "node:fs",
  calls: {
    memory: "`Buffer.alloc()`, which no pool shares",
    read: "`FileHandle.read()` of `node:fs/promises`",
    timeout: "`Promise.race()` with a timer",
    raw: "`openSync()`, `read()`, `closeSync()`",
    readFile: "`readFile(path, { signal })` of `node:fs/promises`",
    stream: "`createReadStream()`, `destroy()`",
    writer: "`Writable.toWeb(createWriteStream())`",
  },
  whyNoSignal: "FileHandle.read() takes no signal",
  memory: (byteLength) => ({ bytes: Buffer.alloc(byteLength) }),
  open: async (path) => new Promised(await promises.open(path, "r")),
  openRaw: async (path) => new Raw(openSync(path, "r")),
  readFile: (path, signal) => promises.readFile(path, { signal }),
  openStream: async (path, onBytes) => new Streamed(path, onBytes),
  openWriter: async (path) => writerOf(Writable.toWeb(createWriteStream(path))),
};

class Promised implements Handle {
  readonly #file: promises.FileHandle;

  constructor(file: promises.FileHandle) {
    this.#file = file;
  }

  async read({ bytes }: Memory, { timeoutMs = 0, signal }: ReadOptions = {}): Promise<number> {
    // Not an option that exists: see whyNoSignal.
    const options = signal === undefined ? {} : { signal };
    const work = this.#file.read({ buffer: bytes, ...options });
    const { bytesRead } = timeoutMs === 0 ? await work : await raced(work, timeoutMs);
    return bytesRead;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Descriptors and callbacks; closed at once, as in a `finally`. */
class Raw implements Handle {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  read({ bytes }: Memory): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#descriptor, bytes, 0, bytes.byteLength, null, (error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }

  async close(): Promise<void> {
    closeSync(this.#descriptor);
  }
}

class Streamed implements ByteStream {
  readonly #stream: ReturnType<typeof createReadStream>;

  constructor(path: string, onBytes: (bytes: Uint8Array) => void) {
    this.#stream = createReadStream(path);
    this.#stream.on("data", (chunk) => onBytes(chunk as Buffer));
  }

  async destroy(): Promise<void> {
    const closed = once(this.#stream, "close");
    this.#stream.destroy();
    await closed;
  }
}

function writerOf(stream: ReturnType<typeof Writable.toWeb>): ByteWriter {
  return stream.getWriter();
}
