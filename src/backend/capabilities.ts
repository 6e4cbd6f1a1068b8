// What each backend does for each kind of request. Feeds the docs and the tests' skips.

import {
  OP_CLOSE,
  OP_FALLOCATE,
  OP_FSYNC,
  OP_FTRUNCATE,
  OP_LINKAT,
  OP_MKDIRAT,
  OP_NOP,
  OP_OPENAT,
  OP_POLL_ADD,
  OP_READ,
  OP_READV,
  OP_RENAMEAT,
  OP_STATX,
  OP_SYMLINKAT,
  OP_UNLINKAT,
  OP_WRITE,
  OP_WRITEV,
} from "../kernel/uring-abi.ts";
import type {
  Capabilities,
  Capability,
  RequestKind,
  RingRequest,
  ThreadRequest,
} from "./contract.ts";

/** The opcode that serves each kind on io_uring. */
export const URING_OPCODES: Readonly<Record<RingRequest["kind"], number>> = {
  nop: OP_NOP,
  open: OP_OPENAT,
  close: OP_CLOSE,
  read: OP_READ,
  write: OP_WRITE,
  readv: OP_READV,
  writev: OP_WRITEV,
  fsync: OP_FSYNC,
  fdatasync: OP_FSYNC,
  stat: OP_STATX,
  truncate: OP_FTRUNCATE,
  allocate: OP_FALLOCATE,
  rename: OP_RENAMEAT,
  unlink: OP_UNLINKAT,
  mkdir: OP_MKDIRAT,
  link: OP_LINKAT,
  symlink: OP_SYMLINKAT,
  poll: OP_POLL_ADD,
};

/** Kinds without an opcode: threads of the shim do them. */
export const THREAD_KINDS: readonly ThreadRequest["kind"][] = [
  "readlink",
  "list",
  "chmod",
  "chown",
  "utimes",
  "copyRange",
  "clone",
  "seek",
  "copyFiles",
];

export const RING_KINDS: readonly RingRequest["kind"][] = Object.keys(
  URING_OPCODES,
) as RingRequest["kind"][];

export const REQUEST_KINDS: readonly RequestKind[] = [...RING_KINDS, "readFile", ...THREAD_KINDS];

const FILE_STEPS = ["open", "read", "close"] as const;

/** A kind is native where the running kernel says that it knows the opcode. */
export function uringCapabilities(isSupported: (opcode: number) => boolean): Capabilities {
  const ring = RING_KINDS.map((kind): [RequestKind, Capability] => [
    kind,
    isSupported(URING_OPCODES[kind]) ? "native" : "absent",
  ]);
  const isWhole = FILE_STEPS.every((kind) => isSupported(URING_OPCODES[kind]));
  const file: [RequestKind, Capability] = ["readFile", isWhole ? "native" : "absent"];
  const none = THREAD_KINDS.map((kind): [RequestKind, Capability] => [kind, "absent"]);
  return Object.fromEntries([...ring, file, ...none]) as Record<RequestKind, Capability>;
}

/** What a ring may lack: Linux 6.9 was the first with it. */
const DISPENSABLE: readonly RequestKind[] = ["truncate"];

/** Kinds without which a ring is of no use, and that it lacks. */
export function missingRingKinds(capabilities: Capabilities): RequestKind[] {
  return RING_KINDS.filter(
    (kind) => capabilities[kind] === "absent" && !DISPENSABLE.includes(kind),
  );
}

/** The same where the shim's threads are there. */
export function withThreads(capabilities: Capabilities): Capabilities {
  const threads = THREAD_KINDS.map((kind): [RequestKind, Capability] => [kind, "emulated"]);
  return { ...capabilities, ...Object.fromEntries(threads) };
}
