// The result word of a completion entry → Completion. Total: each int32 is a value, an error, a
// cancel, an interruption, or our bug; nothing falls through.
import { assert } from "../../base/assert.ts";
import { ECANCELED, EINTR, ERESTART_LAST, ERESTARTSYS, ERRNO_MAX } from "../../kernel/errno.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import type { Completion, RawStat, RingRequest } from "../contract.ts";
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
      return { kind: "described", stat: decodeStat(scratch.view) };
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

/** The structure of statx(2); offsets as in linux/stat.h. */
function decodeStat(view: DataView): RawStat {
  const at = STAT_OFFSET;
  const u32 = (offset: number): number => view.getUint32(at + offset, true);
  const u64 = (offset: number): bigint => view.getBigUint64(at + offset, true);
  const time = (offset: number): number =>
    Number(view.getBigInt64(at + offset, true)) * 1000 + u32(offset + 8) / 1e6;
  const timeNs = (offset: number): bigint =>
    view.getBigInt64(at + offset, true) * 1_000_000_000n + BigInt(u32(offset + 8));
  return {
    blksize: u32(4),
    nlink: u32(16),
    uid: u32(20),
    gid: u32(24),
    mode: view.getUint16(at + 28, true),
    ino: u64(32),
    size: Number(u64(40)),
    blocks: Number(u64(48)),
    atimeMs: time(64),
    birthtimeMs: time(80),
    ctimeMs: time(96),
    mtimeMs: time(112),
    atimeNs: timeNs(64),
    mtimeNs: timeNs(112),
    rdev: device(u32(128), u32(132)),
    dev: device(u32(136), u32(140)),
  };
}

/** Major and minor as one number, the way stat(2) has it. */
function device(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xffff_f000n) << 32n) |
    ((high & 0xfffn) << 8n) |
    ((low & 0xffff_ff00n) << 12n) |
    (low & 0xffn)
  );
}
