// What a caller may ask of a copy, and its checks.

import { shown, typeError } from "../../base/errors.ts";
import {
  type CallOptions,
  checkNumber,
  checkObject,
  type Given,
  takeFlag,
  takeOptions,
} from "../options.ts";
import type { CopyError } from "./copy-error.ts";
import { FILES_AT_ONCE, FILES_AT_ONCE_MAX } from "./limits.ts";
import type { CopyCandidate, CopyEntry, CopyProgress } from "./report.ts";

/** Options of `copy`. `timeoutMs` is for the whole of it. */
export interface CopyOptions extends CallOptions {
  /**
   * What happens to a destination that is there: `"replace"` it (so if absent), `"never"`, which
   * leaves it as it is and counts the source as skipped, or `"error"`, which is `EEXIST`.
   * Directories are merged always.
   */
  readonly overwrite?: "replace" | "never" | "error" | undefined;
  /**
   * Whether mode, times and, as far as this process may, owner are those of the source. If not,
   * which is so if absent, a new file has the source's permissions less the umask, and a replaced
   * file keeps its own.
   */
  readonly preserve?: boolean | undefined;
  /**
   * Whether `source` itself is followed if it is a symbolic link; it is not if absent. Links in a
   * tree are never followed.
   */
  readonly followSource?: boolean | undefined;
  /**
   * Whether a file may share its blocks with the copy, where the file system can: `"auto"` (so if
   * absent, unless `sparse` asks for other holes), `"never"`, or `"always"`, which fails where it
   * cannot.
   */
  readonly reflink?: "auto" | "never" | "always" | undefined;
  /**
   * What becomes of holes: `"auto"` (so if absent) makes them where the source has them, `"never"`
   * writes zeros, and `"always"` makes holes of all blocks of zeros.
   */
  readonly sparse?: "auto" | "never" | "always" | undefined;
  /** Whether everything is on the device before the copy is done; it is if absent. */
  readonly sync?: boolean | undefined;
  /** Whether what there is of a file is kept for `resume` if the copy ends early; not if absent. */
  readonly keepPartial?: boolean | undefined;
  /** Whether part files that `keepPartial` has left are taken up; they are not if absent. */
  readonly resume?: boolean | undefined;
  /** Bytes a second, at most; 1 to 2^53 - 1. No bound if absent. */
  readonly bytesPerSecond?: number | undefined;
  /** Files at once, 1 to 256; 32 if absent. */
  readonly filesAtOnce?: number | undefined;
  /**
   * Is asked about each entry of a tree, but not about `source` itself; false leaves it out, with
   * all that is in it. Nothing is left out if absent.
   */
  readonly filter?: ((candidate: CopyCandidate) => boolean | Promise<boolean>) | undefined;
  /** Called at most ten times a second, and once when all is copied. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
  /** Called for each stage of each entry. */
  readonly onEntry?: ((entry: CopyEntry) => void) | undefined;
  /**
   * Called for each entry that could not be copied; then the others are copied all the same. If
   * absent, the first failure ends the copy.
   */
  readonly onFailure?: ((error: CopyError) => void) | undefined;
}

const OVERWRITE = ["replace", "never", "error"] as const;
const WHETHER = ["auto", "never", "always"] as const;

/** Options as they were when the call was made, checked. */
export interface Settings {
  readonly given: Given;
  readonly overwrite: (typeof OVERWRITE)[number];
  readonly preserve: boolean;
  readonly followSource: boolean;
  readonly reflink: (typeof WHETHER)[number];
  readonly sparse: (typeof WHETHER)[number];
  readonly sync: boolean;
  readonly keepPartial: boolean;
  readonly resume: boolean;
  readonly bytesPerSecond: number | undefined;
  readonly filesAtOnce: number;
  readonly filter: CopyOptions["filter"];
  readonly onProgress: CopyOptions["onProgress"];
  readonly onEntry: CopyOptions["onEntry"];
  readonly onFailure: CopyOptions["onFailure"];
}

/** @throws {TypeError} or {RangeError} on a wrong option. */
export function takeSettings(options: CopyOptions = {}): Settings {
  checkObject(options, "copy");
  const { overwrite, reflink, sparse, bytesPerSecond, filesAtOnce = FILES_AT_ONCE } = options;
  const { filter, onProgress, onEntry, onFailure } = options;
  checkNumber(filesAtOnce, "filesAtOnce", "copy", 1, FILES_AT_ONCE_MAX);
  if (bytesPerSecond !== undefined) {
    checkNumber(bytesPerSecond, "bytesPerSecond", "copy", 1, Number.MAX_SAFE_INTEGER);
  }
  if (reflink === "always" && sparse !== undefined && sparse !== "auto") {
    const message = `Cannot copy: reflink "always" shares the holes, too, so sparse must be "auto"`;
    throw typeError(message, "ERR_INVALID_ARG_VALUE");
  }
  return {
    given: takeOptions(options, "copy"),
    overwrite: checkWord(overwrite, "overwrite", OVERWRITE),
    preserve: takeFlag(options, "preserve", false, "copy"),
    followSource: takeFlag(options, "followSource", false, "copy"),
    reflink: checkWord(reflink, "reflink", WHETHER),
    sparse: checkWord(sparse, "sparse", WHETHER),
    sync: takeFlag(options, "sync", true, "copy"),
    keepPartial: takeFlag(options, "keepPartial", false, "copy"),
    resume: takeFlag(options, "resume", false, "copy"),
    bytesPerSecond,
    filesAtOnce,
    filter: checkFunction(filter, "filter"),
    onProgress: checkFunction(onProgress, "onProgress"),
    onEntry: checkFunction(onEntry, "onEntry"),
    onFailure: checkFunction(onFailure, "onFailure"),
  };
}

/** One of a few words; the first if absent. */
function checkWord<W extends string>(value: unknown, name: string, words: readonly [W, ...W[]]): W {
  if (value === undefined) return words[0];
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const wanted = words.map((word) => `"${word}"`).join(", ");
  const code = typeof value === "string" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE";
  throw typeError(`Cannot copy: ${name} is ${shown(value)}, wanted one of ${wanted}`, code);
}

function checkFunction<F>(value: F, name: string): F {
  if (value === undefined || typeof value === "function") return value;
  throw typeError(`Cannot copy: ${name} is ${shown(value)}, wanted a function`);
}
