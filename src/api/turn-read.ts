// One of the reads that make a turn of a handle: no other read of it comes between them.

import { NO_POSITION } from "../backend/contract.ts";
import { type IoBuffer, memoryOf } from "../operation/buffer.ts";
import { takeBuffer } from "../operation/copy.ts";
import type { Turn } from "../operation/lane.ts";
import { type Listener, OperationRecord } from "../operation/operation.ts";
import type { Handle } from "./handle.ts";

/** A read that has not begun. Who has it begins it once it is kept, for it may end at once. */
export interface TurnRead {
  readonly record: OperationRecord;
  /** Whose bytes are there when the listener is to `finish`, and no longer than that. */
  readonly buffer: IoBuffer;
}

export function turnRead(handle: Handle, length: number, turn: Turn & Listener): TurnRead {
  const { fd, path, table } = handle;
  const buffer = takeBuffer(length);
  const place = { memory: memoryOf(buffer), offset: 0, length, position: NO_POSITION };
  const request = { kind: "read", fd, ...place } as const;
  const kinds = { isWhole: false, isCopy: true };
  const options = { request, owner: handle, path, buffers: [buffer], ...kinds };
  const record = new OperationRecord(table, options, turn);
  record.turn = turn;
  return { record, buffer };
}
