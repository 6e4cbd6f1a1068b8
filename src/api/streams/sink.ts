// Bytes that go into a file in order: what all streams that write have in common. One write is in
// flight at a time, and it is over when all its bytes were taken.

import { NO_POSITION } from "../../backend/contract.ts";
import { bug } from "../../base/assert.ts";
import type { IoError } from "../../base/errors.ts";
import type { IoBuffer } from "../../operation/buffer.ts";
import { takeBuffer } from "../../operation/copy.ts";
import type { Handle } from "../handle.ts";
import { type Operation, recordOf } from "../operation.ts";
import { Life } from "./life.ts";
import type { StreamPlan } from "./options.ts";
import { startWrite } from "./transfer.ts";

export class Sink {
  readonly #handle: Handle;
  readonly #plan: StreamPlan;
  readonly #life: Life;
  /** NO_POSITION: the handle's own. */
  #position: number;
  #operation: Operation<number> | null = null;

  constructor(handle: Handle, plan: StreamPlan) {
    this.#handle = handle;
    this.#plan = plan;
    this.#position = plan.start ?? NO_POSITION;
    this.#life = new Life(handle, plan, "write");
  }

  /** Calls when the signal has aborted: the sink is to be stopped, with this error. */
  watch(onAbort: (error: IoError) => void): void {
    this.#life.watch(onAbort);
  }

  /**
   * Resolves when all bytes were taken. One at a time.
   *
   * @throws {IoError} whose `bytesTransferred` tells how many bytes this sink has written in all.
   */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const { buffer, length } of filledBlocks(chunks, this.#plan.blockBytes)) {
      if (this.#life.isStopped) throw this.#life.aborted(undefined);
      this.#handle.checkOpen(this.#plan.call);
      await this.#write(buffer, length);
    }
  }

  /**
   * Cancels the write in flight, if there is one, waits until it has ended, and closes the file.
   * Idempotent.
   *
   * @throws {IoError} if the file could not be closed.
   */
  stop(reason?: unknown): Promise<void> {
    return this.#life.stop(async () => {
      const operation = this.#operation;
      if (operation === null) return;
      recordOf(operation).cancel({ code: "ABORT_ERR", cause: reason, isOwn: true });
      await operation.outcome();
    });
  }

  async #write(buffer: IoBuffer, length: number): Promise<void> {
    const piece = { buffer, length, position: this.#position };
    this.#operation = startWrite(this.#handle, piece);
    const outcome = await this.#operation.outcome();
    this.#operation = null;
    this.#life.bytesTransferred += outcome.bytesTransferred;
    if (outcome.status !== "completed") throw this.#life.counted(outcome.error);
    if (this.#position !== NO_POSITION) this.#position += length;
  }
}

interface Filled {
  readonly buffer: IoBuffer;
  readonly length: number;
}

/** The bytes of all chunks in as few blocks as they fit in, each filled when its turn comes. */
function* filledBlocks(chunks: readonly Uint8Array[], blockBytes: number): Generator<Filled> {
  let left = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  let index = 0;
  let offset = 0;
  while (left > 0) {
    const length = Math.min(left, blockBytes);
    const buffer = takeBuffer(length);
    for (let count = 0; count < length; ) {
      const chunk = chunks[index] ?? bug("sink: fewer bytes than were counted");
      const part = chunk.subarray(offset, offset + length - count);
      buffer.bytes.set(part, count);
      count += part.byteLength;
      offset += part.byteLength;
      if (offset < chunk.byteLength) continue;
      index++;
      offset = 0;
    }
    left -= length;
    yield { buffer, length };
  }
}
