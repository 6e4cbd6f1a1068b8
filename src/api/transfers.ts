// Reads and writes of a handle without positions, with the checks of their arguments.
//
// Options first, for their getters may run any code; then what that code may have changed.

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
import { type Handle, POLLIN } from "./handle.ts";
import { type Finish, type Operation, startOperation } from "./operation.ts";
import { type CallOptions, type Given, takeOptions } from "./options.ts";

const POLLOUT = 4;

const NONE: readonly IoBuffer[] = [];
const POSITION = NO_POSITION;

const countBytes: Finish<number> = (_completion: Completion, bytes: number) => bytes;
const nothing: Finish<void> = () => undefined;

/** What a handle can be ready for. */
export type Readiness = "readable" | "writable";

const EVENTS: Readonly<Record<Readiness, number>> = { readable: POLLIN, writable: POLLOUT };

/** See `StreamHandle.read`; with `isWhole`, until the buffer is full. */
export function read(
  handle: Handle,
  buffer: IoBuffer,
  options: CallOptions | undefined,
  isWhole: boolean,
): Operation<number> {
  const given = takeStreamOptions(handle, options, "read");
  handle.checkOpen("read");
  checkBuffer(buffer, "read");
  const range = checkRange(given, buffer.byteLength, 1, "read");
  const { fd } = handle;
  const request = { kind: "read", fd, memory: memoryOf(buffer), ...range, position: POSITION };
  return start(handle, request as Request, [buffer], countBytes, given, isWhole);
}

/** See `StreamHandle.write`; with `isWhole`, `writeAll`. */
export function write(
  handle: Handle,
  data: Writable,
  options: CallOptions | undefined,
  isWhole: boolean,
): Operation<number> {
  const given = takeStreamOptions(handle, options, "write");
  handle.checkOpen("write");
  const { fd } = handle;
  if (isIoBuffer(data)) {
    checkBuffer(data, "write");
    const range = checkRange(given, data.byteLength, 0, "write");
    const request = { kind: "write", fd, memory: memoryOf(data), ...range, position: POSITION };
    return start(handle, request as Request, [data], countBytes, given, isWhole);
  }
  const bytes = takeBytes(data, "write");
  const { offset, length } = checkRange(given, bytes.byteLength, 0, "write");
  const copy = copyToNative(bytes.subarray(offset, offset + length));
  const place = { memory: memoryOf(copy), offset: 0, length, position: POSITION };
  return start(handle, { kind: "write", fd, ...place }, [copy], countBytes, given, isWhole, true);
}

/** See `StreamHandle.readv` and `writev`. */
export function vector(
  handle: Handle,
  kind: "readv" | "writev",
  buffers: readonly IoBuffer[],
  options: CallOptions | undefined,
): Operation<number> {
  const given = takeStreamOptions(handle, options, kind);
  const taken = takeBuffers(buffers, kind);
  handle.checkOpen(kind);
  checkBuffers(taken, kind);
  const parts = taken.map((buffer) => {
    return { memory: memoryOf(buffer), offset: 0, length: buffer.byteLength };
  });
  const request = { kind, fd: handle.fd, parts, position: POSITION } as const;
  return start(handle, request, taken, countBytes, given);
}

/** See `StreamHandle.ready`. */
export function ready(
  handle: Handle,
  what: Readiness,
  options: CallOptions | undefined,
): Operation<void> {
  const given = takeOptions(options, "poll");
  handle.checkOpen("poll");
  if (typeof what !== "string" || !Object.hasOwn(EVENTS, what)) {
    throw typeError(
      `Cannot poll: it is ${shown(what)}, wanted "readable" or "writable"`,
      typeof what === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE",
    );
  }
  const request = { kind: "poll", fd: handle.fd, events: EVENTS[what] } as const;
  return start(handle, request, NONE, nothing, given);
}

/** Begins an operation of the handle, whose arguments have been checked. */
export function start<T>(
  owner: Handle,
  request: Request,
  buffers: readonly IoBuffer[],
  finish: Finish<T>,
  given: Given,
  isWhole = false,
  isCopy = false,
): Operation<T> {
  const whole = { request, owner, path: owner.path, buffers, isWhole, isCopy, finish };
  return startOperation(owner.table, whole, given);
}

function takeStreamOptions(
  { path }: Handle,
  options: CallOptions | undefined,
  call: string,
): Given {
  const given = takeOptions(options, call);
  if (given.position === undefined) return given;
  throw typeError(
    `Cannot ${call}: position is ${shown(given.position)}, but ${shown(path)} is a stream and ` +
      "has none",
    "ERR_INVALID_ARG_VALUE",
  );
}
