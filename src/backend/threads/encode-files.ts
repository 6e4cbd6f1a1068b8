// The same for what a ring has opcodes for, done by calls where there is no ring: Request → the
// words of a call, and its result → Completion.

import { bug } from "../../base/assert.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  FALLOC_KEEP_SIZE,
  STATX_BASIC_STATS_BTIME,
  STATX_BYTES,
} from "../../kernel/uring-abi.ts";
import type { Completion, FileRequest, RingRequest } from "../contract.ts";
import { decodeStat } from "../decode-stat.ts";
import { pathBytes, scratchBytes } from "../scratch-data.ts";
import { addressOf, putParts, putPath } from "./words.ts";

/** Nop and poll ask nothing of a file. */
export type FileCallRequest =
  | Exclude<RingRequest, { readonly kind: "nop" } | { readonly kind: "poll" }>
  | FileRequest;

/** The shim's numbers for the calls. */
export const FILE_CALLS: Readonly<Record<FileCallRequest["kind"], number>> = {
  open: 11,
  close: 12,
  read: 13,
  write: 14,
  readv: 15,
  writev: 16,
  fsync: 17,
  fdatasync: 17,
  stat: 18,
  truncate: 19,
  allocate: 20,
  rename: 21,
  link: 22,
  symlink: 23,
  unlink: 24,
  mkdir: 25,
  readFile: 26,
};

/** The bits of an open's result; see `native/state.h`. */
const OPENED = 2 ** 50;
const OPENED_STREAM = 2 ** 49;
const OPENED_WAITS = 2 ** 48;
const OPENED_COUNT = 2 ** 31;

/** Bytes of scratch memory that a request needs. What is answered there comes first. */
export function fileScratchBytes(request: FileCallRequest): number {
  if (request.kind === "readFile") return request.length + pathBytes(request.path);
  return scratchBytes(request);
}

/** Fills the words; `scratch` is there if `fileScratchBytes` said so. */
export function encodeFileCall(
  words: Float64Array,
  request: FileCallRequest,
  scratch: ScratchMemory | null,
): void {
  words.fill(0);
  switch (request.kind) {
    case "close":
      words[0] = request.fd;
      return;
    case "read":
    case "write":
      words.set([request.fd, addressOf(request.memory, request.offset), request.length]);
      words[3] = request.position;
      return;
    case "readv":
    case "writev":
      words.set([request.fd, putParts(request.parts, scratch), request.parts.length]);
      words[3] = request.position;
      return;
    case "fsync":
    case "fdatasync":
      words.set([request.fd, request.kind === "fdatasync" ? 1 : 0]);
      return;
    case "truncate":
      words.set([request.fd, request.length]);
      return;
    case "allocate":
      words.set([request.fd, request.offset, request.length]);
      words[3] = request.keepSize ? FALLOC_KEEP_SIZE : 0;
      return;
    default:
      encodePathCall(words, request, scratch ?? bug("calls: the request needs scratch memory"));
  }
}

type PathRequest = Extract<
  FileCallRequest,
  { kind: "open" | "stat" | "rename" | "link" | "symlink" | "unlink" | "mkdir" | "readFile" }
>;

/** Paths begin in the working directory at the time of the call, unless another one is given. */
function encodePathCall(words: Float64Array, request: PathRequest, scratch: ScratchMemory): void {
  switch (request.kind) {
    case "open":
      words.set([request.at ?? AT_FDCWD, putPath(request.path, scratch)]);
      words.set([request.flags, request.mode], 2);
      return;
    case "readFile":
      words[0] = putPath(request.path, scratch, request.length);
      words[1] = addressOf(scratch.memory, 0);
      words[2] = request.length;
      return;
    case "stat":
      encodeStat(words, request, scratch);
      return;
    case "rename":
    case "link":
      words[0] = putPath(request.from, scratch);
      words[1] = putPath(request.to, scratch, pathBytes(request.from));
      return;
    case "symlink":
      words[0] = putPath(request.target, scratch);
      words[1] = putPath(request.path, scratch, pathBytes(request.target));
      return;
    case "unlink":
      words.set([request.at ?? AT_FDCWD, putPath(request.path, scratch)]);
      words[2] = request.isDirectory ? AT_REMOVEDIR : 0;
      return;
    case "mkdir":
      words.set([putPath(request.path, scratch), request.mode]);
      return;
  }
}

function encodeStat(
  words: Float64Array,
  request: Extract<PathRequest, { kind: "stat" }>,
  scratch: ScratchMemory,
): void {
  const { target, followSymlinks } = request;
  const isFd = typeof target === "number";
  words[0] = isFd ? target : AT_FDCWD;
  words[1] = putPath(isFd ? "" : target, scratch, STATX_BYTES);
  words[2] = isFd ? AT_EMPTY_PATH : followSymlinks ? 0 : AT_SYMLINK_NOFOLLOW;
  words[3] = STATX_BASIC_STATS_BTIME;
  words[4] = addressOf(scratch.memory, 0);
}

/** What was read is good until the scratch memory is given back. */
export function decodeFileCall(
  request: FileCallRequest,
  result: number,
  scratch: ScratchMemory | null,
): Completion {
  if (result < 0) return { kind: "failed", errno: -result };
  if (request.kind === "open" || request.kind === "readFile") {
    return decodeOpened(request, result, scratch ?? bug("calls: opened without a path"));
  }
  if (request.kind !== "stat") return { kind: "done", value: result };
  const { view } = scratch ?? bug("calls: stat into nothing");
  return { kind: "described", stat: decodeStat(view, 0) };
}

function decodeOpened(
  request: Extract<PathRequest, { kind: "open" | "readFile" }>,
  result: number,
  { bytes }: ScratchMemory,
): Completion {
  if (result < OPENED) return { kind: "content", bytes: bytes.subarray(0, result) };
  const isStream = result % OPENED >= OPENED_STREAM;
  const rest = result % OPENED_WAITS;
  const fd = rest % OPENED_COUNT;
  if (request.kind === "open") return { kind: "opened", fd, isStream };
  const count = Math.floor(rest / OPENED_COUNT);
  return { kind: "opened", fd, isStream, bytes: bytes.subarray(0, count) };
}
