// Where a file or link is to go, and whether it may.

import { LINKS_MAX } from "../../base/limits.ts";
import { O_NOFOLLOW, O_NONBLOCK, O_WRONLY } from "../../kernel/open-flags.ts";
import type { FileStat } from "../stat.ts";
import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import type { Entry } from "./entry.ts";
import {
  baseName,
  type CopyPath,
  isAbsolute,
  joinPath,
  parentPath,
  pathOf,
  withoutTail,
} from "./paths.ts";

/** `existing` has the name now and will be replaced; null if nothing has. */
export interface Place {
  readonly existing: FileStat | null;
}

/** Null if the entry is to be left out; a failure if it cannot be copied there. */
export async function findPlace(
  entry: Entry,
  source: FileStat,
  context: CopyContext,
): Promise<Place | null> {
  if (entry.folder.isNew) return { existing: null };
  const { destination } = entry;
  const existing = await statOrNull(destination, context);
  if (existing === null) return { existing };
  const { overwrite } = context.settings;
  if (overwrite === "never") return null;
  if (overwrite === "error") throw context.kernelFailure("EEXIST", destination);
  if (isSameFile(existing, source)) throw context.failureOf("ERR_COPY_INTO_ITSELF", destination);
  if (existing.type === "directory") throw context.kernelFailure("EISDIR", destination);
  // A rename would put a file in the place of a device such as /dev/null.
  if (existing.type !== "file" && existing.type !== "symlink") {
    throw context.failureOf("ERR_UNSUPPORTED_TYPE", destination);
  }
  if (existing.type === "file" && entry.type === "file") await checkWritable(destination, context);
  return { existing };
}

/** Files are the same when device and inode are, whatever their names. */
export function isSameFile(a: FileStat, b: FileStat): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

export async function statOrNull(
  path: CopyPath,
  context: CopyContext,
  followSymlinks = false,
): Promise<FileStat | null> {
  const { signal, calls } = context;
  try {
    return await calls.stat(path, { followSymlinks, signal });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw context.blame(error, path);
  }
}

/** A rename needs no permission on the file that it replaces, but who may not write it may not. */
async function checkWritable(path: CopyPath, context: CopyContext): Promise<void> {
  const { signal, calls } = context;
  try {
    const file = await calls.open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0, { signal });
    await file.close();
  } catch (error) {
    // A program that runs goes on with the old file, whose name alone is given to the new one.
    if (codeOf(error) !== "ETXTBSY") throw context.blame(error, path);
  }
}

/** Where symbolic links lead that stand at the end of a path: nothing need be there. */
export async function followLinks(path: CopyPath, context: CopyContext): Promise<CopyPath> {
  const { signal, calls } = context;
  let found = path;
  for (let count = 0; count < LINKS_MAX; count += 1) {
    let target: CopyPath;
    try {
      target = pathOf(await calls.readlinkBytes(found, { signal }));
    } catch (error) {
      const code = codeOf(error);
      if (code === "EINVAL" || code === "ENOENT") return found;
      throw context.blame(error, path);
    }
    found = isAbsolute(target) ? target : joinPath(parentPath(found), target);
  }
  throw context.kernelFailure("ELOOP", path);
}

/** The same for a path to a directory. With a slash or dot behind it a link cannot be read. */
export async function followToDirectory(path: CopyPath, context: CopyContext): Promise<CopyPath> {
  const bare = withoutTail(path);
  const found = await followLinks(bare, context);
  return found === bare ? path : followToDirectory(found, context);
}

export function nameIn(path: CopyPath): { readonly folder: CopyPath; readonly name: CopyPath } {
  return { folder: parentPath(path), name: baseName(path) };
}
