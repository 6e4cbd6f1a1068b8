// So many bytes of a stream, or none.

import { TRANSFER_BYTES_MAX } from "../base/limits.ts";
import { type Gathering, gather } from "./gather.ts";
import type { Handle } from "./handle.ts";
import { type CallOptions, checkNumber, takeOptions } from "./options.ts";

const CALL = "readExactly";

/** See `StreamHandle.readExactly`. */
export function readExactly(
  handle: Handle,
  byteCount: number,
  options: CallOptions | undefined,
): Promise<Uint8Array> {
  const given = takeOptions(options, CALL);
  checkNumber(byteCount, "byteCount", CALL, 1, TRANSFER_BYTES_MAX);
  handle.checkOpen(CALL);
  const gathering: Gathering = {
    call: CALL,
    bytesMax: byteCount,
    unitIn: (bytes) => (bytes.byteLength >= byteCount ? byteCount : 0),
  };
  return gather(handle, gathering, given);
}
