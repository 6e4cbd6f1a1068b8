// RingRequest → the sixteen words of a submission entry. One arm for each kind; the compiler finds
// a missing one.
//
//   word  0        1   2,3     4,5      6    7      8,9        10…15
//         op|flags fd  offset  address  len  flags  user_data  (zero)
import { bug } from "../../base/assert.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import { O_NONBLOCK } from "../../kernel/open-flags.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  FALLOC_KEEP_SIZE,
  FSYNC_DATASYNC,
  IOSQE_ASYNC,
  OP_ASYNC_CANCEL,
  STATX_BASIC_STATS_BTIME,
  STATX_BYTES,
} from "../../kernel/uring-abi.ts";
import { URING_OPCODES } from "../capabilities.ts";
import { NO_POSITION, type Part, type RawPath, type RingRequest } from "../contract.ts";
import { writeParts, writePath } from "../scratch-data.ts";

const TWO_32 = 2 ** 32;

/** Where statx answers, in the scratch block: first, so that it is aligned. */
export const STAT_OFFSET: number = 0;

/** Words 1 to 7 of an entry; `put` writes them with the rest. */
interface Fields {
  fd: number;
  offsetLow: number;
  offsetHigh: number;
  addressLow: number;
  addressHigh: number;
  length: number;
  flags: number;
}

const fields: Fields = {
  fd: 0,
  offsetLow: 0,
  offsetHigh: 0,
  addressLow: 0,
  addressHigh: 0,
  length: 0,
  flags: 0,
};

/**
 * `at once`: tried by the thread that submits it. `elsewhere`: by a thread of the kernel's.
 * `waiting`: there as well, and an open may wait for a peer.
 */
export type Run = "at once" | "elsewhere" | "waiting";

/** Writes the whole entry at `at`. `userLow` and `userHigh` come back with the completion. */
export function encode(
  sqes: Uint32Array,
  at: number,
  request: RingRequest,
  scratch: ScratchMemory | null,
  run: Run,
  userLow: number,
  userHigh: number,
): void {
  const f = fields;
  f.fd = f.offsetLow = f.offsetHigh = f.addressLow = f.addressHigh = f.length = f.flags = 0;
  fillFields(f, request, scratch);
  // The flag goes when the file is there.
  if (request.kind === "open" && run !== "waiting") f.flags |= O_NONBLOCK;
  const sqeFlags = run === "at once" ? 0 : IOSQE_ASYNC;
  put(sqes, at, URING_OPCODES[request.kind] | (sqeFlags << 8), f, userLow, userHigh);
}

/** A cancel of the request whose words of `user_data` are given. */
export function encodeCancel(
  sqes: Uint32Array,
  at: number,
  targetLow: number,
  targetHigh: number,
  userLow: number,
): void {
  const f = fields;
  f.fd = -1;
  f.offsetLow = f.offsetHigh = f.length = f.flags = 0;
  f.addressLow = targetLow;
  f.addressHigh = targetHigh;
  put(sqes, at, OP_ASYNC_CANCEL, f, userLow, targetHigh);
}

function put(
  sqes: Uint32Array,
  at: number,
  head: number,
  f: Fields,
  userLow: number,
  userHigh: number,
): void {
  sqes[at] = head;
  sqes[at + 1] = f.fd;
  sqes[at + 2] = f.offsetLow;
  sqes[at + 3] = f.offsetHigh;
  sqes[at + 4] = f.addressLow;
  sqes[at + 5] = f.addressHigh;
  sqes[at + 6] = f.length;
  sqes[at + 7] = f.flags;
  sqes[at + 8] = userLow;
  sqes[at + 9] = userHigh;
  for (let word = 10; word < 16; word++) sqes[at + word] = 0;
}

function fillFields(f: Fields, request: RingRequest, scratch: ScratchMemory | null): void {
  switch (request.kind) {
    case "nop":
      return;
    case "close":
      f.fd = request.fd;
      return;
    case "read":
    case "write":
      f.fd = request.fd;
      setAddress(f, request.memory.addressLow, request.memory.addressHigh, request.offset);
      f.length = request.length;
      setPosition(f, request.position);
      return;
    case "readv":
    case "writev":
      f.fd = request.fd;
      putVector(f, request.parts, scratchOf(scratch));
      setPosition(f, request.position);
      return;
    case "fsync":
    case "fdatasync":
      f.fd = request.fd;
      f.flags = request.kind === "fdatasync" ? FSYNC_DATASYNC : 0;
      return;
    case "truncate":
      f.fd = request.fd;
      setPosition(f, request.length);
      return;
    case "allocate":
      f.fd = request.fd;
      setPosition(f, request.offset);
      // The byte count goes where the address usually is, the mode where the length is.
      f.addressLow = request.length >>> 0;
      f.addressHigh = Math.floor(request.length / TWO_32);
      f.length = request.keepSize ? FALLOC_KEEP_SIZE : 0;
      return;
    case "poll":
      f.fd = request.fd;
      f.flags = request.events;
      return;
    default:
      fillPathFields(f, request, scratchOf(scratch));
  }
}

type PathRequest = Extract<
  RingRequest,
  { kind: "open" | "stat" | "rename" | "link" | "symlink" | "unlink" | "mkdir" }
>;

/** Paths begin in the working directory at the time of the call, unless another one is given. */
function fillPathFields(f: Fields, request: PathRequest, scratch: ScratchMemory): void {
  f.fd = AT_FDCWD;
  switch (request.kind) {
    case "open":
      f.fd = request.at ?? AT_FDCWD;
      putPath(f, request.path, scratch, 0);
      f.length = request.mode;
      f.flags = request.flags;
      return;
    case "stat": {
      const isFd = typeof request.target === "number";
      if (isFd) f.fd = request.target as number;
      putPath(f, isFd ? "" : (request.target as RawPath), scratch, STATX_BYTES);
      setOffsetToAddress(f, scratch, STAT_OFFSET);
      f.length = STATX_BASIC_STATS_BTIME;
      f.flags = isFd ? AT_EMPTY_PATH : request.followSymlinks ? 0 : AT_SYMLINK_NOFOLLOW;
      return;
    }
    case "rename":
    case "link": {
      const end = putPath(f, request.from, scratch, 0);
      writePath(request.to, scratch, end);
      setOffsetToAddress(f, scratch, end);
      f.length = AT_FDCWD >>> 0;
      return;
    }
    case "symlink": {
      const end = putPath(f, request.target, scratch, 0);
      writePath(request.path, scratch, end);
      setOffsetToAddress(f, scratch, end);
      return;
    }
    case "unlink":
      f.fd = request.at ?? AT_FDCWD;
      putPath(f, request.path, scratch, 0);
      f.flags = request.isDirectory ? AT_REMOVEDIR : 0;
      return;
    case "mkdir":
      putPath(f, request.path, scratch, 0);
      f.length = request.mode;
      return;
  }
}

function scratchOf(scratch: ScratchMemory | null): ScratchMemory {
  return scratch ?? bug("encode: the request needs scratch memory");
}

function setAddress(f: Fields, low: number, high: number, offset: number): void {
  const sum = low + offset;
  f.addressLow = sum >>> 0;
  f.addressHigh = sum >= TWO_32 ? high + 1 : high;
}

function setPosition(f: Fields, position: number): void {
  if (position === NO_POSITION) {
    f.offsetLow = f.offsetHigh = 0xffff_ffff;
  } else {
    f.offsetLow = position >>> 0;
    f.offsetHigh = Math.floor(position / TWO_32);
  }
}

/** Some calls have a second address, in the place of the offset. */
function setOffsetToAddress(f: Fields, scratch: ScratchMemory, offset: number): void {
  const sum = scratch.memory.addressLow + offset;
  f.offsetLow = sum >>> 0;
  f.offsetHigh = scratch.memory.addressHigh + (sum >= TWO_32 ? 1 : 0);
}

function putPath(f: Fields, path: RawPath, scratch: ScratchMemory, offset: number): number {
  setAddress(f, scratch.memory.addressLow, scratch.memory.addressHigh, offset);
  return writePath(path, scratch, offset);
}

function putVector(f: Fields, parts: readonly Part[], scratch: ScratchMemory): void {
  writeParts(parts, scratch);
  setAddress(f, scratch.memory.addressLow, scratch.memory.addressHigh, 0);
  f.length = parts.length;
}
