// Completion → what the caller gets. The only place where the two meet.

import type { Completion, Request } from "../backend/contract.ts";
import { type Code, IoError, ownError } from "../base/errors.ts";
import { ECANCELED, errnoMeaning, errnoName } from "../kernel/errno.ts";
import type { CancelCause } from "./cancel.ts";
import { operationName } from "./name.ts";

/**
 * What an operation came to: its value, or its error. `bytesTransferred` is true for every status.
 *
 * @example
 * ```ts
 * import { type Outcome, stat } from "overlapped";
 * const shown = (outcome: Outcome<unknown>) =>
 *   outcome.status === "completed" ? "there" : `${outcome.status}: ${outcome.error.code}`;
 * console.log(shown(await stat("/nonexistent").outcome())); // failed: ENOENT
 * ```
 */
export type Outcome<T> =
  | {
      /** How it ended. */
      readonly status: "completed";
      /** What the promise resolves with. */
      readonly value: T;
      /** Bytes that did move, 0 or more. */
      readonly bytesTransferred: number;
    }
  | {
      readonly status: "canceled" | "timedOut" | "abandoned" | "failed";
      /** What the promise rejects with. */
      readonly error: IoError;
      readonly bytesTransferred: number;
    };

/** What errors say about the operation that they end. */
export interface Subject {
  readonly request: Request;
  readonly path: string | undefined;
  readonly bytesTransferred: number;
}

function details(subject: Subject): { syscall: string; path?: string; bytesTransferred: number } {
  const { path, bytesTransferred } = subject;
  const syscall = operationName(subject.request);
  return path === undefined ? { syscall, bytesTransferred } : { syscall, path, bytesTransferred };
}

export function errorOfOurs(code: Code, subject: Subject, cause?: unknown): IoError {
  return ownError(code, { ...details(subject), cause });
}

export function errorOfCancel(cause: CancelCause, subject: Subject): IoError {
  return errorOfOurs(cause.code, subject, cause.cause);
}

export function errorOfKernel(errno: number, subject: Subject): IoError {
  const code = errnoName(errno);
  return new IoError(errnoMeaning(errno), { ...details(subject), code, errno: -errno });
}

type Unfinished = Extract<Completion, { kind: "canceled" | "unsupported" | "refused" | "failed" }>;

/** Of an operation that did not complete; `cause` is what was asked for, if anything. */
export function unfinished(
  completion: Unfinished,
  cause: CancelCause | null,
  subject: Subject,
): Exclude<Outcome<never>, { status: "completed" }> {
  const { bytesTransferred } = subject;
  switch (completion.kind) {
    case "canceled": {
      // A driver may answer ECANCELED by itself: then it is a failure like any other.
      if (cause === null) {
        return { status: "failed", error: errorOfKernel(ECANCELED, subject), bytesTransferred };
      }
      const status = cause.code === "ETIMEDOUT" ? "timedOut" : "canceled";
      return { status, error: errorOfCancel(cause, subject), bytesTransferred };
    }
    case "unsupported": {
      const error = errorOfOurs("ERR_NOT_SUPPORTED", subject);
      return { status: "failed", error, bytesTransferred };
    }
    case "refused": {
      const { code, reason } = completion;
      const error = errorOfOurs(code, subject, new Error(reason));
      return { status: "failed", error, bytesTransferred };
    }
    case "failed": {
      const error = errorOfKernel(completion.errno, subject);
      return { status: "failed", error, bytesTransferred };
    }
  }
}
