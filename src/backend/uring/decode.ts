// The result word of a completion entry → Completion. Total: each int32 is a value, an error, a
// cancel, an interruption, or our bug; nothing falls through.
import { assert } from "../../base/assert.ts";
import { ECANCELED, EINTR, ERESTART_LAST, ERESTARTSYS, ERRNO_MAX } from "../../kernel/errno.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { Completion, RingRequest } from "../contract.ts";
import { decodeStat } from "../decode-stat.ts";
import { STAT_OFFSET } from "./encode.ts";

/**
 * `"interrupted"` is for the backend alone: canceled if a cancel was asked for, since that may be
 * what interrupted it, else to be submitted again.
 */
export function decode(
  request: RingRequest,
  result: number,
  scratch: ScratchMemory | null,
  isSeekable: (fd: number, openFlags: number) => boolean,
): Completion | "interrupted" {
  if (result < 0) return decodeError(result);
  switch (request.kind) {
    case "read":
    case "write":
      assert(result <= request.length, "uring: more bytes than asked for");
      return { kind: "done", value: result };
    case "readv":
    case "writev": {
      const length = request.parts.reduce((sum, part) => sum + part.length, 0);
      assert(result <= length, "uring: more bytes than asked for");
      return { kind: "done", value: result };
    }
    case "open":
      return { kind: "opened", fd: result, isStream: !isSeekable(result, request.flags) };
    case "stat":
      assert(scratch !== null, "uring: stat without scratch memory");
      return { kind: "described", stat: decodeStat(scratch.view, STAT_OFFSET) };
    case "poll": // The events that are ready.
    case "nop":
    case "close":
    case "fsync":
    case "fdatasync":
    case "truncate":
    case "allocate":
    case "rename":
    case "unlink":
    case "mkdir":
    case "link":
    case "symlink":
      return { kind: "done", value: result };
  }
}

function decodeError(result: number): Completion | "interrupted" {
  const errno = -result;
  if (errno === ECANCELED) return { kind: "canceled" };
  if (errno === EINTR) return "interrupted";
  // What a system call restarts by itself reaches us as it is, after a cancel by signal.
  if (errno >= ERESTARTSYS && errno <= ERESTART_LAST) return "interrupted";
  assert(errno <= ERRNO_MAX, "uring: a result that is neither value nor errno");
  return { kind: "failed", errno };
}
