// Bytes of a stream up to a delimiter, or none.

import { DELIMITER_BYTES_MAX, READ_UNTIL_BYTES, TRANSFER_BYTES_MAX } from "../base/limits.ts";
import { takeBytes } from "./data.ts";
import { type Gathering, gather } from "./gather.ts";
import type { Handle } from "./handle.ts";
import { type CallOptions, checkNumber, checkObject, takeOptions } from "./options.ts";

const CALL = "readUntil";

/** Options of `readUntil`. */
export interface ReadUntilOptions extends CallOptions {
  /**
   * Bytes among which the delimiter must be, it included; its own length to 2_147_479_552; 1 MiB
   * if absent.
   */
  readonly maxBytes?: number | undefined;
}

/** See `StreamHandle.readUntil`. */
export function readUntil(
  handle: Handle,
  delimiter: string | Uint8Array,
  options: ReadUntilOptions | undefined,
): Promise<Uint8Array> {
  const maxBytes = takeMaxBytes(options);
  const given = takeOptions(options, CALL);
  const wanted = takeBytes(delimiter, CALL);
  const { byteLength } = wanted;
  checkNumber(byteLength, "the delimiter's length", CALL, 1, DELIMITER_BYTES_MAX);
  const bytesMax = maxBytes === undefined ? READ_UNTIL_BYTES : maxBytes;
  checkNumber(bytesMax, "maxBytes", CALL, byteLength, TRANSFER_BYTES_MAX);
  handle.checkOpen(CALL);
  const gathering: Gathering = {
    call: CALL,
    bytesMax,
    unitIn: (bytes, knownBytes) => {
      // Its begin may be among the bytes that were looked at before.
      const from = Math.max(0, knownBytes - byteLength + 1);
      const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(
        wanted,
        from,
      );
      return at === -1 ? 0 : at + byteLength;
    },
  };
  return gather(handle, gathering, given);
}

function takeMaxBytes(options: ReadUntilOptions | undefined): number | undefined {
  if (options === undefined) return undefined;
  checkObject(options, CALL);
  return options.maxBytes;
}
