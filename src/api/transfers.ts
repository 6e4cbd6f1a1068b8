// Reads and writes of a handle, with the checks of their arguments: with positions or without.
//
// Options are taken by the caller, and first, for their getters may run any code; then comes here
// what that code may have changed.

import { type Completion, NO_POSITION } from "../backend/contract.ts";
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
import { openFd, start } from "./handle-operation.ts";
import type { Finish, Operation } from "./operation.ts";
import { type CallOptions, type Given, takeOptions } from "./options.ts";

const POLLOUT = 4;

const NONE: readonly IoBuffer[] = [];

const countBytes: Finish<number> = (_completion: Completion, bytes: number) => bytes;
const nothing: Finish<void> = () => undefined;

/** What a handle can be ready for. */
export type Readiness = "readable" | "writable";

const EVENTS: Readonly<Record<Readiness, number>> = { readable: POLLIN, writable: POLLOUT };

/** Where a read or write is to be; throws if there is no such place. */
export type PositionOf = (handle: Handle, given: Given, call: string) => number;

/** What the reads, or the writes, of one public method have in common. */
export interface Manner {
  /** Its name, as errors say it. */
  readonly call: string;
  /** Repeat until all bytes have moved, or the end. */
  readonly isWhole: boolean;
  readonly positionOf: PositionOf;
}

export function read(
  handle: Handle,
  buffer: IoBuffer,
  given: Given,
  { call, isWhole, positionOf }: Manner,
): Operation<number> {
  const fd = openFd(handle, call);
  checkBuffer(buffer, call);
  const { offset, length } = checkRange(given, buffer.byteLength, 1, call);
  const position = positionOf(handle, given, call);
  const memory = memoryOf(buffer);
  const request = { kind: "read", fd, memory, offset, length, position } as const;
  return start(handle, request, [buffer], countBytes, given, isWhole);
}

export function write(
  handle: Handle,
  data: Writable,
  given: Given,
  { call, isWhole, positionOf }: Manner,
): Operation<number> {
  const fd = openFd(handle, call);
  const position = positionOf(handle, given, call);
  if (isIoBuffer(data)) {
    checkBuffer(data, call);
    const { offset, length } = checkRange(given, data.byteLength, 0, call);
    const memory = memoryOf(data);
    const request = { kind: "write", fd, memory, offset, length, position } as const;
    return start(handle, request, [data], countBytes, given, isWhole);
  }
  const bytes = takeBytes(data, call);
  const { offset, length } = checkRange(given, bytes.byteLength, 0, call);
  const copy = copyToNative(bytes.subarray(offset, offset + length));
  const memory = memoryOf(copy);
  const request = { kind: "write", fd, memory, offset: 0, length, position } as const;
  return start(handle, request, [copy], countBytes, given, isWhole, true);
}

export function vector(
  handle: Handle,
  kind: "readv" | "writev",
  buffers: readonly IoBuffer[],
  given: Given,
  positionOf: PositionOf,
): Operation<number> {
  const taken = takeBuffers(buffers, kind);
  const fd = openFd(handle, kind);
  checkBuffers(taken, kind);
  const position = positionOf(handle, given, kind);
  const parts = taken.map((buffer) => ({
    memory: memoryOf(buffer),
    offset: 0,
    length: buffer.byteLength,
  }));
  return start(handle, { kind, fd, parts, position }, taken, countBytes, given);
}

/** Of a stream: there is none, and `takeStreamOptions` has seen to it that none was given. */
export const noPosition: PositionOf = () => NO_POSITION;

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

export function takeStreamOptions(
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
