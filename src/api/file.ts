// An open file, FIFO, terminal or device, and what can be asked of it.

import { NO_POSITION } from "../backend/contract.ts";
import { shown, typeError } from "../base/errors.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import type { Writable } from "./data.ts";
import { FileAttributes } from "./file-attributes.ts";
import type { Handle, HandleState } from "./handle.ts";
import type { Operation } from "./operation.ts";
import {
  type CallOptions,
  checkPosition,
  type TransferOptions,
  takeOptions,
  type VectorOptions,
} from "./options.ts";
import { type Manner, type PositionOf, read, vector, write } from "./transfers.ts";

/** The one that is given; if none, the descriptor's own. */
const positionOf: PositionOf = ({ isStream, path }, { position }, call) => {
  if (position === undefined) return NO_POSITION;
  checkPosition(position, "position", call);
  if (!isStream) return position as number;
  throw typeError(
    `Cannot ${call}: position is ${position}, but ${shown(path)} is a stream and has none`,
    "ERR_INVALID_ARG_VALUE",
  );
};

const READ: Manner = { call: "read", isWhole: false, positionOf };
const READ_FULLY: Manner = { call: "read fully", isWhole: true, positionOf };
const WRITE: Manner = { call: "write", isWhole: false, positionOf };
const WRITE_ALL: Manner = { call: "write all", isWhole: true, positionOf };

/** Makes the file of a descriptor that an open has brought. */
export let makeFile: (handle: Handle) => File;

/** The handle of a file, or undefined if the value is none. */
export let handleOf: (value: unknown) => Handle | undefined;

/**
 * An open file. Made by `open()`.
 *
 * Calls without `position` go on where the last such call ended, and run one after the other; calls
 * with one run in parallel. A file that was opened for appending leaves the position to the kernel,
 * which alone knows where its writes go. On a stream (`isStream`) there are no positions, and the
 * kernel has one read and one write at a time.
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
export class File extends FileAttributes {
  readonly #handle: Handle;

  private constructor(handle: Handle) {
    super(handle);
    this.#handle = handle;
  }

  /** The path that it was opened by, as text; what is not UTF-8 in it reads as U+FFFD. */
  get path(): string {
    return this.#handle.path;
  }

  /** `open`; `closing` from `close()` until the descriptor is closed; `closed` after it. */
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
    return read(this.#handle, buffer, takeOptions(options, READ.call), READ);
  }

  /**
   * Reads until the buffer is full or the file ends. Canceled in between, the error tells in
   * `bytesTransferred` how many bytes are in the buffer. Otherwise like `read`.
   *
   * @returns Bytes read; fewer than asked for only at the end.
   * @throws As `read` does.
   *
   * @example
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using random = await open("/dev/urandom");
   * const key = new IoBuffer(32);
   * console.log(await random.readFully(key)); // 32
   * ```
   */
  readFully(buffer: IoBuffer, options?: TransferOptions): Operation<number> {
    return read(this.#handle, buffer, takeOptions(options, READ_FULLY.call), READ_FULLY);
  }

  /**
   * Writes at most the given bytes.
   *
   * @param data A buffer is lent until the operation settles; bytes and text are copied now.
   * @returns Bytes written, which may be fewer; `writeAll` goes on.
   * @throws As `read` does.
   *
   * Rejects as `read` does, and with `ENOSPC`, `EDQUOT`, or `EPIPE` if nobody reads a FIFO any
   * more; with `EBADF` if the file was not opened for writing.
   *
   * @example
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using file = await open("greeting", "w");
   * const count = await file.write(IoBuffer.from("Hello, world"), { length: 5 });
   * console.log(count); // 5
   * ```
   */
  write(data: Writable, options?: TransferOptions): Operation<number> {
    return write(this.#handle, data, takeOptions(options, WRITE.call), WRITE);
  }

  /**
   * Writes all the given bytes, in as many parts as the kernel makes of them. If it does not come
   * to its end, the error's `bytesTransferred` tells how many were written.
   *
   * @returns Bytes written: all.
   * @throws As `read` does.
   *
   * Rejects as `write` does, and with `ERR_NO_PROGRESS` if a device takes nothing more.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using log = await open("log", "a");
   * await log.writeAll("one line\n");
   * await log.datasync();
   * ```
   */
  writeAll(data: Writable, options?: TransferOptions): Operation<number> {
    return write(this.#handle, data, takeOptions(options, WRITE_ALL.call), WRITE_ALL);
  }

  /**
   * Reads into several buffers, filling one after the other. Otherwise like `read`.
   *
   * @param buffers 1 to 1024, none of them twice, of 2_147_479_552 bytes at most in all.
   * @returns Bytes read, in all buffers together; 0 only at the end.
   *
   * @example A header and what comes after it
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using file = await open("/etc/passwd");
   * const header = new IoBuffer(4);
   * const rest = new IoBuffer(4096);
   * const count = await file.readv([header, rest], { position: 0 });
   * console.log(header.bytes, rest.bytes.subarray(0, count - header.byteLength));
   * ```
   */
  readv(buffers: readonly IoBuffer[], options?: VectorOptions): Operation<number> {
    return vector(this.#handle, "readv", buffers, takeOptions(options, "readv"), positionOf);
  }

  /**
   * Writes several buffers, one after the other. Otherwise like `write`.
   *
   * @param buffers As of `readv`.
   * @returns Bytes written, of all buffers together, which may be fewer than they have.
   *
   * @example
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using file = await open("record", "w");
   * console.log(await file.writev([IoBuffer.from("head"), IoBuffer.from("body")])); // 8
   * ```
   */
  writev(buffers: readonly IoBuffer[], options?: VectorOptions): Operation<number> {
    return vector(this.#handle, "writev", buffers, takeOptions(options, "writev"), positionOf);
  }

  /**
   * Refuses new work at once, cancels pending reads, lets pending writes land, then closes the
   * descriptor, once. When `signal` aborts or `timeoutMs` has passed, or on `cancel()`, the writes
   * are canceled too; the descriptor is closed all the same. Calling it again returns the same
   * operation. Operations that it ends reject with `ABORT_ERR` and a cause with `ERR_CLOSED`.
   *
   * @example
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * const file = await open("/dev/zero");
   * const read = file.read(new IoBuffer(1)).outcome();
   * await file.close({ timeoutMs: 100 });
   * console.log(file.state, (await read).status);
   * ```
   */
  close(options?: CallOptions): Operation<void> {
    return this.#handle.close(takeOptions(options, "close"));
  }

  /**
   * Asks every operation of this file to stop; resolves when all have ended. Never rejects. What
   * it ends rejects with `ABORT_ERR`, which counts as handled. The file stays open.
   *
   * @example
   * ```ts
   * import { IoBuffer, open } from "overlapped";
   * await using file = await open("/etc/hostname");
   * const reads = [0, 8].map((position) => file.read(new IoBuffer(8), { position }));
   * await file.cancelAll();
   * console.log(reads.map(({ state }) => state)); // [ 'settled', 'settled' ]
   * ```
   */
  cancelAll(): Promise<void> {
    return this.#handle.cancelAll();
  }

  /**
   * Operations of this file keep the process alive, which is so from the start. Never throws.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = (await open("/etc/hostname")).unref();
   * console.log((await file.ref().stat()).size > 0); // true
   * ```
   */
  ref(): this {
    this.#handle.hold(true);
    return this;
  }

  /**
   * Operations of this file do not keep the process alive: it may end while they are in flight, the
   * close included. Never throws.
   *
   * @example A key that may be pressed while there is something else to do
   * ```ts
   * import { IoBuffer, open, stat } from "overlapped";
   * const terminal = (await open("/dev/tty", "r+")).unref();
   * const key = terminal.read(new IoBuffer(1)).outcome();
   * await Promise.race([key, stat("/etc/hostname")]);
   * await terminal.ref().close();
   * ```
   */
  unref(): this {
    this.#handle.hold(false);
    return this;
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  static {
    makeFile = (handle) => new File(handle);
    handleOf = (value) =>
      typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined;
  }
}
