// Owner, mode and times of a copy.

import type { File } from "../file.ts";
import type { FileStat } from "../stat.ts";
import { codeOf } from "./copy-error.ts";

/** Set-user-id and set-group-id: they mean something else under another owner. */
const SET_ID_BITS = 0o6000;

/**
 * Makes a file or directory look like its source. The owner comes first, since giving a file away
 * takes bits of its mode; the times last, since everything else changes them.
 */
export async function applyAttributes(file: File, source: FileStat): Promise<void> {
  const isGiven = await isAllowed(() => file.chown(source.uid, source.gid));
  await file.chmod(source.mode & (isGiven ? 0o7777 : 0o7777 & ~SET_ID_BITS));
  await file.utimes(source.atimeNs, source.mtimeNs);
}

/** False if this process may not do it, which is no failure: only root gives files away. */
export async function isAllowed(work: () => PromiseLike<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EPERM" || code === "EOPNOTSUPP" || code === "EINVAL") return false;
    throw error;
  }
}
