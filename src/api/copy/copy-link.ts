// One symbolic link: the bytes that it says, wherever they lead.

import { isAllowed } from "./attributes.ts";
import { commit } from "./commit.ts";
import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import { skip } from "./copy-file.ts";
import type { Entry } from "./entry.ts";
import { linkPartPath, removePart } from "./part.ts";
import type { CopyPath } from "./paths.ts";
import { findPlace } from "./place.ts";

const NO_FOLLOW = { followSymlinks: false } as const;

export async function copyLink(entry: Entry, context: CopyContext): Promise<void> {
  const { calls, cleanup, signal, settings } = context;
  const { source, destination, folder } = entry;
  context.check();
  const mustLook = settings.preserve || !folder.isNew;
  const status = mustLook
    ? (entry.status ?? (await context.about(source, () => calls.lstat(source, { signal }))))
    : null;
  const place = status === null ? FREE : await findPlace(entry, status, context);
  if (place === null) {
    await skip(entry, status, context);
    return;
  }
  const says = await context.about(source, () => calls.readlinkBytes(source, { signal }));
  // Whole from the start, if nothing more is to be said of it: then it needs no other name first.
  const isFirst = status === null;
  const path = isFirst ? destination : await linkPartPath(entry, status, context);
  await context.about(destination, () => cleanup.symlink(says, path));
  folder.changed();
  let isDone = false;
  try {
    if (settings.preserve && status !== null) await describe(path, status, context);
    isDone = path === destination || (await commit(path, entry, context));
  } finally {
    if (!isDone) await removePart(path, context);
  }
  if (isDone) finish(entry, context);
  else await skip(entry, status, context);
}

const FREE = { existing: null } as const;

async function describe(
  path: CopyPath,
  { uid, gid, atimeNs, mtimeNs }: NonNullable<Entry["status"]>,
  context: CopyContext,
): Promise<void> {
  const { cleanup } = context;
  await context.about(path, async () => {
    await isAllowed(() => cleanup.chown(path, uid, gid, NO_FOLLOW));
    try {
      await cleanup.utimes(path, atimeNs, mtimeNs, NO_FOLLOW);
    } catch (error) {
      // Not every file system has times of links.
      if (codeOf(error) !== "EOPNOTSUPP") throw error;
    }
  });
}

function finish(entry: Entry, context: CopyContext): void {
  context.tally.symlinks += 1;
  context.tally.filesDone += 1;
  context.tell(entry, "copied");
}
