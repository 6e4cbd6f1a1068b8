// Buffers and bytes as callers give them, and their checks. What only looks like bytes is refused:
// the engine is asked, not the object.
import { isUint8Array } from "node:util/types";

import { rangeError, shown, typeError } from "../base/errors.ts";
import { TRANSFER_BYTES_MAX, VECTOR_BUFFERS_MAX } from "../base/limits.ts";
import { checkLendable, type IoBuffer, isIoBuffer } from "../operation/buffer.ts";
import { checkNumber, type Given } from "./options.ts";

/** What a write takes: a buffer, lent until it settles; or bytes or text (as UTF-8), copied. */
export type Writable = IoBuffer | Uint8Array | string;

/** Throws unless `buffer` can be lent now. */
export function checkBuffer(buffer: unknown, call: string): void {
  if (isIoBuffer(buffer)) {
    checkLendable(buffer);
    return;
  }
  throw typeError(
    `Cannot ${call}: buffer is ${shown(buffer)}, wanted an IoBuffer: ` +
      "other memory could be taken away while the kernel still writes to it",
  );
}

/** A copy of the caller's list, which may change, or be a proxy that changes its mind. */
export function takeBuffers(buffers: unknown, call: string): readonly IoBuffer[] {
  if (!isArray(buffers)) {
    throw typeError(`Cannot ${call}: buffers are ${shown(buffers)}, wanted an array of IoBuffers`);
  }
  const { length } = buffers;
  checkNumber(length, "the number of buffers", call, 1, VECTOR_BUFFERS_MAX);
  return Array.from({ length }, (_, index) => buffers[index] as IoBuffer);
}

/** Each can be lent, none is there twice, and all together are not too long. */
export function checkBuffers(buffers: readonly IoBuffer[], call: string): void {
  let sum = 0;
  for (const buffer of buffers) {
    checkBuffer(buffer, call);
    sum += buffer.byteLength;
  }
  if (new Set(buffers).size !== buffers.length) {
    throw typeError(`Cannot ${call}: a buffer is given twice`, "ERR_INVALID_ARG_VALUE");
  }
  if (sum <= TRANSFER_BYTES_MAX) return;
  throw rangeError(
    `Cannot ${call}: the buffers have ${sum} bytes, wanted at most ${TRANSFER_BYTES_MAX}`,
  );
}

/** The bytes of text, or a copy of bytes: nobody can change them any more. */
export function takeBytes(data: unknown, call: string): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (isUint8Array(data)) {
    try {
      return new Uint8Array(data);
    } catch {
      throw typeError(
        `Cannot ${call}: data has no memory any more, wanted bytes that are there`,
        "ERR_INVALID_ARG_VALUE",
      );
    }
  }
  throw typeError(
    `Cannot ${call}: data is ${shown(data)}, wanted an IoBuffer, a Uint8Array or a string`,
  );
}

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Which part of `byteLength` bytes is meant; all behind `offset` if no length is given. */
export function checkRange(
  given: Given,
  byteLength: number,
  lengthMin: number,
  call: string,
): Range {
  const { offset = 0 } = given;
  checkNumber(offset, "offset", call, 0, byteLength - lengthMin);
  const rest = byteLength - (offset as number);
  const { length = rest } = given;
  checkNumber(length, "length", call, lengthMin, rest);
  return { offset: offset as number, length: length as number };
}

function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false; // A proxy that was revoked.
  }
}
