// Paths of the command line, as bytes, because a name on Linux is any bytes but "/" and NUL; and
// how they are shown.

import { isUtf8 } from "node:buffer";

const SLASH = 0x2f;
const DOT = Buffer.from(".");

export function joinPath(folder: Buffer, name: Buffer): Buffer {
  if (folder.equals(DOT)) return name;
  const separator = folder.at(-1) === SLASH ? "" : "/";
  return Buffer.concat([folder, Buffer.from(separator), name]);
}

/** The last name of a path: `b` of `a/b/`, `..` of `a/..`, and `/` of `/`. */
export function baseName(path: Buffer): Buffer {
  let end = path.length;
  while (end > 1 && path[end - 1] === SLASH) end -= 1;
  const bare = path.subarray(0, end);
  return bare.length === 1 ? bare : bare.subarray(bare.lastIndexOf(SLASH) + 1);
}

export function bytesOf(path: string | Uint8Array): Buffer {
  return typeof path === "string" ? Buffer.from(path) : Buffer.from(path);
}

/** A path as a key of a Set: one character per byte, so that nothing is lost. */
export function pathKey(path: string | Uint8Array): string {
  return bytesOf(path).toString("latin1");
}

/** A path for a message: one line whatever its bytes, in a form that a shell takes back. */
export function quotePath(path: string | Uint8Array): string {
  const bytes = bytesOf(path);
  const text = bytes.toString();
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
