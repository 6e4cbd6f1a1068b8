// The bytes of a read or write: how far it has come, and where in its buffers they are.

import type { Request, TransferRequest, VectorRequest } from "../backend/contract.ts";
import { assert, bug } from "../base/assert.ts";
import type { IoBuffer } from "./buffer.ts";
import type { PushBack } from "./orphan.ts";

export type Transfer = TransferRequest | VectorRequest;

export function isTransfer(request: Request): request is Transfer {
  switch (request.kind) {
    case "read":
    case "readv":
    case "write":
    case "writev":
      return true;
    default:
      return false;
  }
}

export function isRead(request: Request): boolean {
  return request.kind === "read" || request.kind === "readv";
}

/** Moves a whole past the bytes that have come or gone; true if some are left. */
export function advance(request: Transfer, count: number): boolean {
  if ("parts" in request) return false;
  assert(count <= request.length, "transfer: more bytes than asked for");
  request.offset += count;
  request.length -= count;
  if (request.position >= 0) request.position += count;
  return count > 0 && request.length > 0;
}

/** Fills the buffers, which must not be lent, with bytes that orphans left; returns their number.
 * */
export function serve(request: Request, buffers: readonly IoBuffer[], from: PushBack): number {
  if (request.kind === "read") {
    const bytes = buffers[0]?.bytes ?? bug("transfer: a read without a buffer");
    return from.takeInto(bytes.subarray(request.offset, request.offset + request.length));
  }
  let count = 0;
  for (const buffer of buffers) count += from.takeInto(buffer.bytes);
  return count;
}

/** The bytes that a read has brought, in order. `isWhole`: it was moved past them. */
export function takenBytes(
  request: Request,
  buffers: readonly IoBuffer[],
  byteCount: number,
  isWhole: boolean,
): Uint8Array[] {
  if (request.kind === "read") {
    const bytes = buffers[0]?.bytes ?? bug("transfer: a read without a buffer");
    const end = isWhole ? request.offset : request.offset + byteCount;
    return [bytes.subarray(end - byteCount, end)];
  }
  let left = byteCount;
  return buffers.map((buffer) => {
    const taken = buffer.bytes.subarray(0, left);
    left -= taken.byteLength;
    return taken;
  });
}
