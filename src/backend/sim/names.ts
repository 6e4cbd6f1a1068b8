// Requests that change names. Each returns a refusal, or null if it is done.

import type { Request } from "../contract.ts";
import { type DirectoryNode, type Disk, Refusal, textOf } from "./disk.ts";
import { UMASK } from "./open.ts";

type Of<K> = Extract<Request, { readonly kind: K }>;

/** `rename` and `link` share a shape, and so a type. */
type Pair = Of<"rename" | "link">;

export function renameNode(request: Pair, disk: Disk): Refusal | null {
  const from = disk.locate(request.from, false);
  if (from instanceof Refusal) return from;
  const to = disk.locate(request.to, false);
  if (to instanceof Refusal) return to;
  const { node } = from;
  if (node === undefined) return new Refusal("ENOENT");
  if (from.name === "." || to.name === ".") return new Refusal("EBUSY");
  if (to.node === node) return null;
  if (node.kind === "directory") {
    if (isWithin(to.directory, node)) return new Refusal("EINVAL");
    if (to.node !== undefined && to.node.kind !== "directory") return new Refusal("ENOTDIR");
  }
  if (to.node?.kind === "directory") {
    if (node.kind !== "directory") return new Refusal("EISDIR");
    if (to.node.entries.size > 0) return new Refusal("ENOTEMPTY");
  }
  disk.leave(from);
  if (to.node !== undefined) disk.leave(to);
  disk.enter(to, node);
  if (node.kind === "directory") node.parent = to.directory;
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
  const to = disk.locate(request.to, false);
  if (to instanceof Refusal) return to;
  if (to.node !== undefined) return new Refusal("EEXIST");
  if (node.kind === "directory") return new Refusal("EPERM");
  disk.enter(to, node);
  return null;
}

export function makeLink(request: Of<"symlink">, disk: Disk): Refusal | null {
  const place = disk.locate(request.path, false);
  if (place instanceof Refusal) return place;
  if (place.node !== undefined) return new Refusal("EEXIST");
  const target = textOf(request.target);
  if (target === "") return new Refusal("ENOENT");
  disk.enter(place, disk.makeLink(target));
  return null;
}

export function removeName(request: Of<"unlink">, disk: Disk): Refusal | null {
  const place = disk.locate(request.path, false);
  if (place instanceof Refusal) return place;
  const { node } = place;
  if (node === undefined) return new Refusal("ENOENT");
  if (place.name === ".") return new Refusal(request.isDirectory ? "EBUSY" : "EISDIR");
  if (request.isDirectory) {
    if (node.kind !== "directory") return new Refusal("ENOTDIR");
    if (node.entries.size > 0) return new Refusal("ENOTEMPTY");
  } else if (node.kind === "directory") return new Refusal("EISDIR");
  disk.leave(place);
  return null;
}

export function makeDirectory(request: Of<"mkdir">, disk: Disk): Refusal | null {
  const place = disk.locate(request.path, false);
  if (place instanceof Refusal) return place;
  if (place.node !== undefined) return new Refusal("EEXIST");
  disk.enter(place, disk.makeDirectory(place.directory, request.mode & ~UMASK));
  return null;
}
