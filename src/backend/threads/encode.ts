// Request → the words of a call that a thread of the shim makes, and its result → Completion.

import { bug } from "../../base/assert.ts";
import { PATH_BYTES_MAX } from "../../base/limits.ts";
import type { ScratchMemory } from "../../kernel/memory.ts";
import {
  type Completion,
  type RawPath,
  type Request,
  SHARED_POSITION,
  type ThreadRequest,
  type TransferRequest,
  type VectorRequest,
} from "../contract.ts";
import { IOVEC_BYTES, pathBytes } from "../scratch-data.ts";
import { addressOf, partsOf, putParts, putPath } from "./words.ts";

/** What threads do: what a ring has no opcode for, and transfers at a shared position. */
export type CallRequest = ThreadRequest | TransferRequest | VectorRequest;

/** The shim's numbers for the calls. */
export const CALLS: Readonly<Record<ThreadRequest["kind"], number>> = {
  readlink: 0,
  list: 1,
  chmod: 2,
  chown: 3,
  utimes: 4,
  copyRange: 5,
  clone: 6,
  seek: 7,
  copyFiles: 8,
};

/** Its numbers for transfers. */
export const TRANSFERS: Readonly<Record<(TransferRequest | VectorRequest)["kind"], number>> = {
  read: 9,
  readv: 9,
  write: 10,
  writev: 10,
};

const NO_DESCRIPTOR = -1;
const SECOND_NS = 1_000_000_000n;

/** Room for what a link says. */
const TARGET_BYTES = PATH_BYTES_MAX + 1;

export function isForThreads(request: Request): request is CallRequest {
  return isSharing(request) || request.kind in CALLS;
}

function isSharing(request: Request): request is TransferRequest | VectorRequest {
  return (request as Partial<TransferRequest>).position === SHARED_POSITION;
}

export function callOf(request: CallRequest): number {
  return isSharing(request) ? TRANSFERS[request.kind] : CALLS[(request as ThreadRequest).kind];
}

/** Bytes of scratch memory that a request needs: for its paths or its parts, if it has any. */
export function scratchBytes(request: CallRequest): number {
  if (isSharing(request)) return partsOf(request).length * IOVEC_BYTES;
  if (request.kind === "readlink") return pathBytes(request.path) + TARGET_BYTES;
  if (request.kind === "copyFiles") return pathBytes(request.from) + pathBytes(request.to);
  const path = pathOf(request);
  return path === null ? 0 : pathBytes(path);
}

function pathOf(request: CallRequest): RawPath | null {
  if ("path" in request) return request.path;
  return "target" in request && typeof request.target !== "number" ? request.target : null;
}

/** Threads have every signal blocked, so that no call is ever interrupted. */
export function decodeCall(
  request: CallRequest,
  result: number,
  scratch: ScratchMemory | null,
): Completion {
  if (result < 0) return { kind: "failed", errno: -result };
  if (request.kind !== "readlink") return { kind: "done", value: result };
  const { bytes } = scratch ?? bug("calls: a link was read into nothing");
  const at = pathBytes(request.path);
  return { kind: "content", bytes: bytes.subarray(at, at + result) };
}

/** Fills the words; `scratch` is there if `scratchBytes` said so. */
export function encodeCall(
  words: Float64Array,
  request: CallRequest,
  scratch: ScratchMemory | null,
): void {
  words.fill(0);
  switch (request.kind) {
    case "read":
    case "readv":
    case "write":
    case "writev":
      words[0] = request.fd;
      words[1] = putParts(partsOf(request), scratch);
      words[2] = partsOf(request).length;
      return;
    case "readlink":
      words[0] = putPath(request.path, scratch);
      words[1] = words[0] + pathBytes(request.path);
      words[2] = TARGET_BYTES;
      return;
    case "list":
      words[0] = request.fd;
      words[1] = addressOf(request.memory, request.offset);
      words[2] = request.length;
      return;
    case "chmod":
      putTarget(words, request.target, scratch);
      words[2] = request.mode;
      return;
    case "chown":
      putTarget(words, request.target, scratch);
      words[2] = request.uid;
      words[3] = request.gid;
      words[4] = request.followSymlinks ? 1 : 0;
      return;
    case "utimes":
      putTarget(words, request.target, scratch);
      putTime(words, 2, request.accessedNs);
      putTime(words, 4, request.modifiedNs);
      words[6] = request.followSymlinks ? 1 : 0;
      return;
    case "copyRange":
      words.set([request.from, request.to, request.fromPosition, request.toPosition]);
      words[4] = request.length;
      return;
    case "copyFiles":
      putCopyFiles(words, request, scratch);
      return;
    case "clone":
      words.set([request.from, request.to]);
      return;
    case "seek":
      words.set([request.fd, request.position, request.wants === "hole" ? 1 : 0]);
      return;
  }
}

type CopyFiles = Extract<ThreadRequest, { readonly kind: "copyFiles" }>;

function putCopyFiles(
  words: Float64Array,
  request: CopyFiles,
  scratch: ScratchMemory | null,
): void {
  const { memory, offset, length, namesLength, resultsOffset, roomOffset } = request;
  const address = addressOf(memory, offset);
  words[0] = putPath(request.from, scratch);
  words[1] = putPath(request.to, scratch, pathBytes(request.from));
  words[2] = address;
  words[3] = namesLength;
  words[4] = address + resultsOffset;
  words[5] = address + roomOffset;
  words[6] = length - roomOffset;
  words[7] = request.preserve ? 1 : 0;
}

/** Seconds, and the nanoseconds of the last one, which are 0 or more also before 1970. */
function putTime(words: Float64Array, at: number, ns: bigint): void {
  const nanoseconds = ((ns % SECOND_NS) + SECOND_NS) % SECOND_NS;
  words[at] = Number((ns - nanoseconds) / SECOND_NS);
  words[at + 1] = Number(nanoseconds);
}

function putTarget(
  words: Float64Array,
  target: number | RawPath,
  scratch: ScratchMemory | null,
): void {
  words[0] = typeof target === "number" ? target : NO_DESCRIPTOR;
  if (typeof target !== "number") words[1] = putPath(target, scratch);
}
