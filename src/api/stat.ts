// What `stat` tells, for people.

import type { Completion, RawStat } from "../backend/contract.ts";
import { bug } from "../base/assert.ts";

/** What a name stands for; `unknown` is none of the others. */
export type FileType =
  | "file"
  | "directory"
  | "symlink"
  | "fifo"
  | "socket"
  | "char"
  | "block"
  | "unknown";

/**
 * What the kernel knows of a file. Times are milliseconds since 1970 (UTC), with their fraction;
 * a double has them to a quarter of a microsecond, and the two in nanoseconds are exact.
 *
 * @example
 * ```ts
 * import { type FileStat, stat } from "overlapped";
 * const ageMs = ({ mtimeMs }: FileStat) => Date.now() - mtimeMs;
 * console.log(ageMs(await stat("/etc/hostname")) > 0); // true
 * ```
 */
export interface FileStat extends RawStat {
  /** What it is: the upper bits of `mode`, as a word. */
  readonly type: FileType;
}

const TYPE_MASK = 0o170000;
const TYPES: ReadonlyMap<number, FileType> = new Map([
  [0o100000, "file"],
  [0o040000, "directory"],
  [0o120000, "symlink"],
  [0o010000, "fifo"],
  [0o140000, "socket"],
  [0o020000, "char"],
  [0o060000, "block"],
]);

export function finishStat(completion: Completion): FileStat {
  if (completion.kind !== "described") return bug(`stat: completed as ${completion.kind}`);
  const { stat } = completion;
  return { type: TYPES.get(stat.mode & TYPE_MASK) ?? "unknown", ...stat };
}
