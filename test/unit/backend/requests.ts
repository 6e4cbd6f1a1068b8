// One plain request of each kind.

import type { Memory, RingRequest } from "../../../src/backend/contract.ts";

export const MEMORY: Memory = { byteLength: 65_536, addressLow: 0xffff_f000, addressHigh: 0x7f00 };

const PARTS = [
  { memory: MEMORY, offset: 0, length: 100 },
  { memory: MEMORY, offset: 0x2000, length: 28 },
];

const REQUESTS: Readonly<Record<RingRequest["kind"], () => RingRequest>> = {
  nop: () => ({ kind: "nop" }),
  open: () => ({ kind: "open", path: "some/path", flags: 0o2000101, mode: 0o640 }),
  close: () => ({ kind: "close", fd: 11 }),
  read: () => transfer("read"),
  write: () => transfer("write"),
  readv: () => ({ kind: "readv", fd: 11, parts: PARTS, position: 70 }),
  writev: () => ({ kind: "writev", fd: 11, parts: PARTS, position: 70 }),
  fsync: () => ({ kind: "fsync", fd: 11 }),
  fdatasync: () => ({ kind: "fdatasync", fd: 11 }),
  stat: () => ({ kind: "stat", target: "some/path", followSymlinks: true }),
  truncate: () => ({ kind: "truncate", fd: 11, length: 2 ** 33 + 5 }),
  allocate: () => ({
    kind: "allocate",
    fd: 11,
    offset: 2 ** 34 + 1,
    length: 2 ** 35 + 2,
    keepSize: true,
  }),
  rename: () => ({ kind: "rename", from: "from/é", to: "to" }),
  unlink: () => ({ kind: "unlink", path: "some/path", isDirectory: false }),
  mkdir: () => ({ kind: "mkdir", path: "some/path", mode: 0o750 }),
  link: () => ({ kind: "link", from: "from", to: "to" }),
  symlink: () => ({ kind: "symlink", target: "where", path: "name" }),
  poll: () => ({ kind: "poll", fd: 11, events: 5 }),
};

function transfer(kind: "read" | "write"): RingRequest {
  return { kind, fd: 11, memory: MEMORY, offset: 0x1800, length: 128, position: 70 };
}

export function requestOf(kind: RingRequest["kind"]): RingRequest {
  return REQUESTS[kind]();
}
