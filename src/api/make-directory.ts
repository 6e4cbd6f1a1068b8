// mkdir with all that is missing on the way, and mkdtemp.

import { randomBytes } from "node:crypto";

import { IoError, shown, typeError } from "../base/errors.ts";
import { RANDOM_NAMES_MAX } from "../base/limits.ts";
import { type CopyPath, parentPath } from "./copy/paths.ts";
import { type CallOptions, checkMode, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import { beginWhole, blame, kernelError, orNull, type Whole } from "./whole.ts";

/** Options of `mkdir`. */
export interface MakeDirectoryOptions extends CallOptions {
  /** Permissions, less the process's umask; 0o777 if absent. */
  readonly mode?: number | undefined;
  /**
   * Whether what is missing on the way is made, too, and a directory that is there already is no
   * error; not so if absent.
   */
  readonly recursive?: boolean | undefined;
}

/** 2^48 names are enough that RANDOM_NAMES_MAX of them are never all taken by chance. */
const RANDOM_NAME_BYTES = 6;

export function makeDirectories(
  calls: PathCalls,
  path: Path,
  mode: number,
  options: CallOptions | undefined,
): Promise<void> {
  const { raw, shown: name } = checkPath(path, "mkdir");
  checkMode(mode, "mkdir");
  const given = takeOptions(options, "mkdir");
  const work = async (whole: Whole): Promise<void> => {
    try {
      await makeWay(whole, raw, mode);
    } catch (error) {
      blame(whole, error);
      throw error;
    }
  };
  return beginWhole(calls, { call: "mkdir", path: name, given, work });
}

/** Up to the first directory that is there or can be made, then down again. */
async function makeWay(whole: Whole, path: CopyPath, mode: number): Promise<void> {
  const missing: CopyPath[] = [];
  for (let next = path; ; ) {
    const making = makeOrFind(whole, next, mode);
    const parent = parentPath(next);
    // Nothing is above the root, nor above a working directory that was removed.
    if (parent === next) await making;
    else if ((await orNull(making, "ENOENT")) === null) {
      missing.push(next);
      next = parent;
      continue;
    }
    break;
  }
  for (const next of missing.reverse()) await makeOrFind(whole, next, mode);
}

/** True, so that it can be told from null. */
async function makeOrFind({ calls, options }: Whole, path: CopyPath, mode: number): Promise<true> {
  try {
    await calls.mkdir(path, mode, options);
  } catch (error) {
    if (!(error instanceof IoError) || error.code !== "EEXIST") throw error;
    const stat = await orNull(calls.stat(path, options), "ENOENT");
    if (stat?.type !== "directory") throw error;
  }
  return true;
}

export function makeTemporary(
  calls: PathCalls,
  prefix: string,
  options: CallOptions | undefined,
): Promise<string> {
  const call = "mkdtemp";
  if (typeof prefix !== "string") {
    throw typeError(`Cannot ${call}: prefix is ${shown(prefix)}, wanted a string`);
  }
  checkPath(randomPath(prefix), call, "prefix");
  const given = takeOptions(options, call);
  return beginWhole(calls, {
    call,
    path: prefix,
    given,
    work: async (whole) => {
      for (let count = 0; count < RANDOM_NAMES_MAX; count++) {
        const path = randomPath(prefix);
        const making = whole.calls.mkdir(path, 0o700, whole.options).then(() => path);
        if ((await orNull(making, "EEXIST")) !== null) return path;
      }
      throw kernelError("EEXIST", whole);
    },
  });
}

/** Random, so that processes which know nothing of each other do not meet. */
function randomPath(prefix: string): string {
  return prefix + randomBytes(RANDOM_NAME_BYTES).toString("base64url");
}
