// Begins an operation of a handle, whose arguments have been checked.

import type { Request } from "../backend/contract.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import type { Handle } from "./handle.ts";
import { type Finish, type Operation, startOperation } from "./operation.ts";
import type { Given } from "./options.ts";

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

/** @throws {TypeError} `ERR_CLOSED`. */
export function openFd(handle: Handle, call: string): number {
  handle.checkOpen(call);
  return handle.fd;
}
