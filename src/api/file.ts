// An open file, FIFO, terminal or device, and what can be asked of it.

import { type Completion, NO_POSITION, type Request } from "../backend/contract.ts";
import { shown, typeError } from "../base/errors.ts";
import { type IoBuffer, isIoBuffer, memoryOf } from "../operation/buffer.ts";
import { copyToNative } from "../operation/copy.ts";
import {
  checkBuffer,
  checkBuffers,
  checkRange,
  takeBuffers,
  takeBytes,
  type Writable,
} from "./data.ts";
import { FileStreams } from "./file-streams.ts";
import type { Handle, HandleState } from "./handle.ts";
import { type Finish, type Operation, startOperation } from "./operation.ts";
import {
  type CallOptions,
  checkMode,
  checkNumber,
  checkPosition,
  checkTime,
  type Given,
  OWNER_MAX,
  type Time,
  type TransferOptions,
  takeFlag,
  takeOptions,
  type VectorOptions,
} from "./options.ts";
import { type FileStat, finishStat } from "./stat.ts";

const NONE: readonly IoBuffer[] = [];

const countBytes: Finish<number> = (_completion: Completion, bytes: number) => bytes;
const nothing: Finish<void> = () => undefined;

/** Makes the file of a descriptor that an open has brought. */
export let makeFile: (handle: Handle) => File;

/** The handle of a file, or undefined if the value is none. */
export let handleOf: (value: unknown) => Handle | undefined;

/** Options of `allocate`. */
export interface AllocateOptions extends CallOptions {
  /** Whether the file's length stays as it is; it does not if absent. */
  readonly keepSize?: boolean | undefined;
}

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
export class File extends FileStreams {
  readonly #handle: Handle;

  private constructor(handle: Handle) {
    super(handle);
    this.#handle = handle;
  }

  /** The path that it was opened by. */
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
   *
   * @example
   * ```ts
   * import { open, unlink } from "overlapped";
   * {
   *   await using log = await open("/tmp/overlapped-log", "a");
   *   await log.writeAll("one line\n");
   *   await log.datasync();
   * }
   * await unlink("/tmp/overlapped-log");
   * ```
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

  /** What the kernel knows of the file, whatever its path leads to by now. */
  stat(options?: CallOptions): Operation<FileStat> {
    const given = takeOptions(options, "stat");
    const request = { kind: "stat", target: this.#fd("stat"), followSymlinks: true } as const;
    return this.#start(request, NONE, finishStat, given);
  }

  /** Makes the file `byteLength` bytes long (0 or more); what is new reads as zeros. */
  truncate(byteLength: number, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "truncate");
    const fd = this.#fd("truncate");
    checkPosition(byteLength, "byteLength", "truncate");
    return this.#start({ kind: "truncate", fd, length: byteLength }, NONE, nothing, given);
  }

  /**
   * Makes sure that the file system has room for `byteLength` bytes (1 or more) from `offset`. The
   * file grows to include them, unless `keepSize`.
   */
  allocate(offset: number, byteLength: number, options?: AllocateOptions): Operation<void> {
    const keepSize = takeFlag(options, "keepSize", false, "allocate");
    const given = takeOptions(options, "allocate");
    const fd = this.#fd("allocate");
    checkPosition(offset, "offset", "allocate");
    checkNumber(byteLength, "byteLength", "allocate", 1, Number.MAX_SAFE_INTEGER - offset);
    const request = { kind: "allocate", fd, offset, length: byteLength, keepSize } as const;
    return this.#start(request, NONE, nothing, given);
  }

  /** @param mode Permissions, such as 0o644; the process's umask does not count. */
  chmod(mode: number, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "chmod");
    const target = this.#fd("chmod");
    checkMode(mode, "chmod");
    return this.#start({ kind: "chmod", target, mode }, NONE, nothing, given);
  }

  /** Gives the file to a user and a group, by number. */
  chown(uid: number, gid: number, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "chown");
    const target = this.#fd("chown");
    checkNumber(uid, "uid", "chown", 0, OWNER_MAX);
    checkNumber(gid, "gid", "chown", 0, OWNER_MAX);
    const request = { kind: "chown", target, uid, gid, followSymlinks: true } as const;
    return this.#start(request, NONE, nothing, given);
  }

  /** Sets when the file was last read and written; see `utimes` of {@link PathCalls}. */
  utimes(accessed: Time, modified: Time, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "utimes");
    const target = this.#fd("utimes");
    const accessedNs = checkTime(accessed, "accessed", "utimes");
    const modifiedNs = checkTime(modified, "modified", "utimes");
    const times = { accessedNs, modifiedNs, followSymlinks: true };
    return this.#start({ kind: "utimes", target, ...times }, NONE, nothing, given);
  }

  /** Waits until the file and what describes it are on the device: fsync(2). */
  sync(options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "sync");
    return this.#start({ kind: "fsync", fd: this.#fd("sync") }, NONE, nothing, given);
  }

  /** Waits until the bytes of the file are on the device: fdatasync(2). */
  datasync(options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "datasync");
    return this.#start({ kind: "fdatasync", fd: this.#fd("datasync") }, NONE, nothing, given);
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

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  static {
    makeFile = (handle) => new File(handle);
    handleOf = (value) =>
      typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined;
  }

  #fd(call: string): number {
    this.#handle.checkOpen(call);
    return this.#handle.fd;
  }

  // Options first, for their getters may run any code; then what that code may have changed.

  #read(
    buffer: IoBuffer,
    options: TransferOptions | undefined,
    isWhole: boolean,
    call: string,
  ): Operation<number> {
    const given = takeOptions(options, call);
    const fd = this.#fd(call);
    checkBuffer(buffer, call);
    const { offset, length } = checkRange(given, buffer.byteLength, 1, call);
    const position = this.#position(given, call);
    const memory = memoryOf(buffer);
    const request = { kind: "read", fd, memory, offset, length, position } as const;
    return this.#start(request, [buffer], countBytes, given, isWhole);
  }

  #write(
    data: Writable,
    options: TransferOptions | undefined,
    isWhole: boolean,
    call: string,
  ): Operation<number> {
    const given = takeOptions(options, call);
    const fd = this.#fd(call);
    const position = this.#position(given, call);
    if (isIoBuffer(data)) {
      checkBuffer(data, call);
      const range = checkRange(given, data.byteLength, 0, call);
      const request = { kind: "write", fd, memory: memoryOf(data), ...range, position } as const;
      return this.#start(request, [data], countBytes, given, isWhole);
    }
    const bytes = takeBytes(data, call);
    const { offset, length } = checkRange(given, bytes.byteLength, 0, call);
    const copy = copyToNative(bytes.subarray(offset, offset + length));
    const memory = memoryOf(copy);
    const request = { kind: "write", fd, memory, offset: 0, length, position } as const;
    return this.#start(request, [copy], countBytes, given, isWhole, true);
  }

  #vector(
    kind: "readv" | "writev",
    buffers: readonly IoBuffer[],
    options: VectorOptions | undefined,
  ): Operation<number> {
    const given = takeOptions(options, kind);
    const taken = takeBuffers(buffers, kind);
    const fd = this.#fd(kind);
    checkBuffers(taken, kind);
    const position = this.#position(given, kind);
    const parts = taken.map((buffer) => ({
      memory: memoryOf(buffer),
      offset: 0,
      length: buffer.byteLength,
    }));
    return this.#start({ kind, fd, parts, position }, taken, countBytes, given);
  }

  #position(given: Given, call: string): number {
    const { position } = given;
    if (position === undefined) return NO_POSITION;
    checkPosition(position, "position", call);
    if (!this.isStream) return position as number;
    throw typeError(
      `Cannot ${call}: position is ${position}, but ${shown(this.path)} is a stream and has none`,
      "ERR_INVALID_ARG_VALUE",
    );
  }

  #start<T>(
    request: Request,
    buffers: readonly IoBuffer[],
    finish: Finish<T>,
    given: Given,
    isWhole = false,
    isCopy = false,
  ): Operation<T> {
    const owner = this.#handle;
    const start = { request, owner, path: owner.path, buffers, isWhole, isCopy, finish };
    return startOperation(owner.table, start, given);
  }
}
