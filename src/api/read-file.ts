// readFile: open, read, close. The first read is into a kept buffer that most files fit into, and
// goes on until the kernel says that the file ends: what the file's size claims is only a hint, for
// it is 0 under /proc, and may change meanwhile.

import { constants } from "node:buffer";

import { ownError, shown, typeError } from "../base/errors.ts";
import {
  READ_BLOCKS_KEPT_MAX,
  READ_BYTES,
  READ_FILE_BYTES,
  SMALL_FILE_BYTES,
} from "../base/limits.ts";
import { IoBuffer } from "../operation/buffer.ts";
import type { CopyPath } from "./copy/paths.ts";
import type { File } from "./file.ts";
import { readHead } from "./file-head.ts";
import { type CallOptions, checkNumber, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import { beginWhole, closing, counted, ownFailure, type Whole } from "./whole.ts";

/** Options of `readFile`. */
export interface ReadFileOptions extends CallOptions {
  /**
   * Text, or bytes if absent. What is not UTF-8 becomes U+FFFD; a byte order mark stays.
   */
  readonly encoding?: "utf8" | "utf-8" | undefined;
  /**
   * A file of more bytes is refused with `ERR_TOO_BIG`; 0 or more, and for text at most
   * 536_870_888, which is also what it is if absent.
   */
  readonly maxBytes?: number | undefined;
}

/** What becomes of the bytes. */
interface Result<T> {
  /** Of bytes that are ours. */
  readonly copyOf: (bytes: Uint8Array) => T;
  /** Of bytes that are the caller's from here on, as many as there is memory if they are exact. */
  readonly of: (bytes: Uint8Array) => T;
}

/** Blocks for the next file that is not small. */
const kept: IoBuffer[] = [];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const TEXT: Result<string> = {
  copyOf: (bytes) => decoder.decode(bytes),
  of: (bytes) => decoder.decode(bytes),
};

const BYTES: Result<Uint8Array> = {
  copyOf: (bytes) => bytes.slice(),
  of: (bytes) => (bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()),
};

export function readFile(
  calls: PathCalls,
  path: Path,
  options: ReadFileOptions | undefined,
): Promise<Uint8Array | string> {
  const { raw, shown: name } = checkPath(path, "readFile");
  const given = takeOptions(options, "readFile");
  const isText = takeEncoding(options);
  const maxBytes = takeMaxBytes(options, isText);
  const result: Result<Uint8Array | string> = isText ? TEXT : BYTES;
  return beginWhole(calls, {
    call: "readFile",
    path: name,
    given,
    work: (whole) => read(whole, raw, maxBytes, result),
  });
}

async function read<T>(
  whole: Whole,
  path: CopyPath,
  maxBytes: number,
  result: Result<T>,
): Promise<T> {
  // One byte more than allowed shows that there are too many.
  const head = await readHead(whole, path, Math.min(SMALL_FILE_BYTES, maxBytes + 1), result.copyOf);
  if (head.file === null) return head.value;
  const { file, bytes } = head;
  return closing(file, async () => result.of(await gather(whole, file, bytes, maxBytes)));
}

function takeEncoding(options: ReadFileOptions | undefined): boolean {
  const encoding: unknown = options?.encoding;
  if (encoding === undefined) return false;
  if (encoding === "utf8" || encoding === "utf-8") return true;
  throw typeError(
    `Cannot readFile: encoding is ${shown(encoding)}, wanted "utf8", or none for bytes`,
    "ERR_INVALID_ARG_VALUE",
  );
}

function takeMaxBytes(options: ReadFileOptions | undefined, isText: boolean): number {
  const { maxBytes = READ_FILE_BYTES } = options ?? {};
  const most = isText ? constants.MAX_STRING_LENGTH : constants.MAX_LENGTH;
  checkNumber(maxBytes, "maxBytes", "readFile", 0, most);
  return maxBytes;
}

/** All bytes in memory of the engine. Of how much is needed, the file's size is a hint. */
async function gather(
  whole: Whole,
  file: File,
  head: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  const checkCount = (count: number): void => {
    if (count > maxBytes) throw ownFailure("ERR_TOO_BIG", whole);
  };
  checkCount(head.byteLength);
  const block = kept.pop() ?? new IoBuffer(READ_BYTES);
  try {
    let gathered: Uint8Array | null = null;
    for (let end = head.byteLength; ; ) {
      // One byte more than allowed shows that there are too many.
      const length = Math.min(READ_BYTES, maxBytes + 1 - end);
      const count = await counted(whole, file.readFully(block, { ...whole.options, length }));
      const isLast = count < length;
      checkCount(end + count);
      if (gathered === null) {
        const hint = isLast ? 0 : await sizeOf(file, whole);
        checkCount(hint);
        gathered = allocate(Math.max(hint, end + count));
        gathered.set(head);
      } else if (end + count > gathered.byteLength) gathered = longer(gathered, end, maxBytes);
      gathered.set(block.bytes.subarray(0, count), end);
      end += count;
      if (isLast) return gathered.subarray(0, end);
    }
  } finally {
    if (kept.length < READ_BLOCKS_KEPT_MAX) kept.push(block);
  }
}

/** 0 of what has none. */
async function sizeOf(file: File, { options }: Whole): Promise<number> {
  const { type, size } = await file.stat(options);
  return type === "file" ? size : 0;
}

/** Room for one more read at least. */
function longer(bytes: Uint8Array, end: number, maxBytes: number): Uint8Array {
  const all = allocate(Math.min(2 * bytes.byteLength + READ_BYTES, maxBytes));
  all.set(bytes.subarray(0, end));
  return all;
}

function allocate(byteLength: number): Uint8Array {
  try {
    return new Uint8Array(byteLength);
  } catch (cause) {
    throw ownError("ERR_NO_MEMORY", { syscall: "allocate memory", cause });
  }
}
