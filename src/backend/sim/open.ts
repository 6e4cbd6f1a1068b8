// Opening: the only request that makes a descriptor, and one that may wait for a FIFO's peer.

import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NONBLOCK,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../../kernel/open-flags.ts";
import type { Request } from "../contract.ts";
import { OpenFile } from "./descriptors.ts";
import { type Disk, type Node, Refusal } from "./disk.ts";
import type { SimKernel } from "./kernel.ts";
import { type Answer, shown } from "./task.ts";

type OpenRequest = Extract<Request, { readonly kind: "open" }>;

/** Permissions that new files do not get. */
export const UMASK: number = 0o022;

/** As open(2) does, but that opening a FIFO for reading gives the file at once. */
export function openPath(request: OpenRequest, kernel: SimKernel): Answer | Refusal | null {
  const { flags } = request;
  const node = findOrMake(request, kernel.disk);
  if (node instanceof Refusal) return node;
  const isForWriting = (flags & (O_WRONLY | O_RDWR)) !== 0;
  if (node.kind === "symlink") return new Refusal("ELOOP");
  if (node.kind === "directory") {
    if (isForWriting || (flags & O_CREAT) !== 0) return new Refusal("EISDIR");
  } else if ((flags & O_DIRECTORY) !== 0) return new Refusal("ENOTDIR");
  if (node.kind === "fifo" && (flags & O_WRONLY) !== 0 && node.fifo.readers === 0) {
    return (flags & O_NONBLOCK) === 0 ? null : new Refusal("ENXIO");
  }
  if (node.kind === "file" && (flags & O_TRUNC) !== 0 && isForWriting) {
    node.content = new Uint8Array(0);
    kernel.disk.touch(node);
  }
  const fd = kernel.descriptors.add(new OpenFile(node, flags, shown(request.path)));
  return { kind: "opened", fd, isStream: node.kind === "fifo" };
}

function findOrMake(request: OpenRequest, disk: Disk): Node | Refusal {
  const { path, flags } = request;
  const isNew = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
  const place = disk.locate(path, !isNew);
  if (place instanceof Refusal) return place;
  if (place.node !== undefined) return isNew ? new Refusal("EEXIST") : place.node;
  if ((flags & O_CREAT) === 0) return new Refusal("ENOENT");
  if (shown(path).endsWith("/")) return new Refusal("EISDIR");
  const made = disk.makeFile(new Uint8Array(0), request.mode & ~UMASK);
  disk.enter(place, made);
  return made;
}
