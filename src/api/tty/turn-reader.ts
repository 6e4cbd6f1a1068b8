// Reads a handle block by block, in one turn of it: no other read comes between, and what is left
// over at the end is in front of the handle before the next one has its turn.

import type { Completion } from "../../backend/contract.ts";
import { assert } from "../../base/assert.ts";
import { type IoError, ownError } from "../../base/errors.ts";
import type { IoBuffer } from "../../operation/buffer.ts";
import type { CancelCause } from "../../operation/cancel.ts";
import type { Turn } from "../../operation/lane.ts";
import type { Listener, OperationRecord } from "../../operation/operation.ts";
import type { Handle } from "../handle.ts";
import { turnRead } from "../turn-read.ts";

/** As much as a terminal has at most. */
const BLOCK_BYTES = 4096;

const NOTHING = new Uint8Array(0);

const nobody = (): void => {};

/** Hears of one read after the other. */
export class TurnReader implements Listener, Turn {
  readonly #handle: Handle;
  readonly #call: string;
  #record: OperationRecord | null = null;
  #buffer: IoBuffer | null = null;
  #bytes: Uint8Array = NOTHING;
  #resolve: (bytes: Uint8Array) => void = nobody;
  #reject: (error: IoError) => void = nobody;
  /** Whether it has failed because the program asked for that, and so need not handle it. */
  isOwnEnd = false;

  constructor(handle: Handle, call: string) {
    this.#handle = handle;
    this.#call = call;
  }

  /** @throws {IoError} if the handle is closing, or in a scope that was canceled. */
  checkOpen(): void {
    const { endCause: end, path } = this.#handle;
    if (end === null) return;
    this.isOwnEnd = end.isOwn;
    throw ownError(end.code, { syscall: this.#call, path, cause: end.cause });
  }

  /** The next bytes, in memory of their own; none at the end. One call at a time. */
  next(): Promise<Uint8Array> {
    assert(this.#record === null, "turn reader: asked twice at once");
    return new Promise((resolve, reject) => {
      this.checkOpen();
      this.#resolve = resolve;
      this.#reject = reject;
      this.#read();
    });
  }

  /** Asks the read to stop. Bytes that it brings all the same are given. */
  cancel(cause: CancelCause): void {
    this.#record?.cancel(cause);
  }

  /** The turn is over; no read may be in flight. */
  end(rest: readonly Uint8Array[]): void {
    assert(this.#record === null, "turn reader: ends in the middle of a read");
    this.#handle.putBack(rest);
    this.#handle.endTurn(this);
  }

  /** The buffer is used again soon, but not before this returns. */
  finish(_completion: Completion, byteCount: number): void {
    this.#bytes = this.#buffer?.bytes.slice(0, byteCount) ?? NOTHING;
  }

  resolve(): void {
    this.#record = null;
    this.#resolve(this.#bytes);
  }

  reject(error: IoError, isOwn: boolean): void {
    this.#record = null;
    this.isOwnEnd = isOwn;
    this.#reject(error);
  }

  #read(): void {
    const { record, buffer } = turnRead(this.#handle, BLOCK_BYTES, this);
    this.#buffer = buffer;
    this.#record = record;
    record.begin(undefined, undefined);
  }
}
