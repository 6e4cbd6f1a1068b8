// What is in a directory: the records of getdents64(2), and what is told of each.

import { bytesOf, type CopyPath, joinPath, pathOf, shownPath } from "./copy/paths.ts";
import type { FileType } from "./stat.ts";

/** A name as it is, and what it stands for, if the file system tells. */
export interface DirectoryRecord {
  readonly name: CopyPath;
  readonly type: FileType;
}

/** struct linux_dirent64: inode (8 bytes), offset (8), length of the record (2), type (1), name. */
const LENGTH_AT = 16;
const TYPE_AT = 18;
const NAME_AT = 19;

const TYPES: ReadonlyMap<number, FileType> = new Map([
  [1, "fifo"],
  [2, "char"],
  [4, "directory"],
  [6, "block"],
  [8, "file"],
  [10, "symlink"],
  [12, "socket"],
]);

/** The records of one answer, without "." and "..". */
export function recordsOf(answer: Uint8Array): DirectoryRecord[] {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  const records: DirectoryRecord[] = [];
  for (let at = 0; at < answer.byteLength; at += view.getUint16(at + LENGTH_AT, true)) {
    const name = pathOf(answer.subarray(at + NAME_AT, answer.indexOf(0, at + NAME_AT)));
    const type = TYPES.get(view.getUint8(at + TYPE_AT)) ?? "unknown";
    if (name !== "." && name !== "..") records.push({ name, type });
  }
  return records;
}

/** The entry of a record in a directory. */
export let makeEntry: (directory: CopyPath, record: DirectoryRecord) => DirectoryEntry;

/**
 * Something in a directory. Made by `readdir()` and `walk()`.
 *
 * A name of Linux is any bytes. Where they are not UTF-8, `name` and `path` have U+FFFD in them and
 * lead nowhere; `nameBytes` and `pathBytes` are always right, and every call takes them.
 *
 * @example
 * ```ts
 * import { readdir, stat } from "overlapped";
 * for (const entry of await readdir("/etc")) {
 *   if (entry.type === "file") console.log(entry.name, (await stat(entry.pathBytes)).size);
 * }
 * ```
 */
export class DirectoryEntry {
  /** Its name in the directory, as text. */
  readonly name: string;
  /** The path that was given, and the way from there, such as `dir/sub/name` for `dir`. */
  readonly path: string;
  /** That of the entry itself: a symbolic link is a `symlink`, wherever it leads. */
  readonly type: FileType;
  readonly #name: CopyPath;
  readonly #path: CopyPath;

  private constructor(directory: CopyPath, { name, type }: DirectoryRecord) {
    this.#name = name;
    this.#path = joinPath(directory, name);
    this.name = shownPath(name);
    this.path = shownPath(this.#path);
    this.type = type;
  }

  static {
    makeEntry = (directory, record) => new DirectoryEntry(directory, record);
  }

  /** The bytes of the name. */
  get nameBytes(): Uint8Array {
    return new Uint8Array(bytesOf(this.#name));
  }

  /** The bytes of the path. */
  get pathBytes(): Uint8Array {
    return new Uint8Array(bytesOf(this.#path));
  }
}
