// A descriptor whose bytes come once and in order: a FIFO, a pipe, a device, a terminal.

import type { DescriptorKind } from "../kernel/descriptors.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import type { Writable } from "./data.ts";
import { FileStreams } from "./file-streams.ts";
import type { Handle, HandleState } from "./handle.ts";
import type { Operation } from "./operation.ts";
import { type CallOptions, takeOptions } from "./options.ts";
import { readExactly } from "./read-exactly.ts";
import { type ReadUntilOptions, readUntil } from "./read-until.ts";
import {
  type Manner,
  noPosition,
  type Readiness,
  read,
  ready,
  takeStreamOptions,
  vector,
  write,
} from "./transfers.ts";

const READ: Manner = { call: "read", isWhole: false, positionOf: noPosition };
const WRITE: Manner = { call: "write", isWhole: false, positionOf: noPosition };
const WRITE_ALL: Manner = { call: "write", isWhole: true, positionOf: noPosition };

/** Options of reads and writes of one buffer of a stream, which has no positions. */
export interface PartOptions extends CallOptions {
  /** Bytes to skip at the start of the buffer; 0 if absent. */
  readonly offset?: number | undefined;
  /** Bytes to move; a read needs at least 1; as many as there are behind `offset` if absent. */
  readonly length?: number | undefined;
}

/**
 * A FIFO, pipe, terminal, device, counter or timer: its bytes come once and in order. Made by
 * `openPipe()`, `pipe()`, `stdin()`, `fromFd()`, `openStream()` and others.
 *
 * The kernel has one read and one write of it at a time; those that are called meanwhile wait for
 * their turn, in the order of the calls. Whatever is canceled, timed out or abandoned, no byte is
 * lost: what had been taken by then goes to the next read.
 *
 * @example An answer, for no longer than a second; then another question
 * ```ts
 * import { pipe } from "overlapped";
 * const { reader, writer } = pipe();
 * const late = reader.readUntil("\n", { timeoutMs: 10 }).catch((error: Error) => error.message);
 * console.log(await late); // Cannot readUntil …: operation did not complete in time …
 * await writer.writeAll("an answer\n");
 * console.log(new TextDecoder().decode(await reader.readUntil("\n")));
 * await Promise.all([reader.close(), writer.close()]);
 * ```
 */
export class StreamHandle extends FileStreams {
  readonly #handle: Handle;
  readonly #kind: DescriptorKind;

  constructor(handle: Handle, kind: DescriptorKind) {
    super(handle);
    this.#handle = handle;
    this.#kind = kind;
  }

  /** What it is; a pipe is a `fifo`, too. */
  get kind(): DescriptorKind {
    return this.#kind;
  }

  /** The path that it was opened by, or the name that the kernel has for it: `pipe:[4242]`. */
  get path(): string {
    return this.#handle.path;
  }

  /** `open`; `closing` from `close()` until the descriptor is closed; `closed` after it. */
  get state(): HandleState {
    return this.#handle.state;
  }

  /**
   * Reads at most as many bytes as the buffer has room for, as soon as there are any.
   *
   * @param buffer Lent until the operation settles.
   * @returns Bytes read; 0 only at the end. What is the end depends: of a FIFO it is that nobody
   *   has it open for writing any more, of a terminal that somebody typed Ctrl-D or hung up.
   * @throws {TypeError} `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_BUFFER_LENT`,
   *   `ERR_BUFFER_TRANSFERRED` or `ERR_CLOSED`; nothing was submitted.
   * @throws {RangeError} `ERR_OUT_OF_RANGE`; nothing was submitted.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what the kernel said, such as `EIO`.
   *
   * @example Whatever is there within 50 ms
   * ```ts
   * import { IoBuffer, stdin } from "overlapped";
   * const buffer = new IoBuffer(4096);
   * const outcome = await stdin().read(buffer, { timeoutMs: 50 }).outcome();
   * console.log(outcome.status, outcome.bytesTransferred);
   * ```
   */
  read(buffer: IoBuffer, options?: PartOptions): Operation<number> {
    const given = takeStreamOptions(this.#handle, options, READ.call);
    return read(this.#handle, buffer, given, READ);
  }

  /**
   * Reads into several buffers, filling one after the other. Otherwise like `read`.
   *
   * @param buffers 1 to 1024, none of them twice, of 2_147_479_552 bytes at most in all.
   *
   * @example
   * ```ts
   * import { IoBuffer, pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * await writer.writeAll("headbody");
   * const [head, body] = [new IoBuffer(4), new IoBuffer(64)];
   * console.log(await reader.readv([head, body])); // 8
   * await Promise.all([reader.close(), writer.close()]);
   * ```
   */
  readv(buffers: readonly IoBuffer[], options?: CallOptions): Operation<number> {
    const given = takeStreamOptions(this.#handle, options, "readv");
    return vector(this.#handle, "readv", buffers, given, noPosition);
  }

  /**
   * Reads so many bytes, however many reads that takes; none of another call comes between.
   * Canceled or failed before all are there, those that are go back: the next read has them.
   *
   * @param byteCount 1 to 2_147_479_552.
   * @returns The bytes, in memory of their own.
   * @throws {TypeError} or {RangeError} on a wrong argument, or `ERR_CLOSED`.
   *
   * Rejects with `ERR_UNEXPECTED_END` if the stream ends before, `ABORT_ERR`, `ETIMEDOUT`, or what
   * the kernel said. `bytesTransferred` then tells how many were there and went back.
   *
   * @example Messages, each behind its length
   * ```ts
   * import { pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * await writer.writeAll(Buffer.from([0, 5, 104, 101, 108, 108, 111]));
   * const head = await reader.readExactly(2, { timeoutMs: 1000 });
   * const text = await reader.readExactly(Buffer.from(head).readUInt16BE());
   * console.log(Buffer.from(text).toString());
   * await Promise.all([reader.close(), writer.close()]);
   * ```
   */
  readExactly(byteCount: number, options?: CallOptions): Promise<Uint8Array> {
    return readExactly(this.#handle, byteCount, options);
  }

  /**
   * Reads up to a delimiter and with it, however many reads that takes; none of another call comes
   * between. What the kernel brought beyond it is for the next read. Canceled or failed before the
   * delimiter is there, all goes back.
   *
   * @param delimiter Text (as UTF-8) or bytes; 1 to 65_536 bytes.
   * @returns The bytes with the delimiter, in memory of their own.
   * @throws {TypeError} or {RangeError} on a wrong argument, or `ERR_CLOSED`.
   *
   * Rejects with `ERR_UNEXPECTED_END` if the stream ends before, `ERR_LINE_TOO_LONG` if it is not
   * in the first `maxBytes`, `ABORT_ERR`, `ETIMEDOUT`, or what the kernel said. `bytesTransferred`
   * then tells how many bytes were there and went back.
   *
   * @example A device that is asked and answers
   * ```ts
   * import { pipe } from "overlapped";
   * const { reader, writer } = pipe(); // Or a serial line.
   * await writer.writeAll("AT\r\nOK\r\n");
   * console.log(Buffer.from(await reader.readUntil("\r\n", { timeoutMs: 1000 })).toString());
   * await Promise.all([reader.close(), writer.close()]);
   * ```
   */
  readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Promise<Uint8Array> {
    return readUntil(this.#handle, delimiter, options);
  }

  /**
   * Writes at most the given bytes, as soon as there is room for any.
   *
   * @param data A buffer is lent until the operation settles; bytes and text are copied now.
   * @returns Bytes written, which may be fewer; `writeAll` goes on.
   * @throws As `read` does.
   *
   * Rejects as `read` does, and with `EPIPE` if nobody reads any more, which is no signal here.
   *
   * @example As much as there is room for now
   * ```ts
   * import { pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * console.log(await writer.write(new Uint8Array(1_000_000)) < 1_000_000); // true
   * await Promise.all([reader.close(), writer.close()]);
   * ```
   */
  write(data: Writable, options?: PartOptions): Operation<number> {
    const given = takeStreamOptions(this.#handle, options, WRITE.call);
    return write(this.#handle, data, given, WRITE);
  }

  /**
   * Writes all the given bytes, in as many parts as the kernel makes of them; none of another call
   * comes between. If it does not come to its end, the error's `bytesTransferred` tells how many
   * were written.
   *
   * @returns Bytes written: all.
   * @throws As `read` does.
   *
   * @example
   * ```ts
   * import { stdout } from "overlapped";
   * await stdout().writeAll("Hello\n", { timeoutMs: 1000 });
   * ```
   */
  writeAll(data: Writable, options?: PartOptions): Operation<number> {
    const given = takeStreamOptions(this.#handle, options, WRITE_ALL.call);
    return write(this.#handle, data, given, WRITE_ALL);
  }

  /**
   * Writes several buffers, one after the other. Otherwise like `write`.
   *
   * @param buffers As of `readv`.
   *
   * @example
   * ```ts
   * import { IoBuffer, pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * console.log(await writer.writev([IoBuffer.from("head"), IoBuffer.from("body")])); // 8
   * await Promise.all([reader.close(), writer.close()]);
   * ```
   */
  writev(buffers: readonly IoBuffer[], options?: CallOptions): Operation<number> {
    const given = takeStreamOptions(this.#handle, options, "writev");
    return vector(this.#handle, "writev", buffers, given, noPosition);
  }

  /**
   * Waits until a read or a write would not have to wait, without doing either: for descriptors
   * that something else reads or writes. The end and an error count as ready, for then a read or
   * write does not wait. By the time that you look, somebody else may have taken what was there.
   *
   * @throws {TypeError} on a wrong argument, or `ERR_CLOSED`.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, `ERR_ABANDONED`, or what the kernel said.
   *
   * @example
   * ```ts
   * import { pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * await writer.ready("writable");
   * console.log((await reader.ready("readable", { timeoutMs: 10 }).outcome()).status); // timedOut
   * await Promise.all([reader.close(), writer.close()]);
   * ```
   */
  ready(what: Readiness, options?: CallOptions): Operation<void> {
    return ready(this.#handle, what, options);
  }

  /**
   * Refuses new work at once, cancels pending reads, lets pending writes land, then closes the
   * descriptor, once. When `signal` aborts or `timeoutMs` has passed, or on `cancel()`, the writes
   * are canceled too; the descriptor is closed all the same. Calling it again returns the same
   * operation. Operations that it ends reject with `ABORT_ERR` and a cause with `ERR_CLOSED`.
   *
   * Of an inherited descriptor, such as that of `stdin()`, our duplicate is closed, not that of
   * the program.
   *
   * @throws {TypeError} or {RangeError} on a wrong option.
   *
   * @example
   * ```ts
   * import { IoBuffer, pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * const read = reader.read(new IoBuffer(1)).outcome();
   * await reader.close();
   * console.log(reader.state, (await read).status); // closed canceled
   * await writer.close();
   * ```
   */
  close(options?: CallOptions): Operation<void> {
    return this.#handle.close(takeOptions(options, "close"));
  }

  /**
   * Asks every operation of this handle to stop; resolves when all have ended. Never rejects. What
   * it ends rejects with `ABORT_ERR`, which counts as handled. The handle stays open.
   *
   * @example
   * ```ts
   * import { pipe } from "overlapped";
   * const { reader, writer } = pipe();
   * const line = reader.readUntil("\n").catch((error) => error.code);
   * await reader.cancelAll();
   * console.log(await line, reader.state); // ABORT_ERR open
   * await Promise.all([reader.close(), writer.close()]);
   * ```
   */
  cancelAll(): Promise<void> {
    return this.#handle.cancelAll();
  }

  /**
   * Operations of this handle keep the process alive, which is so from the start. Never throws.
   *
   * @example
   * ```ts
   * import { stdin } from "overlapped";
   * const input = stdin().unref();
   * await input.ref().close();
   * ```
   */
  ref(): this {
    this.#handle.hold(true);
    return this;
  }

  /**
   * Operations of this handle do not keep the process alive: it may end while they are in flight.
   * Never throws.
   *
   * @example A key that may be pressed while there is something else to do
   * ```ts
   * import { IoBuffer, stat, stdin } from "overlapped";
   * const input = stdin().unref();
   * const key = input.read(new IoBuffer(1)).outcome();
   * await Promise.race([key, stat("/etc/hostname")]);
   * await input.ref().close();
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
}
