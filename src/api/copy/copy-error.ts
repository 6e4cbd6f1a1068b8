// The error of a copy: which file, why, and what was done until then.

import { CODES, type Code, IoError, type IoErrorDetails } from "../../base/errors.ts";
import { errno, errnoMeaning } from "../../kernel/errno.ts";
import type { CopyReport } from "./report.ts";

/**
 * A copy failed, or was canceled. `path` is the file at fault, `bytesTransferred` counts all bytes
 * that this copy had moved, and `cause` is the error of the operation, or the signal's reason.
 *
 * @example
 * ```ts
 * import { copy, CopyError } from "overlapped";
 * try {
 *   await copy("/nonexistent", "/tmp/there");
 * } catch (error) {
 *   if (error instanceof CopyError) console.log(error.code, error.path, error.report.files);
 * }
 * ```
 */
export class CopyError extends IoError {
  /** What had been done. */
  readonly report: CopyReport;

  /** For tests of code that handles them; those of the library come from `copy`. */
  constructor(meaning: string, details: Omit<IoErrorDetails, "syscall">, report: CopyReport) {
    super(meaning, { ...details, syscall: "copy" });
    this.report = report;
  }
}

/** What an error says, without what it is about. */
export function meaningOf(error: IoError): string {
  if (error.errno !== undefined) return errnoMeaning(-error.errno);
  return error.code in CODES ? CODES[error.code as Code] : error.message;
}

/** The details of an error that the kernel would give by that name. */
export function kernelDetails(name: string): { code: string; errno: number } {
  return { code: name, errno: -errno(name) };
}

/** The code of an error of this library, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof IoError ? error.code : undefined;
}
