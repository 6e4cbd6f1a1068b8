// Opening: the only request that makes a descriptor, and one that may wait for a FIFO's peer.

import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../../kernel/open-flags.ts";
import type { Request } from "../contract.ts";
import { OpenFile } from "./descriptors.ts";
import { type Disk, type Node, Refusal, Walk } from "./disk.ts";
import type { SimKernel } from "./kernel.ts";
import { type Answer, shown, type Task } from "./task.ts";

type OpenRequest = Extract<Request, { readonly kind: "open" }>;

/** Permissions that new files do not get. */
export const UMASK: number = 0o022;

/** As open(2) does, but that opening a FIFO for reading gives the file at once. */
export function openPath(
  task: Task,
  request: OpenRequest,
  kernel: SimKernel,
): Answer | Refusal | null {
  const { flags } = request;
  const isCreating = (flags & O_CREAT) !== 0;
  if (isCreating && (flags & O_DIRECTORY) !== 0) return new Refusal("EINVAL");
  const node = findOrMake(task, request, kernel.disk);
  if (node instanceof Refusal) return node;
  const isForWriting = (flags & (O_WRONLY | O_RDWR)) !== 0;
  if (node.kind === "symlink") return new Refusal("ELOOP");
  if (node.kind === "directory") {
    if (isForWriting || isCreating || (flags & O_TRUNC) !== 0) return new Refusal("EISDIR");
  } else if ((flags & O_DIRECTORY) !== 0) return new Refusal("ENOTDIR");
  if (node.kind === "fifo" && (flags & O_WRONLY) !== 0 && node.fifo.readers === 0) {
    return (flags & O_NONBLOCK) === 0 ? null : new Refusal("ENXIO");
  }
  if (node.kind === "file" && (flags & O_TRUNC) !== 0) {
    node.content = new Uint8Array(0);
    kernel.disk.touch(node);
  }
  const fd = kernel.descriptors.add(new OpenFile(node, flags, shown(request.path)));
  return { kind: "opened", fd, isStream: node.kind === "fifo" };
}

/** Follows links, also one that leads to nothing yet: then the file is made where it leads. */
function findOrMake(task: Task, request: OpenRequest, disk: Disk): Node | Refusal {
  const { path, flags, mode } = request;
  if (request.at !== undefined && task.file === undefined) return new Refusal("EBADF");
  const isCreating = (flags & O_CREAT) !== 0;
  const isNew = isCreating && (flags & O_EXCL) !== 0;
  const walk = new Walk();
  let mustBeDirectory = false;
  let place = disk.locate(path, walk, task.file?.node);
  for (;;) {
    if (place instanceof Refusal) return place;
    const { directory, ending, hasSlash, node } = place;
    if (isCreating && ending === "name" && hasSlash) return new Refusal("EISDIR");
    mustBeDirectory ||= hasSlash;
    if (node instanceof Refusal) return node;
    if (node === undefined) {
      if (!isCreating) return new Refusal("ENOENT");
      const made = disk.makeFile(new Uint8Array(0), mode & ~UMASK);
      disk.enter(place, made);
      return made;
    }
    if (isNew) return new Refusal("EEXIST");
    const isFollowed = mustBeDirectory || (flags & O_NOFOLLOW) === 0;
    if (node.kind !== "symlink" || !isFollowed) {
      const isRefused = mustBeDirectory && node.kind !== "directory";
      return isRefused ? new Refusal("ENOTDIR") : node;
    }
    place = walk.jump(directory, node, disk.root);
  }
}
