// What a copy tells: while it goes on, of each entry, and in the end.

import type { FileType } from "../stat.ts";
import type { CopyPath } from "./paths.ts";

/**
 * How bytes were moved: `reflink` shares the blocks, `range` copies within the kernel, `blocks`
 * through memory of this process.
 */
export type CopyMethod = "reflink" | "range" | "blocks";

/**
 * What a copy came to, or had come to when it ended early. All counts are 0 or more.
 *
 * @example
 * ```ts
 * import { type CopyReport, copy } from "overlapped";
 * const shown = ({ files, bytes, durationMs }: CopyReport) =>
 *   `${files} files, ${bytes} bytes in ${Math.round(durationMs)} ms`;
 * console.log(shown(await copy("/etc/hostname", "hostname")));
 * ```
 */
export interface CopyReport {
  /** Regular files that were copied whole. */
  readonly files: number;
  /** Directories that were made. */
  readonly directories: number;
  /** Symbolic links that were copied. */
  readonly symlinks: number;
  /** Bytes of the files, holes included. */
  readonly bytes: number;
  /** Bytes that were moved, by method; those of files that then failed, too. */
  readonly bytesCopied: Readonly<Record<CopyMethod, number>>;
  /** Bytes that were found in a kept part file, and not copied again. */
  readonly bytesResumed: number;
  /** Entries that were left out, because of `overwrite: "never"` or of `filter`. */
  readonly skipped: number;
  /** Entries that `onFailure` was told of. */
  readonly failures: number;
  /** Part files that could not be removed; none, unless a device fails even at that. */
  readonly leftBehind: readonly CopyPath[];
  /** Milliseconds from the call to its end. */
  readonly durationMs: number;
}

/** How far a copy has come, as `onProgress` is told. Symbolic links count as files of no bytes. */
export interface CopyProgress {
  /** Bytes of the files so far, holes included. */
  readonly bytesDone: number;
  /** Bytes of all files that were found so far. */
  readonly bytesTotal: number;
  /** Files that are over: copied or skipped. */
  readonly filesDone: number;
  /** Files that were found so far. */
  readonly filesTotal: number;
  /** Whether the totals are final: everything has been found. */
  readonly isTotalKnown: boolean;
  /** The file that moved last. */
  readonly source: CopyPath;
  /** The name that it gets. */
  readonly destination: CopyPath;
  /** Bytes of that file so far, holes included. */
  readonly fileBytesDone: number;
  /** Bytes of that file. */
  readonly fileBytesTotal: number;
}

/**
 * Where an entry is. A file is `copying`, `syncing` and `renaming`, then `copied`; of a small file,
 * a link or a directory only the last is told. `skipped` was left out by `overwrite`; `kept` is a
 * part file that was left for `resume`.
 */
export type CopyStage = "copying" | "syncing" | "renaming" | "copied" | "skipped" | "kept";

/** What `filter` is asked about. */
export interface CopyCandidate {
  /** What is to be copied. */
  readonly source: CopyPath;
  /** The name that it gets. */
  readonly destination: CopyPath;
  /** What it is; a symbolic link is a `symlink`, wherever it leads. */
  readonly type: FileType;
}

/** What `onEntry` is told. */
export interface CopyEntry extends CopyCandidate {
  /** Where it is. */
  readonly stage: CopyStage;
  /** Bytes of the file; 0 until it is copied. */
  readonly bytes: number;
  /** How the most of its bytes were moved; null for an empty file, a link or a directory. */
  readonly method: CopyMethod | null;
}

/** Counts of a copy while it goes on. */
export class Tally {
  files = 0;
  directories = 0;
  symlinks = 0;
  bytes = 0;
  readonly moved: Record<CopyMethod, number> = { reflink: 0, range: 0, blocks: 0 };
  bytesResumed = 0;
  skipped = 0;
  failures = 0;
  readonly leftBehind: CopyPath[] = [];
  /** For progress: files and links that are over, and bytes that are. */
  filesDone = 0;
  bytesDone = 0;
  filesTotal = 0;
  bytesTotal = 0;
  /** Files that were found and whose sizes are not in the total yet. */
  unsized = 0;
  /** Whether everything has been found. */
  isWalked = false;

  get isTotalKnown(): boolean {
    return this.isWalked && this.unsized === 0;
  }

  get bytesMoved(): number {
    return this.moved.reflink + this.moved.range + this.moved.blocks;
  }

  report(durationMs: number): CopyReport {
    const { files, directories, symlinks, bytes, bytesResumed, skipped, failures } = this;
    const counts = { files, directories, symlinks, bytes, bytesResumed, skipped, failures };
    const leftBehind = [...this.leftBehind];
    return { ...counts, bytesCopied: { ...this.moved }, leftBehind, durationMs };
  }
}
