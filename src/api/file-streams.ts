// The streams of a file, which are a part of `File`. The work is in streams/.

import type { Readable, Writable } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";

import type { Handle } from "./handle.ts";
import { type LineIterator, makeLines } from "./streams/lines.ts";
import { makeReadable, makeWritable } from "./streams/node.ts";
import type {
  LinesOptions,
  ReadableOptions,
  ReaderOptions,
  WriterOptions,
} from "./streams/options.ts";
import { makeReader, makeWriter } from "./streams/web.ts";

/** The handle of a file, pipe, terminal or other; undefined if the value is none. */
export let handleIn: (value: unknown) => Handle | undefined;

/**
 * The streams of an open file; a part of `File`, and of `StreamHandle`.
 *
 * Nothing is read before somebody asks. When a stream ends, fails, is canceled, aborted or
 * destroyed, it asks what is in flight to stop, waits until that has ended, and closes the file,
 * unless `close: false`. Then the file goes on where the stream has ended: bytes that were read and
 * did not reach anybody are read again. Its errors are those of `read` and `write`, and their
 * `bytesTransferred` counts the bytes of the whole stream.
 *
 * @example
 * ```ts
 * import { type FileStreams, open } from "overlapped";
 * const textOf = async (streams: FileStreams) => {
 *   let text = "";
 *   for await (const line of streams.lines()) text += `${line}; `;
 *   return text;
 * };
 * console.log(await textOf(await open("/etc/hostname")));
 * ```
 */
export class FileStreams {
  readonly #handle: Handle;

  /** Files are made by `open()`. */
  constructor(handle: Handle) {
    this.#handle = handle;
  }

  static {
    handleIn = (value) =>
      typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined;
  }

  /**
   * A byte stream of the web platform, which reads the file. It also fills memory that is brought
   * ("BYOB"): the bytes are copied there when they have arrived; the kernel never has that memory.
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * @example Read a file as text
   * ```ts
   * import { open } from "overlapped";
   * const file = await open("/etc/hostname");
   * for await (const text of file.createReader().pipeThrough(new TextDecoderStream())) {
   *   process.stdout.write(text);
   * }
   * ```
   */
  createReader(options?: ReaderOptions): ReadableStream<Uint8Array> {
    return makeReader(this.#handle, options);
  }

  /**
   * A stream of the web platform, which writes bytes, and text as UTF-8. A write settles when all
   * its bytes were taken; closing the stream closes the file.
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * @example Write what another stream brings
   * ```ts
   * import { open } from "overlapped";
   * const file = await open("greeting", "w");
   * await new Blob(["hello\n"]).stream().pipeTo(file.createWriter());
   * ```
   */
  createWriter(options?: WriterOptions): WritableStream<Uint8Array | string> {
    return makeWriter(this.#handle, options);
  }

  /**
   * A Node stream, which reads the file.
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * @example Compress a file
   * ```ts
   * import { pipeline } from "node:stream/promises";
   * import { createGzip } from "node:zlib";
   * import { open } from "overlapped";
   * const source = await open("/etc/hostname");
   * const target = await open("hostname.gz", "w");
   * await pipeline(source.toReadable(), createGzip(), target.toWritable());
   * ```
   */
  toReadable(options?: ReadableOptions): Readable {
    return makeReadable(this.#handle, options);
  }

  /**
   * A Node stream, which writes to the file. `finish` comes when the file is closed.
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * @example Write a few lines
   * ```ts
   * import { finished } from "node:stream/promises";
   * import { open } from "overlapped";
   * const writable = (await open("numbers", "w")).toWritable();
   * for (let count = 1; count <= 3; count++) writable.write(`${count}\n`);
   * writable.end();
   * await finished(writable);
   * ```
   */
  toWritable(options?: WriterOptions): Writable {
    return makeWritable(this.#handle, options);
  }

  /**
   * The lines of the file, as text. They end with LF or CRLF, which is not part of them; the last
   * one needs no end. What is not UTF-8 comes as replacement characters (U+FFFD).
   *
   * @throws {TypeError} or {RangeError} on a wrong option, or `ERR_CLOSED`.
   *
   * @example Find a user
   * ```ts
   * import { open } from "overlapped";
   * const file = await open("/etc/passwd");
   * for await (const line of file.lines()) {
   *   if (line.startsWith("root:")) break; // Stops reading and closes the file.
   * }
   * ```
   */
  lines(options?: LinesOptions): LineIterator {
    return makeLines(this.#handle, options);
  }
}
