// One regular file, or one symbolic link, from its source to its place.

import { constants } from "node:fs";
import { type File, type FileStat, open, stat, symlink } from "../../index.ts";
import { commit } from "./commit.ts";
import { type CopyContext, describeType, type Entry } from "./context.ts";
import { copyData } from "./copy-data.ts";
import { attempt, CopyError, formatBytes } from "./messages.ts";
import { createPart, type Part, removePart } from "./part.ts";
import { quotePath } from "./paths.ts";
import { findPlace, type Place } from "./place.ts";
import { changeMode, readLink } from "./platform.ts";

const permissionBits = 0o777;

/** Copies one entry. Rejects with a CopyError, or with the abort; then no part file is left. */
export async function copyEntry(entry: Entry, context: CopyContext): Promise<void> {
  context.signal.throwIfAborted();
  const place = await findPlace(entry, context);
  if (entry.status.type === "symlink") await copyLink(entry, place, context);
  else await copyFile(entry, place, context);
}

async function copyFile(entry: Entry, place: Place, context: CopyContext): Promise<void> {
  const source = await openSource(entry, context);
  try {
    const { signal } = context;
    const status = await attempt("read", entry.source, () => source.stat({ signal }));
    if (status.type !== "file") throw notCopied(entry.source, status.type);
    const mode = (place.existing ?? status).mode & permissionBits;
    // Write-only is enough, and a mode without read permission does not hinder its creator.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const part = await createPart(place, status, async (path) => open(path, flags, mode));
    await cleanUpUnlessDone(part, context, async () => {
      const target = part.made;
      try {
        await fillPart(entry, source, status, place, part, context);
        await commit(part.path, () => target.stat(), place, entry, context);
      } finally {
        await attempt("write", place.path, () => target.close());
      }
    });
  } finally {
    await source.close();
  }
}

/** Never waits: should a FIFO have taken the file's name, opening it must not wait for a writer. */
async function openSource(entry: Entry, context: CopyContext): Promise<File> {
  const { signal, recursive } = context;
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (recursive ? constants.O_NOFOLLOW : 0);
  return attempt("open", entry.source, () => open(entry.source, flags, 0, { signal }));
}

/** Copies the data and syncs it. */
async function fillPart(
  entry: Entry,
  source: File,
  status: FileStat,
  place: Place,
  part: Part<File>,
  context: CopyContext,
): Promise<void> {
  const { reporter, signal } = context;
  const target = part.made;
  reporter.stage("copying", entry.source, place.path);
  const sides = [
    { file: source, path: entry.source },
    { file: target, path: place.path },
  ] as const;
  const copied = await copyData(...sides, status.size, context);
  reportSize(entry, status.size, copied, context);
  if (place.existing !== null) await keepMode(part, place.existing, place);
  reporter.stage("syncing", entry.source, place.path);
  await attempt("write", place.path, () => target.sync({ signal }));
}

/** A file that is replaced keeps its permissions, which the umask may have cut at the creation. */
async function keepMode(part: Part<File>, existing: FileStat, place: Place): Promise<void> {
  const action = "set the mode of";
  const made = await attempt(action, place.path, () => part.made.stat());
  const mode = existing.mode & permissionBits;
  if ((made.mode & permissionBits) === mode) return;
  await attempt(action, place.path, () => changeMode(part.path, mode));
}

/** Files of /proc and /sys say that they are empty; that they are not is no news. */
function reportSize(entry: Entry, size: number, copied: number, context: CopyContext): void {
  if (size === copied || size === 0) return;
  const verb = copied < size ? "shrank" : "grew";
  const [before, now] = [formatBytes(size), formatBytes(copied)];
  const path = quotePath(entry.source);
  context.reporter.note(`${path} ${verb} while it was copied: from ${before}, ${now} were copied`);
}

async function copyLink(entry: Entry, place: Place, context: CopyContext): Promise<void> {
  const read = (): Promise<Buffer> => readLink(entry.source);
  const pointsTo = await attempt("read symbolic link", entry.source, read);
  const part = await createPart(place, entry.status, async (path) => symlink(pointsTo, path));
  await cleanUpUnlessDone(part, context, async () => {
    const look = () => stat(part.path, { followSymlinks: false });
    const identity = await attempt("create", place.path, look);
    await commit(part.path, async () => identity, place, entry, context);
  });
}

/** After a failure before the rename the part file goes; after the rename it has no such name. */
async function cleanUpUnlessDone(
  part: Part<unknown>,
  context: CopyContext,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    await removePart(part.path, context);
    throw error;
  } finally {
    part.free();
  }
}

export function notCopied(source: Buffer, type: FileStat["type"]): CopyError {
  const what = describeType(type);
  return new CopyError(
    `cannot copy ${quotePath(source)}: it is ${what}; ` +
      "only regular files, directories and symbolic links are copied",
  );
}
