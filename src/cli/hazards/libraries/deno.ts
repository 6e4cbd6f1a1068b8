/** Deno's own files: a race where there is no signal, the signal where there is one. */

import {
  type ByteStream,
  type Handle,
  type Library,
  type Memory,
  type ReadOptions,
  raced,
} from "../library.ts";
import { streamOf } from "./web-stream.ts";

interface DenoFile {
  /** It takes no options, and is given some all the same: a later one may. */
  read(bytes: Uint8Array, options?: object): Promise<number | null>;
  close(): void;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

interface OpenOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly create?: boolean;
}

declare const Deno: {
  open(path: string, options?: OpenOptions): Promise<DenoFile>;
  openSync(path: string, options?: OpenOptions): DenoFile;
  readFile(path: string, options: { signal: AbortSignal }): Promise<Uint8Array>;
};

export const denoLibrary: Library = {
  name: "deno",
  calls: {
    memory: "`new Uint8Array()`",
    read: "`FsFile.read()`",
    timeout: "`Promise.race()` with a timer",
    raw: "`Deno.openSync()`, `FsFile.read()`, `FsFile.close()`",
    readFile: "`Deno.readFile(path, { signal })`",
    stream: "`FsFile.readable`, `cancel()` of its reader",
    writer: "`FsFile.writable`",
  },
  whyNoSignal: "FsFile.read() takes no signal",
  memory: (byteLength) => ({ bytes: new Uint8Array(byteLength) }),
  open: async (path) => new Opened(await Deno.open(path)),
  openRaw: async (path) => new Opened(Deno.openSync(path)),
  readFile: (path, signal) => Deno.readFile(path, { signal }),
  openStream: async (path, onBytes): Promise<ByteStream> => {
    const { readable } = await Deno.open(path);
    return streamOf(readable, onBytes);
  },
  openWriter: async (path) => {
    const { writable } = await Deno.open(path, { write: true, create: true });
    return writable.getWriter();
  },
};

class Opened implements Handle {
  readonly #file: DenoFile;

  constructor(file: DenoFile) {
    this.#file = file;
  }

  async read({ bytes }: Memory, { timeoutMs = 0, signal }: ReadOptions = {}): Promise<number> {
    const work = this.#file.read(bytes, signal === undefined ? undefined : { signal });
    return (timeoutMs === 0 ? await work : await raced(work, timeoutMs)) ?? 0;
  }

  async close(): Promise<void> {
    this.#file.close();
  }
}
