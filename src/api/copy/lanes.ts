// Bytes that are moved through memory, several blocks at once. Each lane reads a block and writes
// it to the same position, so blocks may land in any order: it is the part file's name that says it
// is not whole.

import { IoError } from "../../base/errors.ts";
import type { IoBuffer } from "../../operation/buffer.ts";
import type { Extent } from "./extents.ts";
import { BLOCK_BYTES, BLOCKS_PER_FILE, HOLE_BYTES } from "./limits.ts";
import type { Transfer } from "./transfer.ts";

const ZEROS = new Uint8Array(HOLE_BYTES);

/** Moves an extent of known end. */
export async function moveBlocks(transfer: Transfer, extent: Extent): Promise<void> {
  await new Lanes(transfer, extent).run();
}

/** Moves to the source's end, wherever that is: files of /proc say that they are empty. */
export async function moveToEnd(transfer: Transfer): Promise<void> {
  await new Lanes(transfer, { start: 0, end: Number.POSITIVE_INFINITY }).run();
}

class Lanes {
  readonly #transfer: Transfer;
  /** Position of the next block that no lane has taken. */
  #next: number;
  #end: number;
  /** Bytes of one step: half of the block, if its other half is to hold what is there already. */
  readonly #stepBytes: number;
  #failure: { readonly error: unknown } | null = null;

  constructor(transfer: Transfer, { start, end }: Extent) {
    const { rate } = transfer.context;
    this.#transfer = transfer;
    this.#next = start;
    this.#end = end;
    const most = transfer.keptBytes > 0 ? BLOCK_BYTES / 2 : BLOCK_BYTES;
    this.#stepBytes = Math.min(most, rate?.stepBytes ?? most);
  }

  async run(): Promise<void> {
    const steps = Math.ceil((this.#end - this.#next) / this.#stepBytes);
    const lanes = Number.isFinite(steps) ? Math.min(BLOCKS_PER_FILE, steps) : 1;
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Never rejects: the first failure is kept and stops the other lanes. */
  async #lane(): Promise<void> {
    const { blocks } = this.#transfer.context;
    while (this.#failure === null && this.#next < this.#end) {
      const position = this.#next;
      const length = Math.min(this.#stepBytes, this.#end - position);
      this.#next += length;
      let block: IoBuffer | null = null;
      try {
        block = await blocks.acquire();
        if (this.#failure === null) await this.#step(block, position, length);
        if (this.#failure === null) await this.#transfer.writeBack();
      } catch (error) {
        this.#failure ??= { error };
      } finally {
        if (block !== null) blocks.release(block);
      }
    }
  }

  async #step(block: IoBuffer, position: number, length: number): Promise<void> {
    const { subject, source, context } = this.#transfer;
    const { signal } = context;
    context.check();
    const count = await context.about(subject.source, () =>
      source.readFully(block, { position, length, signal }),
    );
    if (count < length) {
      if (Number.isFinite(this.#end)) throw this.#transfer.changed();
      this.#end = position + count;
    }
    if (count === 0) return;
    if (position < this.#transfer.keptBytes && (await this.#isThere(block, position, count))) {
      context.tally.bytesResumed += count;
      this.#transfer.passed(count);
    } else {
      await this.#write(block, position, count);
    }
  }

  /** Whether the part file that was kept has these very bytes. They are read behind the others. */
  async #isThere(block: IoBuffer, position: number, length: number): Promise<boolean> {
    const { subject, target, context } = this.#transfer;
    const { signal } = context;
    const offset = BLOCK_BYTES / 2;
    const count = await context.about(subject.destination, () =>
      target.readFully(block, { position, offset, length, signal }),
    );
    const { bytes } = block;
    const there = bytes.subarray(offset, offset + count);
    return count === length && Buffer.compare(bytes.subarray(0, length), there) === 0;
  }

  async #write(block: IoBuffer, position: number, length: number): Promise<void> {
    const { looksForZeros, keptBytes } = this.#transfer;
    // Where something was before, zeros must be written like anything else.
    if (!looksForZeros || position < keptBytes) {
      await this.#writeRun(block, position, 0, length);
      return;
    }
    for (let at = 0; at < length; ) {
      const zeros = runOf(block.bytes, at, length, true);
      this.#transfer.passed(zeros - at);
      const data = runOf(block.bytes, zeros, length, false);
      if (data > zeros) await this.#writeRun(block, position + zeros, zeros, data - zeros);
      at = data;
    }
  }

  async #writeRun(
    block: IoBuffer,
    position: number,
    offset: number,
    length: number,
  ): Promise<void> {
    const { subject, target, context } = this.#transfer;
    const { signal } = context;
    await this.#transfer.pace(length);
    try {
      await target.writeAll(block, { position, offset, length, signal });
    } catch (error) {
      // A write that was canceled or failed may have moved a part of the block.
      const count = error instanceof IoError ? error.bytesTransferred : 0;
      if (count > 0) this.#transfer.moved("blocks", count);
      throw context.blame(error, subject.destination);
    }
    this.#transfer.moved("blocks", length);
  }
}

/** Where a run of pages that are zero, or are not, ends. */
function runOf(bytes: Uint8Array, start: number, end: number, isZero: boolean): number {
  let at = start;
  while (at < end) {
    const page = bytes.subarray(at, Math.min(at + HOLE_BYTES, end));
    if ((Buffer.compare(page, ZEROS.subarray(0, page.length)) === 0) !== isZero) break;
    at += page.length;
  }
  return at;
}
