// Reads a copy back, and compares it with its source, byte by byte.
//
// The copy is read with O_DIRECT, past the page cache: what is compared is what the device has, not
// what memory remembers of writing it. Where a file system has no direct reads it is the cache.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type File, IoBuffer, IoError, open } from "../../index.ts";
import { VERIFY_BLOCK_BYTES } from "./limits.ts";

const { O_RDONLY, O_DIRECT, O_NOFOLLOW, O_NONBLOCK } = constants;

export interface Verified {
  /** Of what was read back; hexadecimal. Null for a symbolic link. */
  readonly sha256: string | null;
  readonly readFrom: "device" | "cache";
  readonly bytes: number;
}

/** Where the two differ first. */
export class Difference extends Error {
  override readonly name: string = "Difference";
  readonly position: number;

  constructor(position: number) {
    super(`the copy differs from its source at offset ${position}`);
    this.position = position;
  }
}

export interface CompareOptions {
  readonly signal: AbortSignal;
  /** Called after each block. */
  readonly onBytes: (byteCount: number) => void;
}

interface Block {
  readonly buffers: readonly [source: IoBuffer, copy: IoBuffer];
  readonly position: number;
  readonly lengths: Promise<readonly [source: number, copy: number]>;
}

/** Throws a `Difference`, or what the kernel says. */
export async function compareFiles(
  source: string | Uint8Array,
  copy: string | Uint8Array,
  options: CompareOptions,
): Promise<Verified> {
  const { signal } = options;
  const onBytes = countedOnce(options.onBytes);
  const original = await open(source, O_RDONLY | O_NONBLOCK, 0, { signal });
  try {
    return await compareWith(original, copy, O_DIRECT, { signal, onBytes: onBytes() });
  } catch (error) {
    if (!(error instanceof IoError) || error.code !== "EINVAL") throw error;
    return await compareWith(original, copy, 0, { signal, onBytes: onBytes() });
  } finally {
    await original.close();
  }
}

/**
 * File systems without direct reads say so (EINVAL) when the file is opened, or when it is read. So
 * they do of memory that is not aligned, as all is where there is no shim; and then not of holes.
 */
async function compareWith(
  original: File,
  copy: string | Uint8Array,
  flag: number,
  options: CompareOptions,
): Promise<Verified> {
  const { signal } = options;
  const file = await open(copy, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | flag, 0, { signal });
  try {
    const { size } = await file.stat({ signal });
    const sha256 = await new Comparison(original, file, size, options).run();
    return { sha256, readFrom: flag === 0 ? "cache" : "device", bytes: size };
  } finally {
    await file.close();
  }
}

/** What a second pass reads again is told once. Call it for each pass. */
function countedOnce(onBytes: (byteCount: number) => void): () => (byteCount: number) => void {
  let told = 0;
  return () => {
    let seen = 0;
    return (byteCount) => {
      seen += byteCount;
      if (seen > told) onBytes(seen - told);
      told = Math.max(told, seen);
    };
  };
}

/** The next block of both files is read while the last one is compared. */
class Comparison {
  readonly #source: File;
  readonly #copy: File;
  readonly #size: number;
  readonly #options: CompareOptions;
  readonly #hash = createHash("sha256");

  constructor(source: File, copy: File, size: number, options: CompareOptions) {
    this.#source = source;
    this.#copy = copy;
    this.#size = size;
    this.#options = options;
  }

  async run(): Promise<string> {
    let block = this.#read(newPair(this.#size), 0);
    let spare: Block["buffers"] | null = null;
    try {
      for (;;) {
        const lengths = await block.lengths;
        const end = block.position + lengths[1];
        const isLast = end >= this.#size || lengths[0] !== lengths[1];
        const next = isLast ? null : this.#read(spare ?? newPair(this.#size), end);
        const last = block;
        if (next !== null) block = next;
        this.#compare(last, lengths);
        spare = last.buffers;
        if (isLast) return await this.#end(spare[0]);
      }
    } finally {
      // Nothing is closed under a read.
      await block.lengths.catch(() => {});
    }
  }

  /** The source must not go on. */
  async #end(buffer: IoBuffer): Promise<string> {
    const { signal } = this.#options;
    const more = await this.#source.read(buffer, { position: this.#size, length: 1, signal });
    if (more > 0) throw new Difference(this.#size);
    return this.#hash.digest("hex");
  }

  #read(buffers: Block["buffers"], position: number): Block {
    const { signal } = this.#options;
    const lengths = Promise.all([
      this.#source.readFully(buffers[0], { position, signal }),
      this.#readCopy(buffers[1], position),
    ]);
    lengths.catch(() => {});
    return { buffers, position, lengths };
  }

  /** Asks for whole pages, as a direct read must, and never at the end, where no page begins. */
  async #readCopy(buffer: IoBuffer, position: number): Promise<number> {
    const { signal } = this.#options;
    const wanted = Math.min(buffer.byteLength, this.#size - position);
    let length = 0;
    while (length < wanted) {
      const at = { position: position + length, offset: length, signal };
      const count = await this.#copy.read(buffer, at);
      if (count === 0) break;
      length += count;
    }
    return length;
  }

  #compare({ buffers, position }: Block, lengths: readonly [number, number]): void {
    const [source, copy] = buffers.map((it, index) => viewOf(it, lengths[index] ?? 0));
    if (source === undefined || copy === undefined) return;
    if (!source.equals(copy)) throw new Difference(position + firstDifference(source, copy));
    this.#hash.update(copy);
    this.#options.onBytes(copy.byteLength);
  }
}

function newPair(size: number): Block["buffers"] {
  const pages = Math.max(1, Math.ceil(Math.min(size, VERIFY_BLOCK_BYTES) / 4096));
  return [new IoBuffer(pages * 4096), new IoBuffer(pages * 4096)];
}

function viewOf({ bytes }: IoBuffer, length: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, length);
}

function firstDifference(a: Buffer, b: Buffer): number {
  const end = Math.min(a.length, b.length);
  let index = 0;
  while (index < end && a[index] === b[index]) index += 1;
  return index;
}
