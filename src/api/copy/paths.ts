// Paths of a copy: text where the bytes are UTF-8, else the bytes, so that every name of Linux is
// copied as it is, and most are seen as text.

import { isUtf8 } from "node:buffer";

/** A path: text, or bytes if it is not UTF-8. */
export type CopyPath = string | Uint8Array;

const SLASH = 0x2f;
const DOT_BYTE = 0x2e;
const DOT = ".";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text if it can be. */
export function pathOf(bytes: Uint8Array): CopyPath {
  return isUtf8(bytes) ? decoder.decode(bytes) : bytes.slice();
}

export function bytesOf(path: CopyPath): Uint8Array {
  return typeof path === "string" ? Buffer.from(path) : path;
}

/** For messages. */
export function shownPath(path: CopyPath): string {
  return typeof path === "string" ? path : decoder.decode(path);
}

export function joinPath(folder: CopyPath, name: CopyPath): CopyPath {
  if (folder === DOT) return name;
  const separator = hasTrailingSlash(folder) ? "" : "/";
  if (typeof folder === "string" && typeof name === "string") return folder + separator + name;
  return Buffer.concat([bytesOf(folder), Buffer.from(separator), bytesOf(name)]);
}

/** The last name of a path: `b` of `a/b/`, `..` of `a/..`, and `/` of `/`. */
export function baseName(path: CopyPath): CopyPath {
  const bare = withoutTrailingSlashes(bytesOf(path));
  return pathOf(bare.length === 1 ? bare : bare.subarray(bare.lastIndexOf(SLASH) + 1));
}

/** The path without its last name: `a` of `a/b/`, `.` of `b`, `/` of `/b`. */
export function parentPath(path: CopyPath): CopyPath {
  const bare = withoutTrailingSlashes(bytesOf(path));
  const end = bare.lastIndexOf(SLASH);
  if (end < 0) return DOT;
  return pathOf(withoutTrailingSlashes(bare.subarray(0, Math.max(end, 1))));
}

export function isAbsolute(path: CopyPath): boolean {
  return bytesOf(path)[0] === SLASH;
}

export function hasTrailingSlash(path: CopyPath): boolean {
  return typeof path === "string" ? path.endsWith("/") : path.at(-1) === SLASH;
}

/** The path without slashes and dots that name nothing more at its end: `a` of `a/./`. */
export function withoutTail(path: CopyPath): CopyPath {
  const bytes = bytesOf(path);
  let end = bytes.length;
  for (let isCut = true; isCut && end > 1; ) {
    const isDot = bytes[end - 1] === DOT_BYTE && bytes[end - 2] === SLASH;
    isCut = isDot || bytes[end - 1] === SLASH;
    if (isCut) end -= 1;
  }
  return end === bytes.length ? path : pathOf(bytes.subarray(0, end));
}

function withoutTrailingSlashes(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 1 && bytes[end - 1] === SLASH) end -= 1;
  return bytes.subarray(0, end);
}

/** At most so many bytes of the beginning, and no half of a character of UTF-8. */
export function cutName(name: CopyPath, bytesMax: number): CopyPath {
  const bytes = bytesOf(name);
  let end = Math.min(bytes.length, bytesMax);
  while (end < bytes.length && end > 1 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end === bytes.length ? name : pathOf(bytes.subarray(0, end));
}
