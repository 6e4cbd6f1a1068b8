// Requests that copy within the disk, and that look for holes, of which the simulated disk has none
// but the one at the end of each file.

import { errno } from "../../kernel/errno.ts";
import type { Request } from "../contract.ts";
import type { OpenFile } from "./descriptors.ts";
import { type DirectoryNode, type Disk, type FileNode, Refusal } from "./disk.ts";
import type { SimKernel } from "./kernel.ts";
import { UMASK } from "./open.ts";
import type { Answer, Task } from "./task.ts";
import { fallShort, place } from "./transfer.ts";

type Of<K> = Extract<Request, { readonly kind: K }>;

interface Ends {
  readonly from: FileNode;
  readonly to: FileNode;
}

function endsOf({ source, file }: Task): Ends | Refusal {
  if (source === undefined || file === undefined) return new Refusal("EBADF");
  if (!isOpenFor(source, source.isReadable) || !isOpenFor(file, file.isWritable)) {
    return new Refusal("EBADF");
  }
  if (source.node.kind === "directory" || file.node.kind === "directory") {
    return new Refusal("EISDIR");
  }
  if (source.node.kind !== "file" || file.node.kind !== "file") return new Refusal("EINVAL");
  return { from: source.node, to: file.node };
}

function isOpenFor(file: OpenFile, isAllowed: boolean): boolean {
  return isAllowed || file.node.kind === "directory";
}

export function copyRange(
  task: Task,
  request: Of<"copyRange">,
  kernel: SimKernel,
): Answer | Refusal {
  const ends = endsOf(task);
  if (ends instanceof Refusal) return ends;
  const { fromPosition, toPosition, length } = request;
  const there = ends.from.content.slice(fromPosition, fromPosition + length);
  const count = fallShort("shortWrite", there.byteLength, task, kernel.faults);
  place(ends.to, toPosition, there.subarray(0, count), kernel.disk);
  return { kind: "done", value: count };
}

export function cloneFile(task: Task, disk: Disk): Refusal | null {
  const ends = endsOf(task);
  if (ends instanceof Refusal) return ends;
  ends.to.content = ends.from.content.slice();
  disk.touch(ends.to);
  return null;
}

export function seekFile(task: Task, request: Of<"seek">): Answer | Refusal {
  const node = task.file?.node;
  if (node === undefined) return new Refusal("EBADF");
  if (node.kind !== "file") return new Refusal(node.kind === "fifo" ? "ESPIPE" : "EINVAL");
  const { byteLength } = node.content;
  if (request.position >= byteLength) return new Refusal("ENXIO");
  return { kind: "done", value: request.wants === "data" ? request.position : byteLength };
}

/** All at once: between two files of one call nobody else has a turn here. */
export function copyFiles(
  task: Task,
  request: Of<"copyFiles">,
  kernel: SimKernel,
): Answer | Refusal {
  const { disk, faults } = kernel;
  const from = disk.find(request.from, false);
  if (from instanceof Refusal) return from;
  const to = disk.find(request.to, false);
  if (to instanceof Refusal) return to;
  if (from.kind !== "directory" || to.kind !== "directory") return new Refusal("ENOTDIR");
  if (task.guard === null) return new Refusal("EFAULT");
  const bytes = task.guard.bytes();
  const text = Buffer.from(bytes.subarray(0, request.namesLength)).toString("latin1");
  const names = text.split("\0").slice(0, -1);
  const room = request.length - request.roomOffset;
  const view = new DataView(bytes.buffer, bytes.byteOffset + request.resultsOffset);
  const fitting = fallShort("shortWrite", names.length, task, faults);
  for (const [index, name] of names.entries()) {
    const isFull = index >= fitting;
    const result = isFull ? -errno("ENOSPC") : copyNamed(name, from, to, room, request, disk);
    view.setBigInt64(index * 8, BigInt(result), true);
  }
  task.brought = bytes.subarray(0, request.roomOffset);
  return { kind: "done", value: names.length };
}

/** Returns its bytes, or a negative errno. */
function copyNamed(
  name: string,
  from: DirectoryNode,
  to: DirectoryNode,
  room: number,
  { preserve }: Of<"copyFiles">,
  disk: Disk,
): number {
  const node = from.entries.get(name);
  if (node === undefined) return -errno("ENOENT");
  if (node.kind === "symlink") return -errno("ELOOP");
  if (node.kind !== "file" || node.content.byteLength > room) return -errno("EFBIG");
  const place = disk.locate(Buffer.from(name, "latin1"), undefined, to);
  if (place instanceof Refusal) return -place.errno;
  if (place.node !== undefined) return -errno("EEXIST");
  const made = disk.makeFile(node.content.slice(), preserve ? node.mode : node.mode & ~UMASK);
  disk.enter(place, made);
  if (preserve) {
    const { uid, gid, accessedNs, modifiedMs } = node;
    const modifiedNs = node.modifiedNs ?? BigInt(Math.round(modifiedMs * 1e6));
    Object.assign(made, { uid, gid, accessedNs: accessedNs ?? modifiedNs, modifiedNs });
  }
  return made.content.byteLength;
}
