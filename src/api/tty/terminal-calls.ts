// Asking a terminal at once: these calls wait for nobody, so they throw and are no operations.

import { IoError, ownError } from "../../base/errors.ts";
import { type Descriptors, loadDescriptors } from "../../kernel/descriptors.ts";
import { errnoMeaning, errnoName } from "../../kernel/errno.ts";
import { loadTerminals, type Terminals } from "../../kernel/terminal.ts";

/** What errors say. */
export interface Subject {
  readonly call: string;
  readonly path: string;
}

/** @throws {IoError} `ERR_NOT_SUPPORTED` where there is no shim, or its numbers are unknown. */
export function terminalsFor({ call, path }: Subject): Terminals {
  const { terminals, reason } = loadTerminals();
  if (terminals !== null) return terminals;
  throw ownError("ERR_NOT_SUPPORTED", { syscall: call, path, cause: new Error(reason) });
}

/** @throws {IoError} As `terminalsFor`. */
export function descriptorsFor(subject: Subject): Descriptors {
  terminalsFor(subject); // Comes from the same shim.
  return loadDescriptors();
}

/** What the kernel answered. @throws {IoError} if that is an errno. */
export function answer<T>(result: T | number, subject: Subject): T {
  if (typeof result === "number" && result < 0) throw errnoError(-result, subject);
  return result as T;
}

export function errnoError(errno: number, { call, path }: Subject): IoError {
  const code = errnoName(errno);
  return new IoError(errnoMeaning(errno), { code, errno: -errno, syscall: call, path });
}
