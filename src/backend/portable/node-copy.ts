// Copying from one open file to another without copy_file_range(2): a block is read and written.

import fs from "node:fs";

import { BLOCK_BYTES } from "../../base/limits.ts";
import type { Request } from "../contract.ts";
import { type Done, failed } from "./node-errno.ts";

type CopyRequest = Extract<Request, { readonly kind: "copyRange" }>;

/** One block at most, as the call that it stands for may also copy less than was asked for. */
export function copyRange(request: CopyRequest, done: Done): void {
  const { from, fromPosition, length } = request;
  const block = Buffer.allocUnsafeSlow(Math.min(length, BLOCK_BYTES));
  fs.read(from, block, 0, block.byteLength, fromPosition, (error, count) => {
    if (error !== null) done(failed(error));
    else writeAll(request, block.subarray(0, count), 0, done);
  });
}

function writeAll(request: CopyRequest, block: Buffer, count: number, done: Done): void {
  if (count === block.byteLength) {
    done({ kind: "done", value: count });
    return;
  }
  const position = request.toPosition + count;
  const rest = block.byteLength - count;
  fs.write(request.to, block, count, rest, position, (error, more) => {
    if (error === null) writeAll(request, block, count + more, done);
    // What is there is there; the next request meets the same error.
    else done(count > 0 ? { kind: "done", value: count } : failed(error));
  });
}
