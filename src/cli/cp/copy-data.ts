// The bytes of one file, several blocks at once. Each lane reads a block and writes it to the same
// position, so blocks may land in any order; it is the part file's name that says it is not whole.

import { type File, type IoBuffer, IoError } from "../../index.ts";
import type { CopyContext } from "./context.ts";
import { BLOCK_BYTES, BLOCKS_PER_FILE, WRITEBACK_BYTES } from "./limits.ts";
import { cannot } from "./messages.ts";

/** An open file and its path for messages. */
export interface Side {
  readonly file: File;
  readonly path: Buffer;
}

/** Copies until the source's end, wherever that is by then, and returns the length of the copy. */
export function copyData(
  source: Side,
  target: Side,
  sizeHint: number,
  context: CopyContext,
): Promise<number> {
  return new DataCopy(source, target, sizeHint, context).run();
}

class DataCopy {
  readonly #source: Side;
  readonly #target: Side;
  /** The source's size at the beginning; it may change, and files of /proc say 0. */
  readonly #sizeHint: number;
  readonly #context: CopyContext;
  /** Position of the next block that no lane has taken. */
  #next = 0;
  /** Where a read found the source's end. */
  #end = Number.POSITIVE_INFINITY;
  /** End of the written block that is furthest from the beginning. */
  #extent = 0;
  #failure: Error | null = null;
  #unsyncedBytes = 0;
  #writeback: Promise<void> = Promise.resolve();

  constructor(source: Side, target: Side, sizeHint: number, context: CopyContext) {
    this.#source = source;
    this.#target = target;
    this.#sizeHint = sizeHint;
    this.#context = context;
  }

  async run(): Promise<number> {
    const lanes = Math.min(BLOCKS_PER_FILE, Math.max(1, Math.ceil(this.#sizeHint / BLOCK_BYTES)));
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    await this.#writeback;
    if (this.#failure !== null) throw this.#failure;
    // The source grew behind a block that had met its end: what was read there does not count.
    if (this.#extent > this.#end) await this.#cutOff();
    return this.#end;
  }

  /** Never rejects: the first failure is kept and stops the other lanes. */
  async #lane(): Promise<void> {
    const { blocks } = this.#context;
    while (this.#failure === null && this.#next < this.#end) {
      const position = this.#next;
      this.#next += BLOCK_BYTES;
      const block = await blocks.acquire();
      try {
        if (this.#failure === null) await this.#copyBlock(block, position);
      } finally {
        blocks.release(block);
      }
      if (this.#unsyncedBytes >= WRITEBACK_BYTES) await this.#startWriteback();
    }
  }

  async #copyBlock(block: IoBuffer, position: number): Promise<void> {
    const { signal, tally } = this.#context;
    let isWriting = false;
    try {
      const length = await this.#readBlock(block, position);
      if (length < block.byteLength) this.#end = Math.min(this.#end, position + length);
      if (length === 0) return;
      isWriting = true;
      await this.#target.file.writeAll(block, { position, length, signal });
      this.#extent = Math.max(this.#extent, position + length);
      this.#unsyncedBytes += length;
      tally.bytesWritten += length;
    } catch (error) {
      // A write that was canceled or failed may have moved a part of the block.
      if (isWriting && error instanceof IoError) tally.bytesWritten += error.bytesTransferred;
      if (isWriting) this.#fail("write", this.#target, error);
      else this.#fail("read", this.#source, error);
    }
  }

  /** Fills the block, unless the source ends before. */
  async #readBlock(block: IoBuffer, position: number): Promise<number> {
    const { file } = this.#source;
    const { signal } = this.#context;
    const length = await file.read(block, { position, signal });
    if (length === 0 || length === block.byteLength) return length;
    // A short read at the known size has met the end; anywhere else only a read of nothing has.
    if (this.#sizeHint > 0 && position + length >= this.#sizeHint) return length;
    const rest = { position: position + length, offset: length, signal };
    return length + (await file.readFully(block, rest));
  }

  /**
   * Sends what was written on its way to the disk, one sync at a time. The lane that asks waits for
   * the one before, so that memory holds no more than two such portions of the file.
   */
  #startWriteback(): Promise<void> {
    this.#unsyncedBytes = 0;
    const before = this.#writeback;
    const target = this.#target;
    this.#writeback = before.then(async () => {
      if (this.#failure !== null) return;
      const { signal } = this.#context;
      // Its error must not get lost: the kernel tells each descriptor of a failed write just once.
      await target.file.datasync({ signal }).catch((error) => this.#fail("write", target, error));
    });
    return before;
  }

  async #cutOff(): Promise<void> {
    const { signal } = this.#context;
    try {
      await this.#target.file.truncate(this.#end, { signal });
    } catch (error) {
      throw cannot("write", this.#target.path, error);
    }
  }

  #fail(action: string, side: Side, error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = cannot(action, side.path, error);
    // The other lanes must not start, finish or wait for more.
    void this.#source.file.cancelAll();
    void this.#target.file.cancelAll();
  }
}
