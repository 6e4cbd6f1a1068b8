// The whole seam between the lifetime of a request (above) and a kernel (below).
//
//   table ── submit(id, request) ──►  backend     once for each id
//         ── cancel(id) ───────────►              any number of times, never refused
//         ◄─ complete(id, completion) ── sink     exactly once for each id, whatever was asked
//
// The backend says `complete` when the kernel has let go: of the buffers, and of the descriptor.
// What a cancel itself was answered never crosses this seam; it decides nothing.

import type { Code } from "../base/errors.ts";

/** Names one submission; never two at once, and not again for a very long time. */
export type OperationId = number;

/** Bits of an id that say the slot; the rest is the slot's generation. */
export const SLOT_BITS: number = 20;

/** Written out: an exported `2 ** SLOT_BITS` is a call of pow() each time. */
const SLOTS = 1_048_576;

export function slotOf(id: OperationId): number {
  return id & ((1 << SLOT_BITS) - 1);
}

export function generationOf(id: OperationId): number {
  return (id - slotOf(id)) / SLOTS;
}

export function operationId(slot: number, generation: number): OperationId {
  return generation * SLOTS + slot;
}

/** Memory that the kernel can reach; lent for as long as a request that names it is submitted. */
export interface Memory {
  readonly byteLength: number;
  readonly addressLow: number;
  readonly addressHigh: number;
}

/** Memory as a kernel needs it that is written in JavaScript. */
export interface MappedMemory extends Memory {
  readonly isLent: boolean;
  /** What is at the address now, whoever has it. */
  kernelView(): Uint8Array;
}

/** A range of memory, in bytes. */
export interface Part {
  readonly memory: Memory;
  readonly offset: number;
  readonly length: number;
}

/** A path as the kernel takes it: text, or bytes for names that are not UTF-8; without NUL. */
export type RawPath = string | Uint8Array;

/** Position of a stream, which has none, or of a handle whose descriptor's own is meant. */
export const NO_POSITION: number = -1;

/**
 * Position of an open file that others have, too, and may be moving now: each read and write takes
 * and moves it in one step, as read(2) and write(2) do and a ring does not.
 */
export const SHARED_POSITION: number = -2;

/**
 * What is asked of a kernel. Positions and lengths are bytes. `position` and `part` of a read or
 * write are written by the layer above until it submits, and again between the parts of a whole.
 */
export type Request = RingRequest | FileRequest | ThreadRequest;

/** What io_uring has opcodes for. */
export type RingRequest =
  | { readonly kind: "nop" }
  | {
      readonly kind: "open";
      readonly path: RawPath;
      readonly flags: number;
      readonly mode: number;
      /** The directory where a relative path begins; the process's own if absent. */
      readonly at?: number;
    }
  | { readonly kind: "close"; readonly fd: number }
  | TransferRequest
  | VectorRequest
  | { readonly kind: "fsync" | "fdatasync"; readonly fd: number }
  | {
      readonly kind: "stat";
      readonly target: number | RawPath;
      readonly followSymlinks: boolean;
    }
  | { readonly kind: "truncate"; readonly fd: number; readonly length: number }
  | {
      readonly kind: "allocate";
      readonly fd: number;
      readonly offset: number;
      readonly length: number;
      readonly keepSize: boolean;
    }
  | { readonly kind: "rename" | "link"; readonly from: RawPath; readonly to: RawPath }
  | { readonly kind: "symlink"; readonly target: RawPath; readonly path: RawPath }
  | {
      readonly kind: "unlink";
      readonly path: RawPath;
      readonly isDirectory: boolean;
      /** As in an open. */
      readonly at?: number;
    }
  | { readonly kind: "mkdir"; readonly path: RawPath; readonly mode: number }
  | { readonly kind: "poll"; readonly fd: number; readonly events: number };

/** What takes several of those, one after the other. */
export interface FileRequest {
  /**
   * Reads a file of fewer than `length` bytes to its end: completes with its `content`, and nothing
   * is open. Anything else completes as `opened`, as by an open for reading.
   */
  readonly kind: "readFile";
  readonly path: RawPath;
  /** 1 or more, and at most SMALL_FILE_BYTES. */
  readonly length: number;
}

/** What it has none for. */
export type ThreadRequest =
  /** What a symbolic link says, which is the `content` that it completes with. */
  | { readonly kind: "readlink"; readonly path: RawPath }
  /** The next entries of a directory, as getdents64(2) gives them; 0 bytes at the end. */
  | {
      readonly kind: "list";
      readonly fd: number;
      readonly memory: Memory;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: "chmod"; readonly target: number | RawPath; readonly mode: number }
  | {
      readonly kind: "chown";
      readonly target: number | RawPath;
      readonly uid: number;
      readonly gid: number;
      readonly followSymlinks: boolean;
    }
  /** Nanoseconds since 1970. */
  | {
      readonly kind: "utimes";
      readonly target: number | RawPath;
      readonly accessedNs: bigint;
      readonly modifiedNs: bigint;
      readonly followSymlinks: boolean;
    }
  /** copy_file_range(2): completes with the bytes that were copied; 0 at the end. */
  | {
      readonly kind: "copyRange";
      readonly from: number;
      readonly to: number;
      readonly fromPosition: number;
      readonly toPosition: number;
      readonly length: number;
    }
  /**
   * Copies small regular files from one directory to another, where no such names may be: a file is
   * whole, or it is not there. The memory has, one behind the other:
   *
   *   names, each with a NUL;
   *   from `resultsOffset`, 8 bytes for each file: how many bytes it has, or a negative errno,
   *   which is EFBIG for anything but a regular file without holes that there is room for;
   *   from `roomOffset`, room for one file.
   *
   * Completes with the number of files that were tried, which is all.
   */
  | {
      readonly kind: "copyFiles";
      readonly from: RawPath;
      readonly to: RawPath;
      readonly memory: Memory;
      readonly offset: number;
      readonly length: number;
      readonly namesLength: number;
      readonly resultsOffset: number;
      readonly roomOffset: number;
      /** Whether owner, mode and times are kept. */
      readonly preserve: boolean;
    }
  /** Makes a file of the same blocks (FICLONE). */
  | { readonly kind: "clone"; readonly from: number; readonly to: number }
  /** Completes with the position of the next data or hole at or after `position`. */
  | {
      readonly kind: "seek";
      readonly fd: number;
      readonly position: number;
      readonly wants: "data" | "hole";
    };

export interface TransferRequest {
  readonly kind: "read" | "write";
  readonly fd: number;
  readonly memory: Memory;
  /** Where in `memory`, and how many bytes. */
  offset: number;
  length: number;
  position: number;
}

export interface VectorRequest {
  readonly kind: "readv" | "writev";
  readonly fd: number;
  readonly parts: readonly Part[];
  position: number;
}

/** What is asked of a kernel, such as `"read"`. */
export type RequestKind = Request["kind"];

/** What statx told, as is. Times are milliseconds since 1970, with their fraction. */
export interface RawStat {
  /** Type and permissions; `mode & 0o7777` are the permissions. */
  readonly mode: number;
  /** Bytes; of a symbolic link, those of its target; 0 where nobody can say, as under `/proc`. */
  readonly size: number;
  /** The device that it is on. */
  readonly dev: bigint;
  /** Its number there: two names with the same `dev` and `ino` are one file. */
  readonly ino: bigint;
  /** Names that it has; 0 if all were removed. */
  readonly nlink: number;
  /** The user that it belongs to. */
  readonly uid: number;
  /** The group that it belongs to. */
  readonly gid: number;
  /** The device that it is; 0 if it is none. */
  readonly rdev: bigint;
  /** Bytes that are good to read or write at a time. */
  readonly blksize: number;
  /** What it takes on the device, in units of 512 bytes: fewer than `size` if it has holes. */
  readonly blocks: number;
  /** When it was last read. */
  readonly atimeMs: number;
  /** When it was last written to. */
  readonly mtimeMs: number;
  /** When it, or what is told of it here, was last changed. */
  readonly ctimeMs: number;
  /** When it was made; 0 where the file system does not know. */
  readonly birthtimeMs: number;
  /** `atimeMs` in nanoseconds since 1970, exactly. */
  readonly atimeNs: bigint;
  /** `mtimeMs` in nanoseconds since 1970, exactly. */
  readonly mtimeNs: bigint;
}

/** A kernel's last word on a request. `errno` is positive. */
export type Completion =
  | { readonly kind: "done"; readonly value: number }
  | {
      readonly kind: "opened";
      readonly fd: number;
      readonly isStream: boolean;
      /** The first ones of the file, if some were read already; good until `complete` returns. */
      readonly bytes?: Uint8Array;
    }
  /** The bytes are good until `complete` returns. */
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  | { readonly kind: "described"; readonly stat: RawStat }
  | { readonly kind: "canceled" }
  | { readonly kind: "unsupported" }
  /** It has not begun, and does not: the code is one of ours. */
  | { readonly kind: "refused"; readonly code: Code; readonly reason: string }
  | { readonly kind: "failed"; readonly errno: number };

/** How a backend does a kind of request: in the kernel, by other means, or not at all. */
export type Capability = "native" | "emulated" | "absent";

export type Capabilities = Readonly<Record<RequestKind, Capability>>;

export interface CompletionSink {
  /** Called once for each submitted id, never from within `submit`. May submit new work. */
  complete(id: OperationId, completion: Completion): void;
  /** How many operations keep the process alive now; asked at the end of each batch. */
  holders(): number;
}

export interface Backend {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Accepts always. What the kernel has no room for yet waits here, in order. */
  submit(id: OperationId, request: Request): void;
  /** A request to stop, kept and repeated until `id` completes. Unknown ids are ignored. */
  cancel(id: OperationId): void;
  /** The number of holders changed outside of a batch: look again. */
  refresh(): void;
  /** Counts for people, such as how many rings there are. */
  statistics(): Readonly<Record<string, number>>;
}
