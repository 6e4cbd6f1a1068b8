// Requests that change names. Each returns a refusal, or null if it is done.

import type { RawPath, Request } from "../contract.ts";
import { type DirectoryNode, type Disk, type Place, Refusal, textOf } from "./disk.ts";
import { UMASK } from "./open.ts";
import type { Task } from "./task.ts";

type Of<K> = Extract<Request, { readonly kind: K }>;

/** `rename` and `link` share a shape, and so a type. */
type Pair = Of<"rename" | "link">;

// The order of the checks is Linux's: it decides which of several reasons is given.

export function renameNode(request: Pair, disk: Disk): Refusal | null {
  const from = disk.locate(request.from);
  if (from instanceof Refusal) return from;
  const to = disk.locate(request.to);
  if (to instanceof Refusal) return to;
  if (from.ending !== "name" || to.ending !== "name") return new Refusal("EBUSY");
  const { node } = from;
  if (node === undefined) return new Refusal("ENOENT");
  if (node instanceof Refusal) return node;
  const replaced = to.node;
  if (replaced instanceof Refusal) return replaced;
  const isDirectory = node.kind === "directory";
  if (!isDirectory && (from.hasSlash || to.hasSlash)) return new Refusal("ENOTDIR");
  if (isDirectory && isWithin(to.directory, node)) return new Refusal("EINVAL");
  if (replaced?.kind === "directory" && isWithin(from.directory, replaced)) {
    return new Refusal("ENOTEMPTY");
  }
  if (replaced === node) return null;
  if (replaced !== undefined && isDirectory !== (replaced.kind === "directory")) {
    return new Refusal(isDirectory ? "ENOTDIR" : "EISDIR");
  }
  if (replaced?.kind === "directory" && replaced.entries.size > 0) return new Refusal("ENOTEMPTY");
  disk.leave(from);
  if (replaced !== undefined) disk.leave(to);
  disk.enter(to, node);
  if (isDirectory) node.parent = to.directory;
  return null;
}

function isWithin(directory: DirectoryNode, above: DirectoryNode): boolean {
  for (let each = directory; ; each = each.parent) {
    if (each === above) return true;
    if (each === each.parent) return false;
  }
}

export function linkNode(request: Pair, disk: Disk): Refusal | null {
  const node = disk.find(request.from, false);
  if (node instanceof Refusal) return node;
  const to = placeForNew(request.to, false, disk);
  if (to instanceof Refusal) return to;
  if (node.kind === "directory") return new Refusal("EPERM");
  disk.enter(to, node);
  return null;
}

export function makeLink(request: Of<"symlink">, disk: Disk): Refusal | null {
  const target = textOf(request.target);
  if (target === "") return new Refusal("ENOENT");
  const place = placeForNew(request.path, false, disk);
  if (place instanceof Refusal) return place;
  disk.enter(place, disk.makeLink(target));
  return null;
}

export function makeDirectory(request: Of<"mkdir">, disk: Disk): Refusal | null {
  const place = placeForNew(request.path, true, disk);
  if (place instanceof Refusal) return place;
  disk.enter(place, disk.makeDirectory(place.directory, request.mode & ~UMASK));
  return null;
}

function placeForNew(path: RawPath, isDirectory: boolean, disk: Disk): Place | Refusal {
  const place = disk.locate(path);
  if (place instanceof Refusal) return place;
  if (place.node instanceof Refusal) return place.node;
  if (place.node !== undefined) return new Refusal("EEXIST");
  return place.hasSlash && !isDirectory ? new Refusal("ENOENT") : place;
}

const NO_NAME = { ".": "EINVAL", "..": "ENOTEMPTY", "/": "EBUSY" } as const;

export function removeName(task: Task, request: Of<"unlink">, disk: Disk): Refusal | null {
  if (request.at !== undefined && task.file === undefined) return new Refusal("EBADF");
  const place = disk.locate(request.path, undefined, task.file?.node);
  if (place instanceof Refusal) return place;
  const { node, ending } = place;
  if (ending !== "name") return new Refusal(request.isDirectory ? NO_NAME[ending] : "EISDIR");
  if (node === undefined) return new Refusal("ENOENT");
  if (node instanceof Refusal) return node;
  if (request.isDirectory) {
    if (node.kind !== "directory") return new Refusal("ENOTDIR");
    if (node.entries.size > 0) return new Refusal("ENOTEMPTY");
  } else {
    if (node.kind === "directory") return new Refusal("EISDIR");
    if (place.hasSlash) return new Refusal("ENOTDIR");
  }
  disk.leave(place);
  return null;
}
