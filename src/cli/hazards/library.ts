/**
 * What the programs ask of a library, in the terms of its own users.
 *
 * A library adapts itself to this, and no program knows which one it has. All open for reading;
 * whoever starts a program holds a writing end of each FIFO, so that no open waits.
 */

export type LibraryName = "node:fs" | "bun" | "deno" | "overlapped";

export interface Library {
  readonly name: LibraryName;
  /** What is called, for people to check. */
  readonly calls: Calls;
  /** Memory as its users would give it to a read. */
  memory(byteLength: number): Memory;
  open(path: string): Promise<Handle>;
  /** As open(), with calls whose close() does not wait for what is pending, if there are any. */
  openRaw(path: string): Promise<Handle>;
  /** Why the read of a handle cannot be told to stop; null if it can. */
  readonly whyNoSignal: string | null;
  readFile(path: string, signal: AbortSignal): Promise<unknown>;
  openStream(path: string, onBytes: (bytes: Uint8Array) => void): Promise<ByteStream>;
  openWriter(path: string): Promise<ByteWriter>;
}

export interface Calls {
  readonly memory: string;
  readonly read: string;
  /** How users give up a read after a while. */
  readonly timeout: string;
  readonly raw: string;
  readonly readFile: string;
  readonly stream: string;
  readonly writer: string;
}

export interface Memory {
  /** Throws if it cannot be had now. */
  readonly bytes: Uint8Array;
}

export interface Handle {
  /** From the begin of a file, or the next of a stream. Resolves with the count of bytes. */
  read(memory: Memory, options?: ReadOptions): Promise<number>;
  close(): Promise<void>;
}

export interface ReadOptions {
  /** How its users give up after a while; 0 or absent waits for ever. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ByteStream {
  /** Begins its end; resolves when the stream says that it is over. */
  destroy(): Promise<void>;
}

export interface ByteWriter {
  /** Settles when a caller may believe that the bytes were taken. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Gives up waiting for what cannot be stopped, as users of such libraries do. */
export async function raced<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLateError()), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

class TooLateError extends Error {
  readonly code: string = "TIMEOUT";
}
