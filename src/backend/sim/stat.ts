// What statx tells of a node.

import type { Request } from "../contract.ts";
import { type Disk, type Node, Refusal } from "./disk.ts";
import type { Answer, Task } from "./task.ts";

type StatRequest = Extract<Request, { readonly kind: "stat" }>;

const BLOCK_BYTES = 512;
const DEVICE = 99n;

const TYPES: Readonly<Record<Node["kind"], number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
};

export function statOf(task: Task, request: StatRequest, disk: Disk): Answer | Refusal {
  const { target, followSymlinks } = request;
  const node =
    typeof target === "number"
      ? (task.file?.node ?? new Refusal("EBADF"))
      : disk.find(target, followSymlinks);
  if (node instanceof Refusal) return node;
  const size = sizeOf(node);
  const changedMs = node.kind === "file" ? node.modifiedMs : node.changedMs;
  const modifiedNs = node.modifiedNs ?? nanoseconds(changedMs);
  const accessedNs = node.accessedNs ?? modifiedNs;
  const stat = {
    mode: TYPES[node.kind] | node.mode,
    size,
    dev: DEVICE,
    ino: BigInt(node.number),
    nlink: node.links,
    uid: node.uid,
    gid: node.gid,
    rdev: 0n,
    blksize: 4096,
    blocks: Math.ceil(size / BLOCK_BYTES),
    atimeMs: Number(accessedNs) / 1e6,
    mtimeMs: Number(modifiedNs) / 1e6,
    ctimeMs: node.changedMs,
    birthtimeMs: node.bornMs,
    atimeNs: accessedNs,
    mtimeNs: modifiedNs,
  };
  return { kind: "described", stat };
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}

function sizeOf(node: Node): number {
  if (node.kind === "file") return node.content.byteLength;
  return node.kind === "symlink" ? node.target.length : 0;
}
