// Paths as bytes, because a name on Linux is any bytes but "/" and NUL, not always UTF-8.

import { isUtf8 } from "node:buffer";

const slash = 0x2f;
const dot = Buffer.from(".");
const partSuffix = ".part";

/** Names longer than this are cut for a short part name: it fits wherever a name may be 143 long.
 * */
const shortNameBytes = 96;

export function joinPath(folder: Buffer, name: Buffer): Buffer {
  if (folder.equals(dot)) return name;
  const separator = folder.at(-1) === slash ? "" : "/";
  return Buffer.concat([folder, Buffer.from(separator), name]);
}

/** The last name of a path: `b` of `a/b/`, `..` of `a/..`, and `/` of `/`. */
export function baseName(path: Buffer): Buffer {
  const bare = withoutTrailingSlashes(path);
  return bare.length === 1 ? bare : bare.subarray(bare.lastIndexOf(slash) + 1);
}

/** The path without its last name: `a` of `a/b/`, `.` of `b`, `/` of `/b`. */
export function parentPath(path: Buffer): Buffer {
  const bare = withoutTrailingSlashes(path);
  const end = bare.lastIndexOf(slash);
  if (end < 0) return dot;
  return withoutTrailingSlashes(bare.subarray(0, Math.max(end, 1)));
}

export function hasTrailingSlash(path: Buffer): boolean {
  return path.length > 1 && path.at(-1) === slash;
}

function withoutTrailingSlashes(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === slash) end -= 1;
  return path.subarray(0, end);
}

/** A name as a key of a Set or Map: one character per byte, so that nothing is lost. */
export function nameKey(name: Buffer): string {
  return name.toString("latin1");
}

/** `NAME.part`, and `NAME.1.part`, `NAME.2.part` for names that may not be taken. */
export function partName(name: Buffer, attempt: number): Buffer {
  const suffix = attempt === 0 ? partSuffix : `.${attempt}${partSuffix}`;
  return Buffer.concat([name, Buffer.from(suffix)]);
}

/** For a NAME to which the file system allows no suffix: its beginning and a hash of all of it. */
export function shortPartName(name: Buffer, attempt: number): Buffer {
  let end = Math.min(name.length, shortNameBytes);
  // Some file systems refuse half a character, so the cut is before one.
  while (end < name.length && end > 1 && ((name[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const hashed = Buffer.from(`~${hash(name)}`);
  return partName(Buffer.concat([name.subarray(0, end), hashed]), attempt);
}

/** FNV-1a of 64 bits. It only has to tell the names of one directory apart. */
function hash(bytes: Buffer): string {
  let value = 0xcbf29ce484222325n;
  for (const byte of bytes) value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return value.toString(16).padStart(16, "0");
}

/** A path for a message: one line whatever its bytes, in a form that a shell takes back. */
export function quotePath(path: Uint8Array): string {
  const bytes = Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  const text = bytes.toString("utf8");
  const isPlain = isUtf8(bytes) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
  if (isPlain && !text.includes("'")) return `'${text}'`;
  if (isPlain && !/["$`\\!]/.test(text)) return `"${text}"`;
  return `$'${Array.from(bytes, escapeByte).join("")}'`;
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (character === "'" || character === "\\") return `\\${character}`;
  if (byte >= 0x20 && byte < 0x7f) return character;
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
