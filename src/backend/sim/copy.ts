// Requests that copy within the disk, and that look for holes, of which the simulated disk has none
// but the one at the end of each file.

import type { Request } from "../contract.ts";
import type { OpenFile } from "./descriptors.ts";
import { type Disk, type FileNode, Refusal } from "./disk.ts";
import type { SimKernel } from "./kernel.ts";
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
