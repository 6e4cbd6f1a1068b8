// Gives a part file its final name. Not canceled: a rename that the kernel has begun cannot be, and
// afterwards the copy is whole and stays.

import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import type { Entry } from "./entry.ts";
import { removePart } from "./part.ts";
import type { CopyPath } from "./paths.ts";
import { statOrNull } from "./place.ts";

/** File systems without hard links say one of these. */
const LINKLESS: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
]);

/** False if the name was taken meanwhile and is to stay; then the part file is still there. */
export async function commit(part: CopyPath, entry: Entry, context: CopyContext): Promise<boolean> {
  const { folder, destination } = entry;
  context.check();
  if (!folder.isNew && context.settings.overwrite !== "replace") {
    if (!(await linkInto(part, entry, context))) return false;
  } else {
    await context.about(destination, () => context.cleanup.rename(part, destination));
  }
  folder.changed();
  return true;
}

/** A rename would replace what has come to be there meanwhile; a link does not. */
async function linkInto(part: CopyPath, entry: Entry, context: CopyContext): Promise<boolean> {
  const { destination } = entry;
  try {
    await context.cleanup.link(part, destination);
  } catch (error) {
    const code = codeOf(error);
    const isThere = code === "EEXIST" || (LINKLESS.has(code) && (await isTaken(entry, context)));
    if (isThere && context.settings.overwrite === "never") return false;
    if (isThere) throw context.kernelFailure("EEXIST", destination);
    if (!LINKLESS.has(code)) throw context.blame(error, destination);
    await context.about(destination, () => context.cleanup.rename(part, destination));
    return true;
  }
  await removePart(part, context);
  return true;
}

async function isTaken(entry: Entry, context: CopyContext): Promise<boolean> {
  return (await statOrNull(entry.destination, context)) !== null;
}
