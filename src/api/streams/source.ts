// The bytes of a file for somebody who takes them in order: what all streams that read have in
// common. Several blocks are read ahead of the taker, never more than were allowed, each in a
// buffer of ours that is used again.
//
//   ask ──► in flight ──► arrived ──► current ── consume ──► its buffer is free for the next
//           └─────────── at most blocksInFlight ──────────┘
//
// A FIFO is read only when somebody asks, and no more than he can take. What was read and not
// consumed when the source stops is given back: a file goes on where consuming ended, and the
// bytes of a FIFO go to the next read.

import { NO_POSITION } from "../../backend/contract.ts";
import { assert } from "../../base/assert.ts";
import type { IoError } from "../../base/errors.ts";
import type { IoBuffer } from "../../operation/buffer.ts";
import { returnCopy, takeBuffer } from "../../operation/copy.ts";
import type { Outcome } from "../../operation/outcome.ts";
import type { Handle } from "../handle.ts";
import { type Operation, recordOf } from "../operation.ts";
import { Life } from "./life.ts";
import type { ReaderPlan } from "./options.ts";
import { startRead } from "./transfer.ts";

/** One read, in flight or arrived. */
interface Block {
  readonly buffer: IoBuffer;
  readonly position: number;
  readonly length: number;
  readonly operation: Operation<number>;
  readonly ended: Promise<Outcome<number>>;
}

const NOTHING = new Uint8Array(0);

export class Source {
  readonly #handle: Handle;
  readonly #plan: ReaderPlan;
  readonly #life: Life;
  readonly #start: number;
  /** Where the next block begins. */
  #position: number;
  /** Oldest first. */
  readonly #blocks: Block[] = [];
  /** The first of them, once its bytes are being consumed; and what is left of those. */
  #current: Block | null = null;
  #left: Uint8Array = NOTHING;
  readonly #free: IoBuffer[] = [];
  /** A file that is read for long deserves more ahead than one of which a little is wanted. */
  #fullBlocks = 0;
  /** Nothing more is to be read. */
  #isAtEnd = false;
  #failure: IoError | null = null;

  constructor(handle: Handle, plan: ReaderPlan) {
    this.#handle = handle;
    this.#plan = plan;
    this.#start = plan.start ?? handle.position;
    this.#position = handle.isStream ? NO_POSITION : this.#start;
    this.#life = new Life(handle, plan, "read");
  }

  get isStopped(): boolean {
    return this.#life.isStopped;
  }

  /** Arrived and not consumed. Good until it is consumed, or the source stops. */
  get bytes(): Uint8Array {
    return this.#left;
  }

  /** Calls when the signal has aborted: the source is to be stopped, with this error. */
  watch(onAbort: (error: IoError) => void): void {
    this.#life.watch(onAbort);
  }

  /**
   * Waits for bytes; false at the end, or when the source was stopped. One at a time.
   *
   * @param bytesMax How many a FIFO is asked for at most.
   */
  async wait(bytesMax: number = this.#plan.blockBytes): Promise<boolean> {
    while (this.#left.byteLength === 0 && !this.isStopped) {
      this.#retire();
      if (this.#failure !== null) throw this.#life.counted(this.#failure);
      this.#ask(bytesMax);
      const [first] = this.#blocks;
      if (first === undefined || this.#isAtEnd) return false;
      const outcome = await first.ended;
      if (!this.isStopped) this.#arrive(first, outcome);
    }
    return !this.isStopped;
  }

  consume(byteCount: number): void {
    assert(byteCount <= this.#left.byteLength, "source: consumed more than there is");
    this.#left = this.#left.subarray(byteCount);
    this.#life.bytesTransferred += byteCount;
    this.#follow(0);
  }

  /** Consumes what is there, into memory of its own: a stream takes over all of a chunk's. */
  take(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.#left.byteLength);
    this.takeInto(copy);
    return copy;
  }

  /** Consumes as many bytes as fit; returns their number. */
  takeInto(target: Uint8Array): number {
    const taken = this.#left.subarray(0, target.byteLength);
    target.set(taken);
    this.consume(taken.byteLength);
    return taken.byteLength;
  }

  /**
   * Asks what is in flight to stop, waits until it has, and closes the file. Idempotent.
   *
   * @param unused What was consumed last and is to be given back all the same.
   * @throws {IoError} if the file could not be closed.
   */
  stop(unused: readonly Uint8Array[] = []): Promise<void> {
    return this.#life.stop(() => this.#letGo(unused));
  }

  /** Gives back before it waits, so that a read that is called next comes after it. */
  async #letGo(unused: readonly Uint8Array[]): Promise<void> {
    this.#follow(unused.reduce((sum, chunk) => sum + chunk.byteLength, 0));
    if (this.#handle.isStream) this.#handle.putBack([...unused, this.#unread()]);
    this.#left = NOTHING;
    for (const { operation, buffer } of this.#blocks) {
      this.#handle.cancelUnwanted(recordOf(operation), buffer);
    }
    await Promise.all(this.#blocks.map((block) => block.ended));
    for (const { buffer } of this.#blocks.splice(0)) returnCopy(buffer);
    for (const buffer of this.#free.splice(0)) returnCopy(buffer);
  }

  /** Of a stream there is one block; it may have arrived without anybody having looked. */
  #unread(): Uint8Array {
    const [block] = this.#blocks;
    if (block === undefined || block === this.#current) return this.#left;
    if (block.operation.state !== "settled") return NOTHING;
    return block.buffer.bytes.subarray(0, recordOf(block.operation).bytesTransferred);
  }

  /** The handle goes on where consuming ended, if it was asked to go along. */
  #follow(unusedBytes: number): void {
    if (this.#plan.start !== undefined || this.#handle.isStream) return;
    this.#handle.moveTo(this.#start + this.#life.bytesTransferred - unusedBytes);
  }

  #ask(bytesMax: number): void {
    const { blockBytes, blocksInFlight, end } = this.#plan;
    const { isStream } = this.#handle;
    const count = isStream ? 1 : Math.min(blocksInFlight, 1 + this.#fullBlocks);
    while (this.#blocks.length < count && !this.#isAtEnd) {
      const wanted = isStream ? bytesMax : end - this.#position;
      if (wanted <= 0) return;
      const length = Math.min(wanted, blockBytes);
      this.#blocks.push(this.#read(this.#position, length));
      if (!isStream) this.#position += length;
    }
  }

  #read(position: number, length: number): Block {
    this.#handle.checkOpen(this.#plan.call);
    const buffer = this.#free.pop() ?? takeBuffer(this.#plan.blockBytes);
    const operation = startRead(this.#handle, { buffer, length, position });
    return { buffer, position, length, operation, ended: operation.outcome() };
  }

  #arrive(block: Block, outcome: Outcome<number>): void {
    const { bytesTransferred } = outcome;
    this.#current = block;
    this.#left = block.buffer.bytes.subarray(0, bytesTransferred);
    if (outcome.status !== "completed") this.#failure = outcome.error;
    if (bytesTransferred === 0) this.#isAtEnd = true;
    if (bytesTransferred === block.length) this.#fullBlocks++;
  }

  /** All of the current block has been consumed. What it lacks comes before the next one. */
  #retire(): void {
    if (this.#current === null) return;
    const { buffer, position, length, operation } = this.#current;
    this.#current = null;
    this.#blocks.shift();
    this.#free.push(buffer);
    const { bytesTransferred } = recordOf(operation);
    if (this.#handle.isStream || this.#isAtEnd || bytesTransferred === length) return;
    this.#blocks.unshift(this.#read(position + bytesTransferred, length - bytesTransferred));
  }
}
