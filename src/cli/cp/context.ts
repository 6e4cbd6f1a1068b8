// What the parts of one run share.

import type { FileStat } from "../../index.ts";
import type { Blocks } from "./blocks.ts";
import type { Folder } from "./folder.ts";

/** A source and the name that it is to have in a destination directory. */
export interface Entry {
  readonly source: Buffer;
  readonly status: FileStat;
  readonly folder: Folder;
  readonly name: Buffer;
}

/** What a file goes through. A signal is answered differently in each, see commit.ts. */
export type Stage = "copying" | "syncing" | "renaming" | "syncing directory" | "copied";

export interface Reporter {
  stage(stage: Stage, source: Buffer, destination: Buffer): void;
  /** Something was not copied. */
  failure(message: string): void;
  /** Something was copied, and there is more to say about it. */
  note(message: string): void;
}

/** What happened so far. */
export interface Tally {
  bytesTotal: number;
  bytesWritten: number;
  filesTotal: number;
  filesCopied: number;
  failures: number;
  partsRemoved: number;
  /** Whether the totals are final. */
  isWalkDone: boolean;
}

export interface CopyContext {
  readonly signal: AbortSignal;
  readonly recursive: boolean;
  readonly tally: Tally;
  readonly blocks: Blocks;
  readonly reporter: Reporter;
}

export function newTally(): Tally {
  return {
    bytesTotal: 0,
    bytesWritten: 0,
    filesTotal: 0,
    filesCopied: 0,
    failures: 0,
    partsRemoved: 0,
    isWalkDone: false,
  };
}

/** Files are the same when device and inode are, whatever their names. */
export function isSameFile(a: FileStat, b: FileStat): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** What a file is, in words. */
export function describeType(type: FileStat["type"]): string {
  switch (type) {
    case "file":
      return "a regular file";
    case "directory":
      return "a directory";
    case "symlink":
      return "a symbolic link";
    case "fifo":
      return "a FIFO";
    case "socket":
      return "a socket";
    case "char":
      return "a character device";
    case "block":
      return "a block device";
    case "unknown":
      return "of an unknown type";
  }
}
