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

/** Times are milliseconds since 1970, with their fraction. */
export interface FileStat extends RawStat {
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
