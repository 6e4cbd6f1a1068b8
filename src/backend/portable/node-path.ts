// Paths as node:fs takes them; and descriptors as paths, since Node has no openat(2).

import { isUtf8 } from "node:buffer";

import type { RawPath } from "../contract.ts";
import { pathsAreText } from "./runtimes.ts";

const SLASH = 0x2f;

export type NodePath = string | Buffer;

/** Throws EILSEQ for bytes that the runtime would take for another path. */
export function nodePath(path: RawPath): NodePath {
  if (typeof path === "string") return path;
  if (pathsAreText && !isUtf8(path))
    throw Object.assign(new Error("not UTF-8"), { code: "EILSEQ" });
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength);
}

/** Leads to what is open, wherever it is now. */
export function pathOfDescriptor(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Of a name in a directory that is open. */
export function pathAt(path: RawPath, directory: number | undefined): NodePath {
  const isAbsolute = path[0] === "/" || path[0] === SLASH;
  if (directory === undefined || isAbsolute) return nodePath(path);
  const before = `${pathOfDescriptor(directory)}/`;
  return typeof path === "string"
    ? before + path
    : Buffer.concat([Buffer.from(before), nodePath(path) as Buffer]);
}
