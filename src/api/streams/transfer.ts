// Reads and writes of streams: the operations of `File`, without its checks of arguments, for the
// buffers are our own.

import type { Completion } from "../../backend/contract.ts";
import { type IoBuffer, memoryOf } from "../../operation/buffer.ts";
import type { Handle } from "../handle.ts";
import { type Finish, type Operation, startOperation } from "../operation.ts";
import { type Given, takeOptions } from "../options.ts";

/** No signal and no timeout: a stream has its own ways to stop its operations. */
export const NOTHING_GIVEN: Given = takeOptions(undefined, "stream");

const countBytes: Finish<number> = (_completion: Completion, bytes: number) => bytes;

/** Where and how much of the buffer. */
export interface Piece {
  readonly buffer: IoBuffer;
  readonly length: number;
  readonly position: number;
}

/** Reads what there is. The handle must be open. */
export function startRead(handle: Handle, piece: Piece): Operation<number> {
  return start(handle, "read", piece, false);
}

/** Writes all; the buffer, which is from `takeBuffer`, goes back by itself. */
export function startWrite(handle: Handle, piece: Piece): Operation<number> {
  return start(handle, "write", piece, true);
}

function start(
  handle: Handle,
  kind: "read" | "write",
  { buffer, length, position }: Piece,
  isOurs: boolean,
): Operation<number> {
  const { fd, path, table } = handle;
  const request = { kind, fd, memory: memoryOf(buffer), offset: 0, length, position };
  const kinds = { isWhole: isOurs, isCopy: isOurs };
  const options = { request, owner: handle, path, buffers: [buffer], ...kinds };
  return startOperation(table, { ...options, finish: countBytes }, NOTHING_GIVEN);
}
