// The last steps of a copy: rename the part file, sync the directory. And what a signal does to
// them, so that the user is told the truth and loses nothing:
//
//   before the rename   the part file is removed, the destination is as it was
// rename is running   a rename that the kernel has begun is awaited, never canceled; then as below
//   after the rename    a destination that is new is removed again; one that was replaced stays,
//                       since the old file is gone and the new one is whole
//   directory synced    the file is copied, and stays

import { setImmediate as nextTurn } from "node:timers/promises";
import { type FileStat, rename, stat, unlink } from "../../index.ts";
import { type CopyContext, type Entry, isSameFile } from "./context.ts";
import { attempt, cannot, codeOf } from "./messages.ts";
import type { Place } from "./place.ts";

/** `identify` tells which file the part file is, to know it again under its final name. */
export async function commit(
  part: Buffer,
  identify: () => Promise<FileStat>,
  place: Place,
  entry: Entry,
  context: CopyContext,
): Promise<void> {
  const { signal, reporter } = context;
  reporter.stage("renaming", entry.source, place.path);
  signal.throwIfAborted();
  await attempt("rename the part file to", place.path, () => rename(part, place.path));
  if (signal.aborted) await undo(identify, place, context);
  reporter.stage("syncing directory", entry.source, place.path);
  // Shared by the files of a directory and short: it is awaited, not canceled.
  await place.folder.sync();
  // All of this may have passed in one turn of the event loop, which hears of signals between two.
  await nextTurn();
  if (signal.aborted) await undo(identify, place, context);
  reporter.stage("copied", entry.source, place.path);
}

/** Takes a new destination back and throws the reason of the abort; returns if it has to stay. */
async function undo(
  identify: () => Promise<FileStat>,
  place: Place,
  context: CopyContext,
): Promise<void> {
  const { signal, tally } = context;
  if (place.existing !== null) return;
  try {
    const found = await stat(place.path, { followSymlinks: false });
    // Somebody else may have put another file there in the meantime.
    if (isSameFile(found, await identify())) {
      await unlink(place.path);
      tally.partsRemoved += 1;
    }
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw cannot("remove", place.path, error);
  }
  throw signal.reason;
}
