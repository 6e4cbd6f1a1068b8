// What copying and listing ask of files, and no public method does.

import type { Completion, Request } from "../backend/contract.ts";
import { bug } from "../base/assert.ts";
import { type IoBuffer, memoryOf } from "../operation/buffer.ts";
import { type File, handleOf } from "./file.ts";
import type { Handle } from "./handle.ts";
import { type Finish, type Operation, recordOf, startOperation } from "./operation.ts";
import { type CallOptions, takeOptions } from "./options.ts";

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
  const operation = start(target, request, NONE, number, options);
  source.borrow(recordOf(operation));
  return operation;
}

/** Makes `to` a file of the blocks of `from`, where the file system can. */
export function cloneFile(from: File, to: File, options?: CallOptions): Operation<void> {
  const [source, target] = [openHandle(from, "clone"), openHandle(to, "clone")];
  const request = { kind: "clone", from: source.fd, to: target.fd } as const;
  const operation = start(target, request, NONE, nothing, options);
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
  return start(handle, { kind: "seek", fd: handle.fd, position, wants }, NONE, number, options);
}

/** The next entries of a directory, as getdents64(2) has them; 0 bytes at the end. */
export function listFile(file: File, buffer: IoBuffer, options?: CallOptions): Operation<number> {
  const handle = openHandle(file, "list");
  const part = { memory: memoryOf(buffer), offset: 0, length: buffer.byteLength };
  return start(handle, { kind: "list", fd: handle.fd, ...part }, [buffer], number, options);
}

function openHandle(file: File, call: string): Handle {
  const handle = handleOf(file) ?? bug(`file: cannot ${call} what is no file`);
  handle.checkOpen(call);
  return handle;
}

function start<T>(
  owner: Handle,
  request: Request,
  buffers: readonly IoBuffer[],
  finish: Finish<T>,
  options: CallOptions | undefined,
): Operation<T> {
  const given = takeOptions(options, request.kind);
  const { path } = owner;
  const whole = { request, owner, path, buffers, isWhole: false, isCopy: false, finish };
  return startOperation(owner.table, whole, given);
}
