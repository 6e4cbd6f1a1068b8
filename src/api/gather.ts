// A unit of a stream: so many bytes, or those up to a delimiter, however many reads that takes.
// All of it is one turn of the handle, so that no other read comes between; and whatever ends it
// early, all bytes go back to the front of the handle before the next one has its turn.
//
//   read ─► "GET /in"  no unit yet ─► read ─► "dex\nHost: a"  ─┬─► "GET /index\n" to the caller
//                                                              └─► "Host: a" to the next read

import type { Completion } from "../backend/contract.ts";
import type { Timer } from "../base/clock.ts";
import { type Code, IoError, ownError } from "../base/errors.ts";
import { BLOCK_BYTES } from "../base/limits.ts";
import { errnoMeaning } from "../kernel/errno.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import { abortedBy, type CancelCause, TIMED_OUT } from "../operation/cancel.ts";
import type { Turn } from "../operation/lane.ts";
import type { Listener, OperationRecord } from "../operation/operation.ts";
import type { Handle } from "./handle.ts";
import type { Given } from "./options.ts";
import { turnRead } from "./turn-read.ts";

/** What makes a unit. */
export interface Gathering {
  /** The public name of the call. */
  readonly call: string;
  /** No unit is longer: then it is an `ERR_LINE_TOO_LONG`. No more than this is ever asked for. */
  readonly bytesMax: number;
  /**
   * How many of the bytes are a unit, which begins with the first; 0 if it is not all there. Of the
   * first `knownBytes` it has said so already.
   */
  readonly unitIn: (bytes: Uint8Array, knownBytes: number) => number;
}

/** Begins. Arguments have been checked, and the handle is open. */
export function gather(handle: Handle, gathering: Gathering, given: Given): Promise<Uint8Array> {
  const gatherer = new Gatherer(handle, gathering);
  gatherer.begin(given);
  return gatherer.promise;
}

const NOTHING = new Uint8Array(0);

const ignore = (): void => {};

const nobody = (): void => {};

/** Hears of one read after the other. */
class Gatherer implements Listener, Turn {
  readonly promise: Promise<Uint8Array>;
  readonly #handle: Handle;
  readonly #gathering: Gathering;
  #resolve: (unit: Uint8Array) => void = nobody;
  #reject: (error: IoError) => void = nobody;
  #signal: AbortSignal | undefined = undefined;
  #timer: Timer | null = null;
  #record: OperationRecord | null = null;
  #buffer: IoBuffer | null = null;
  /** Bytes that have come, and room for more. */
  #room: Uint8Array = NOTHING;
  #byteCount = 0;
  #freshCount = 0;

  constructor(handle: Handle, gathering: Gathering) {
    this.#handle = handle;
    this.#gathering = gathering;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  begin({ signal, timeoutMs }: Given): void {
    const cause = abortedBy(signal) ?? this.#handle.endCause;
    if (cause !== null) {
      this.#stopFor(cause);
      return;
    }
    if (this.#takeAtOnce()) return;
    this.#signal = signal;
    if (timeoutMs !== undefined) {
      const stop = (): void => this.#record?.cancel(TIMED_OUT);
      this.#timer = this.#handle.table.clock.after(timeoutMs, stop);
    }
    this.#read();
  }

  /** The buffer is used again soon, but not before this returns. */
  finish(_completion: Completion, byteCount: number): void {
    this.#freshCount = byteCount;
    if (byteCount > 0) this.#add(this.#buffer?.bytes.subarray(0, byteCount) ?? NOTHING);
  }

  resolve(): void {
    if (this.#freshCount === 0) this.#fail(this.#error("ERR_UNEXPECTED_END"), false);
    else this.#look();
  }

  reject(error: IoError, isOwn: boolean): void {
    const { code, errno, cause } = error;
    this.#fail(this.#error(code, cause, errno), isOwn);
  }

  /** Without the kernel and without waiting, which is the way of most short lines. */
  #takeAtOnce(): boolean {
    const { bytesMax, unitIn } = this.#gathering;
    const bytes = this.#handle.peek().subarray(0, bytesMax);
    const length = bytes.byteLength === 0 ? 0 : unitIn(bytes, 0);
    if (length === 0) return false;
    this.#resolve(this.#handle.take(length));
    return true;
  }

  #read(): void {
    const length = Math.min(this.#gathering.bytesMax - this.#byteCount, BLOCK_BYTES);
    const { record, buffer } = turnRead(this.#handle, length, this);
    this.#buffer = buffer;
    this.#record = record;
    record.begin(this.#signal, undefined);
  }

  #add(fresh: Uint8Array): void {
    const end = this.#byteCount + fresh.byteLength;
    if (end > this.#room.byteLength) {
      const doubled = Math.min(2 * this.#room.byteLength, this.#gathering.bytesMax);
      const longer = new Uint8Array(Math.max(end, doubled));
      longer.set(this.#gathered());
      this.#room = longer;
    }
    this.#room.set(fresh, this.#byteCount);
    this.#byteCount = end;
  }

  #gathered(): Uint8Array {
    return this.#room.subarray(0, this.#byteCount);
  }

  /** What has come is the caller's if it is a unit, whatever was asked for meanwhile. */
  #look(): void {
    const { bytesMax, unitIn } = this.#gathering;
    const bytes = this.#gathered();
    const length = unitIn(bytes, bytes.byteLength - this.#freshCount);
    const cause = this.#record?.cause ?? null;
    if (length > 0) {
      this.#end(bytes.subarray(length), () => this.#resolve(bytes.slice(0, length)));
    } else if (bytes.byteLength >= bytesMax) this.#fail(this.#error("ERR_LINE_TOO_LONG"), false);
    else if (cause !== null) this.#stopFor(cause);
    else this.#read();
  }

  #stopFor({ code, cause, isOwn }: CancelCause): void {
    this.#fail(this.#error(code, cause), isOwn);
  }

  #fail(error: IoError, isOwn: boolean): void {
    // The program asked for this end, so nobody's process may die of it (decision 1).
    if (isOwn) this.promise.catch(ignore);
    this.#end(this.#gathered(), () => this.#reject(error));
  }

  #error(code: string, cause?: unknown, errno?: number): IoError {
    const { call: syscall } = this.#gathering;
    const details = { syscall, path: this.#handle.path, bytesTransferred: this.#byteCount, cause };
    if (errno === undefined) return ownError(code as Code, details);
    return new IoError(errnoMeaning(-errno), { ...details, code, errno });
  }

  /** Gives back, and tells, before the next one has its turn. */
  #end(rest: Uint8Array, tell: () => void): void {
    this.#timer?.cancel();
    this.#handle.putBack([rest]);
    tell();
    this.#handle.endTurn(this);
  }
}
