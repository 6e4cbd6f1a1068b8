// An open file, FIFO, terminal or device, and what can be asked of it.

import { type Completion, NO_POSITION, type Request } from "../backend/contract.ts";
import { rangeError, shown, typeError } from "../base/errors.ts";
import { TRANSFER_BYTES_MAX, VECTOR_BUFFERS_MAX } from "../base/limits.ts";
import { checkLendable, type IoBuffer, isIoBuffer, memoryOf } from "../operation/buffer.ts";
import { copyToNative, returnCopy } from "../operation/copy.ts";
import type { OperationTable } from "../operation/table.ts";
import { Handle, type HandleState } from "./handle.ts";
import { type Finish, type Operation, startOperation } from "./operation.ts";
import {
  type CallOptions,
  checkNumber,
  checkOptions,
  checkPosition,
  type TransferOptions,
  type VectorOptions,
} from "./options.ts";
import { type FileStat, finishStat } from "./stat.ts";

/** What a write takes: a buffer, lent until it settles; or bytes or text (as UTF-8), copied. */
export type Writable = IoBuffer | Uint8Array | string;

const NONE: readonly IoBuffer[] = [];

const countBytes: Finish<number> = (_completion: Completion, bytes: number) => bytes;
const nothing: Finish<void> = () => undefined;

/** Makes the file of a descriptor that an open has brought. */
export let makeFile: (table: OperationTable, fd: number, path: string, isStream: boolean) => File;

/**
 * An open file. Made by `open()`.
 *
 * Calls without `position` go on where the last such call ended, and run one after the other; calls
 * with one run in parallel. On a stream (`isStream`) there are no positions, and the kernel has one
 * read and one write at a time.
 *
 * @example Read a file from its start to its end
 * ```ts
 * import { IoBuffer, open } from "overlapped";
 * await using file = await open("/etc/hostname");
 * const buffer = new IoBuffer(4096);
 * for (let count = -1; count !== 0; ) {
 *   count = await file.read(buffer);
 *   process.stdout.write(buffer.bytes.subarray(0, count));
 * }
 * ```
 */
export class File {
  readonly #handle: Handle;

  private constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** The path that it was opened by. */
  get path(): string {
    return this.#handle.path;
  }

  get state(): HandleState {
    return this.#handle.state;
  }

  /** Whether it is a FIFO, terminal or other stream, without positions. */
  get isStream(): boolean {
    return this.#handle.isStream;
  }

  /**
   * Reads at most as many bytes as the buffer has room for.
   *
   * @param buffer Lent until the operation settles.
   * @returns Bytes read; 0 only at the end.
   * @throws {TypeError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_BUFFER_LENT`,
   *   `ERR_BUFFER_TRANSFERRED` or `ERR_CLOSED`; nothing was submitted.
   * @throws {RangeError} `ERR_OUT_OF_RANGE`; nothing was submitted.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what the kernel said, such as `EIO`.
   *
   * @example Read the first 16 bytes, for no longer than 50 ms
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using file = await open("/etc/hostname");
   * const header = new IoBuffer(16);
   * const count = await file.read(header, { position: 0, timeoutMs: 50 });
   * console.log(header.bytes.subarray(0, count));
   * ```
   */
  read(buffer: IoBuffer, options?: TransferOptions): Operation<number> {
    return this.#read(buffer, options, false, "read");
  }

  /**
   * Reads until the buffer is full or the file ends. Canceled in between, the error tells in
   * `bytesTransferred` how many bytes are in the buffer. Otherwise like `read`.
   *
   * @returns Bytes read; fewer than asked for only at the end.
   */
  readFully(buffer: IoBuffer, options?: TransferOptions): Operation<number> {
    return this.#read(buffer, options, true, "read fully");
  }

  /**
   * Writes at most the given bytes.
   *
   * @param data A buffer is lent until the operation settles; bytes and text are copied now.
   * @returns Bytes written, which may be fewer; `writeAll` goes on.
   * @throws As `read` does.
   */
  write(data: Writable, options?: TransferOptions): Operation<number> {
    return this.#write(data, options, false, "write");
  }

  /**
   * Writes all the given bytes, in as many parts as the kernel makes of them. If it does not come
   * to its end, the error's `bytesTransferred` tells how many were written.
   *
   * @returns Bytes written: all.
   * @throws As `read` does.
   */
  writeAll(data: Writable, options?: TransferOptions): Operation<number> {
    return this.#write(data, options, true, "write all");
  }

  /** Reads into several buffers (1 to 1024), filling one after the other; else like `read`. */
  readv(buffers: readonly IoBuffer[], options?: VectorOptions): Operation<number> {
    return this.#vector("readv", buffers, options);
  }

  /** Writes several buffers (1 to 1024), one after the other; else like `write`. */
  writev(buffers: readonly IoBuffer[], options?: VectorOptions): Operation<number> {
    return this.#vector("writev", buffers, options);
  }

  stat(options?: CallOptions): Operation<FileStat> {
    const request = { kind: "stat", target: this.#fd("stat"), followSymlinks: true } as const;
    return this.#start(request, NONE, false, finishStat, options, "stat");
  }

  /** Makes the file `byteLength` bytes long (0 or more); what is new reads as zeros. */
  truncate(byteLength: number, options?: CallOptions): Operation<void> {
    const fd = this.#fd("truncate");
    checkPosition(byteLength, "byteLength", "truncate");
    const request = { kind: "truncate", fd, length: byteLength } as const;
    return this.#start(request, NONE, false, nothing, options, "truncate");
  }

  /**
   * Makes sure that the file system has room for `byteLength` bytes (1 or more) from `offset`. The
   * file grows to include them, unless `keepSize`.
   */
  allocate(
    offset: number,
    byteLength: number,
    options?: CallOptions & { readonly keepSize?: boolean | undefined },
  ): Operation<void> {
    const fd = this.#fd("allocate");
    checkPosition(offset, "offset", "allocate");
    checkNumber(byteLength, "byteLength", "allocate", 1, Number.MAX_SAFE_INTEGER - offset);
    const keepSize = checkOptions(options, "allocate").keepSize ?? false;
    if (typeof keepSize !== "boolean") {
      throw typeError(`Cannot allocate: keepSize is ${shown(keepSize)}, wanted a boolean`);
    }
    const request = { kind: "allocate", fd, offset, length: byteLength, keepSize } as const;
    return this.#start(request, NONE, false, nothing, options, "allocate");
  }

  /** Waits until the file and what describes it are on the device: fsync(2). */
  sync(options?: CallOptions): Operation<void> {
    const request = { kind: "fsync", fd: this.#fd("sync") } as const;
    return this.#start(request, NONE, false, nothing, options, "sync");
  }

  /** Waits until the bytes of the file are on the device: fdatasync(2). */
  datasync(options?: CallOptions): Operation<void> {
    const request = { kind: "fdatasync", fd: this.#fd("datasync") } as const;
    return this.#start(request, NONE, false, nothing, options, "datasync");
  }

  /**
   * Refuses new work at once, cancels pending reads, lets pending writes land, then closes the
   * descriptor, once. When `signal` aborts or `timeoutMs` has passed, or on `cancel()`, the writes
   * are canceled too; the descriptor is closed all the same. Calling it again returns the same
   * operation. Operations that it ends reject with `ABORT_ERR` and a cause with `ERR_CLOSED`.
   */
  close(options?: CallOptions): Operation<void> {
    return this.#handle.close(checkOptions(options, "close"));
  }

  /** Asks every operation of this file to stop; resolves when all have ended. Never rejects. */
  cancelAll(): Promise<void> {
    return this.#handle.cancelAll();
  }

  /** Operations of this file keep the process alive, which is so from the start. */
  ref(): this {
    this.#handle.hold(true);
    return this;
  }

  /** Operations of this file do not keep the process alive. */
  unref(): this {
    this.#handle.hold(false);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  static {
    makeFile = (table, fd, path, isStream) => new File(new Handle(table, fd, path, isStream));
  }

  #fd(call: string): number {
    this.#handle.checkOpen(call);
    return this.#handle.fd;
  }

  #read(
    buffer: IoBuffer,
    options: TransferOptions | undefined,
    isWhole: boolean,
    call: string,
  ): Operation<number> {
    const fd = this.#fd(call);
    if (!isIoBuffer(buffer)) throw foreignBuffer(buffer, call);
    checkLendable(buffer);
    const given = checkOptions(options, call);
    const { offset, length } = checkRange(given, buffer.byteLength, 1, call);
    const position = this.#position(given.position, call);
    const memory = memoryOf(buffer);
    const request = { kind: "read", fd, memory, offset, length, position } as const;
    return this.#start(request, [buffer], isWhole, countBytes, given, call);
  }

  #write(
    data: Writable,
    options: TransferOptions | undefined,
    isWhole: boolean,
    call: string,
  ): Operation<number> {
    const fd = this.#fd(call);
    const given = checkOptions(options, call);
    const position = this.#position(given.position, call);
    if (isIoBuffer(data)) {
      checkLendable(data);
      const range = checkRange(given, data.byteLength, 0, call);
      const request = { kind: "write", fd, memory: memoryOf(data), ...range, position } as const;
      return this.#start(request, [data], isWhole, countBytes, given, call);
    }
    if (typeof data !== "string" && !(data instanceof Uint8Array)) {
      throw typeError(
        `Cannot ${call}: data is ${shown(data)}, wanted an IoBuffer, a Uint8Array or a string`,
      );
    }
    const byteLength = typeof data === "string" ? Buffer.byteLength(data) : data.byteLength;
    const { offset, length } = checkRange(given, byteLength, 0, call);
    const bytes =
      typeof data === "string" && length === byteLength ? data : part(data, offset, length);
    const { buffer } = copyToNative(bytes);
    const memory = memoryOf(buffer);
    const request = { kind: "write", fd, memory, offset: 0, length, position } as const;
    const operation = this.#start(request, [buffer], isWhole, countBytes, given, call);
    void operation.outcome().then(() => returnCopy(buffer));
    return operation;
  }

  #vector(
    kind: "readv" | "writev",
    buffers: readonly IoBuffer[],
    options: VectorOptions | undefined,
  ): Operation<number> {
    const fd = this.#fd(kind);
    if (!Array.isArray(buffers)) {
      throw typeError(
        `Cannot ${kind}: buffers are ${shown(buffers)}, wanted an array of IoBuffers`,
      );
    }
    checkNumber(buffers.length, "the number of buffers", kind, 1, VECTOR_BUFFERS_MAX);
    // A copy: the caller's array may change while the kernel has the buffers.
    const lent: readonly IoBuffer[] = [...buffers];
    let sum = 0;
    for (const buffer of lent) {
      if (!isIoBuffer(buffer)) throw foreignBuffer(buffer, kind);
      checkLendable(buffer);
      sum += buffer.byteLength;
    }
    if (new Set(lent).size !== lent.length) {
      throw typeError(`Cannot ${kind}: a buffer is given twice`, "ERR_INVALID_ARG_VALUE");
    }
    if (sum > TRANSFER_BYTES_MAX) {
      throw rangeError(
        `Cannot ${kind}: the buffers have ${sum} bytes, wanted at most ${TRANSFER_BYTES_MAX}`,
      );
    }
    const given = checkOptions(options, kind);
    const position = this.#position(given.position, kind);
    const parts = lent.map((buffer) => ({
      memory: memoryOf(buffer),
      offset: 0,
      length: buffer.byteLength,
    }));
    const request = { kind, fd, parts, position };
    return this.#start(request, lent, false, countBytes, given, kind);
  }

  #position(position: number | undefined, call: string): number {
    if (position === undefined) return NO_POSITION;
    checkPosition(position, "position", call);
    if (!this.isStream) return position;
    throw typeError(
      `Cannot ${call}: position is ${position}, but ${shown(this.path)} is a stream and has none`,
      "ERR_INVALID_ARG_VALUE",
    );
  }

  #start<T>(
    request: Request,
    buffers: readonly IoBuffer[],
    isWhole: boolean,
    finish: Finish<T>,
    options: CallOptions | undefined,
    call: string,
  ): Operation<T> {
    const owner = this.#handle;
    const start = { request, owner, path: owner.path, buffers, isWhole, finish };
    return startOperation(owner.table, start, checkOptions(options, call), call);
  }
}

function checkRange(
  options: TransferOptions,
  byteLength: number,
  lengthMin: number,
  call: string,
): { readonly offset: number; readonly length: number } {
  const { offset = 0, length = byteLength - offset } = options;
  if (offset !== 0) checkNumber(offset, "offset", call, 0, byteLength - lengthMin);
  checkNumber(length, "length", call, lengthMin, byteLength - offset);
  return { offset, length };
}

function part(data: string | Uint8Array, offset: number, length: number): Uint8Array {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return bytes.subarray(offset, offset + length);
}

function foreignBuffer(value: unknown, call: string): TypeError {
  return typeError(
    `Cannot ${call}: buffer is ${shown(value)}, wanted an IoBuffer: ` +
      "other memory could be taken away while the kernel still writes to it",
  );
}
