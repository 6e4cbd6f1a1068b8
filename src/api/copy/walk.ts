// Walks a tree: makes the directories of the copy, and finds what is to be copied into them.

import { ENTRIES_AT_ONCE } from "../../base/limits.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from "../../kernel/open-flags.ts";
import { listRecords } from "../directory.ts";
import type { DirectoryRecord } from "../directory-entry.ts";
import type { File } from "../file.ts";
import type { FileStat } from "../stat.ts";
import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import { Entry } from "./entry.ts";
import { Folder, OWNER_BITS } from "./folder.ts";
import { ENTRIES_PER_STEP, SHORT_PATH_MAX } from "./limits.ts";
import type { CopyPath } from "./paths.ts";
import { isUnsized } from "./sizes.ts";

/** A directory in the middle of its walk. */
interface Frame {
  readonly source: CopyPath;
  readonly folder: Folder;
  readonly entries: readonly DirectoryRecord[];
  next: number;
  /** Whether something has to be asked about each entry. */
  readonly isAsked: boolean;
}

/** Takes files and links of one directory, whose folder it holds until they are over. */
export type TakeEntries = (entries: readonly Entry[]) => Promise<void>;

/**
 * Gives `take` all files and links of a tree, some at a time, and waits for it each time. After a
 * failure that ends the copy it ends, too.
 */
export async function walk(root: Entry, take: TakeEntries, context: CopyContext): Promise<void> {
  const frames: Frame[] = [];
  await visit([root], frames, take, context);
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const entries = await nextEntries(frame, context);
    if (entries === null) {
      frames.pop();
      await frame.folder.release();
    } else {
      await visit(entries, frames, take, context);
    }
  }
  context.tally.isWalked = context.failure === null;
}

async function visit(
  entries: readonly Entry[],
  frames: Frame[],
  take: TakeEntries,
  context: CopyContext,
): Promise<void> {
  const { tally } = context;
  const leaves = entries.filter(isLeaf);
  tally.filesTotal += leaves.length;
  for (const leaf of leaves) {
    if (isUnsized(leaf)) tally.unsized += 1;
    else if (leaf.type === "file") tally.bytesTotal += leaf.status?.size ?? 0;
  }
  if (leaves.length > 0) await take(leaves);
  const others = entries.filter((entry) => !isLeaf(entry));
  const found = await Promise.all(
    others.map((entry) => context.guard(() => enter(entry, context))),
  );
  frames.push(...found.filter((frame) => frame !== undefined).reverse());
}

function isLeaf({ type }: Entry): boolean {
  return type === "file" || type === "symlink";
}

/** Lists a directory and makes its copy; listed first, so that none is made if it may not be. */
async function enter(entry: Entry, context: CopyContext): Promise<Frame> {
  context.check();
  const { source, destination, type } = entry;
  if (type !== "directory") throw context.failureOf("ERR_UNSUPPORTED_TYPE", source);
  const { signal, calls } = context;
  const [entries, status] = await context.about(source, async () => {
    const flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOFOLLOW;
    const directory = await calls.open(source, flags, 0, { signal });
    try {
      const found = await directory.stat({ signal });
      return [await listAll(directory, context), found] as const;
    } finally {
      await directory.close();
    }
  });
  const isNew = await makeDirectory(entry, status, context);
  const onFinished = (): void => {
    if (isNew) context.tally.directories += 1;
    context.tell(entry, "copied");
  };
  const options = { path: destination, parent: entry.folder, isNew, source: status, onFinished };
  const isAsked = mustAsk(source, destination, entries, context);
  return { source, folder: new Folder(options, context), entries, next: 0, isAsked };
}

async function listAll(directory: File, { signal }: CopyContext): Promise<DirectoryRecord[]> {
  const all: DirectoryRecord[] = [];
  for await (const records of listRecords(directory, { signal })) all.push(...records);
  return all;
}

/** Makes the directory, or finds that there is one. It is its owner's to fill, see Folder. */
async function makeDirectory(
  { destination, folder }: Entry,
  source: FileStat,
  context: CopyContext,
): Promise<boolean> {
  const { calls, cleanup, settings } = context;
  const mode = settings.preserve ? OWNER_BITS : (source.mode & 0o777) | OWNER_BITS;
  try {
    await cleanup.mkdir(destination, mode);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw context.blame(error, destination);
  }
  // The destination itself may be a link to a directory; a link in the tree would lead out of it.
  const followSymlinks = folder.isOutside;
  const { type } = await context.about(destination, () =>
    calls.stat(destination, { followSymlinks }),
  );
  if (type === "directory") return false;
  throw context.kernelFailure("EEXIST", destination);
}

/** Null at the end of the directory. */
async function nextEntries(frame: Frame, context: CopyContext): Promise<Entry[] | null> {
  if (context.failure !== null || frame.next === frame.entries.length) return null;
  context.check();
  const { isAsked } = frame;
  const end = frame.next + (isAsked ? ENTRIES_AT_ONCE : ENTRIES_PER_STEP);
  const records = frame.entries.slice(frame.next, end);
  frame.next += records.length;
  // Most copies ask nothing about their entries, and so need wait for nothing.
  if (!isAsked) return records.map((record) => entryOf(frame, record));
  const asked = records.map((record) => context.guard(() => askFor(frame, record, context)));
  return (await Promise.all(asked)).filter((entry) => entry != null);
}

/** Paths that may be too long are looked at one by one, so that one alone fails. */
function mustAsk(
  source: CopyPath,
  destination: CopyPath,
  entries: readonly DirectoryRecord[],
  { settings }: CopyContext,
): boolean {
  const isLong = Math.max(source.length, destination.length) > SHORT_PATH_MAX;
  if (isLong || settings.filter !== undefined) return true;
  return entries.some(({ type }) => type === "unknown");
}

function entryOf({ source, folder }: Frame, { name, type }: DirectoryRecord): Entry {
  return Entry.in(source, { folder, name, type, status: null });
}

/** Null if the filter leaves it out. */
async function askFor(
  frame: Frame,
  record: DirectoryRecord,
  context: CopyContext,
): Promise<Entry | null> {
  const { signal, calls } = context;
  let entry = entryOf(frame, record);
  const { source, destination, type } = entry;
  for (const path of [source, destination]) context.checkLength(path);
  // Some file systems do not tell types.
  if (type === "unknown") {
    const status = await context.about(source, () => calls.lstat(source, { signal }));
    entry = entry.withStatus(status);
  }
  if (await context.isWanted(entry)) return entry;
  context.tally.skipped += 1;
  return null;
}
