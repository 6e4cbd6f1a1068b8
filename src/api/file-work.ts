// What copying and listing ask of files, and no public method does.

import type { Completion, RawPath } from "../backend/contract.ts";
import { bug } from "../base/assert.ts";
import { COPY_BUFFER_BYTES_KEPT_MAX } from "../base/limits.ts";
import { type IoBuffer, memoryOf } from "../operation/buffer.ts";
import { takeBuffer } from "../operation/copy.ts";
import { type CopyPath, shownPath } from "./copy/paths.ts";
import { type File, handleOf } from "./file.ts";
import type { Handle } from "./handle.ts";
import { start } from "./handle-operation.ts";
import { type Finish, type Operation, recordOf } from "./operation.ts";
import { type CallOptions, takeOptions } from "./options.ts";
import { type PathCalls, starterFor } from "./path-calls.ts";

/** Positions and length in bytes. */
export interface CopyRange {
  readonly fromPosition: number;
  readonly toPosition: number;
  readonly length: number;
}

const NONE: readonly IoBuffer[] = [];

const nothing: Finish<void> = () => undefined;

const number = (completion: Completion): number =>
  completion.kind === "done" ? completion.value : bug(`file: completed as ${completion.kind}`);

/** copy_file_range(2): returns how many bytes were copied; 0 at the end. */
export function copyRange(
  from: File,
  to: File,
  range: CopyRange,
  options?: CallOptions,
): Operation<number> {
  const [source, target] = [openHandle(from, "copy"), openHandle(to, "copy")];
  const request = { kind: "copyRange", from: source.fd, to: target.fd, ...range } as const;
  const operation = start(target, request, NONE, number, takeOptions(options, request.kind));
  source.borrow(recordOf(operation));
  return operation;
}

/** Makes `to` a file of the blocks of `from`, where the file system can. */
export function cloneFile(from: File, to: File, options?: CallOptions): Operation<void> {
  const [source, target] = [openHandle(from, "clone"), openHandle(to, "clone")];
  const request = { kind: "clone", from: source.fd, to: target.fd } as const;
  const operation = start(target, request, NONE, nothing, takeOptions(options, request.kind));
  source.borrow(recordOf(operation));
  return operation;
}

/** Where the next data or hole begins, at or after `position`; ENXIO if there is none. */
export function seekFile(
  file: File,
  wants: "data" | "hole",
  position: number,
  options?: CallOptions,
): Operation<number> {
  const handle = openHandle(file, "seek");
  const request = { kind: "seek", fd: handle.fd, position, wants } as const;
  return start(handle, request, NONE, number, takeOptions(options, request.kind));
}

/** The next entries of a directory, as getdents64(2) has them; 0 bytes at the end. */
export function listFile(file: File, buffer: IoBuffer, options?: CallOptions): Operation<number> {
  const handle = openHandle(file, "list");
  const part = { memory: memoryOf(buffer), offset: 0, length: buffer.byteLength };
  const request = { kind: "list", fd: handle.fd, ...part } as const;
  return start(handle, request, [buffer], number, takeOptions(options, request.kind));
}

/** Files to copy from one directory to another. */
export interface FileNames {
  readonly from: RawPath;
  readonly to: RawPath;
  readonly names: readonly CopyPath[];
  /** Whether owner, mode and times are kept. */
  readonly preserve: boolean;
}

/** Bytes of names, results and room: as many as make a buffer that is used again. */
const COPY_FILES_BYTES = COPY_BUFFER_BYTES_KEPT_MAX;

const RESULT_BYTES = 8;

/**
 * Copies small files, one after the other, to names that are free; returns how many bytes each has,
 * or a negative errno: EFBIG for what is not simply a small file.
 */
export function copyFiles(
  calls: PathCalls,
  { from, to, names, preserve }: FileNames,
  options?: CallOptions,
): Operation<number[]> {
  const buffer = takeBuffer(COPY_FILES_BYTES);
  const namesLength = putNames(names, buffer.bytes);
  const resultsOffset = Math.ceil(namesLength / RESULT_BYTES) * RESULT_BYTES;
  const roomOffset = resultsOffset + names.length * RESULT_BYTES;
  const finish: Finish<number[]> = () => {
    const view = new DataView(buffer.bytes.buffer, buffer.bytes.byteOffset + resultsOffset);
    return names.map((_, index) => Number(view.getBigInt64(index * RESULT_BYTES, true)));
  };
  const places = { offset: 0, length: COPY_FILES_BYTES, namesLength, resultsOffset, roomOffset };
  const memory = memoryOf(buffer);
  const request = { kind: "copyFiles", from, to, memory, ...places, preserve } as const;
  const starter = starterFor(calls, "copy");
  const given = takeOptions(options, "copy");
  const path = shownPath(from);
  return starter.start({ request, path, finish, given, call: "copy", buffers: [buffer] });
}

/** One behind the other, each with a NUL; returns how many bytes they are. */
function putNames(names: readonly CopyPath[], bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const name of names) {
    if (typeof name === "string") at += buffer.write(name, at);
    else {
      buffer.set(name, at);
      at += name.length;
    }
    buffer[at] = 0;
    at += 1;
  }
  return at;
}

function openHandle(file: File, call: string): Handle {
  const handle = handleOf(file) ?? bug(`file: cannot ${call} what is no file`);
  handle.checkOpen(call);
  return handle;
}
