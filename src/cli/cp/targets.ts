// From the operands of the command line to entries: which source gets which name in which
// directory.

import { type FileStat, stat } from "../../index.ts";
import { type CopyContext, type Entry, isSameFile } from "./context.ts";
import { Folder } from "./folder.ts";
import { attempt, CopyError, cannot, codeOf } from "./messages.ts";
import { baseName, hasTrailingSlash, joinPath, parentPath, quotePath } from "./paths.ts";
import { realPath } from "./platform.ts";

/** Where the sources go: into `folder`, and a single one possibly under a name of its own. */
interface Destination {
  readonly path: Buffer;
  readonly folder: Folder;
  readonly name: Buffer | null;
}

/** Throws when nothing can be copied; reports and leaves out a source that cannot. */
export async function findEntries(
  sources: readonly Buffer[],
  destination: Buffer,
  context: CopyContext,
): Promise<Entry[]> {
  const target = await findDestination(destination, sources.length > 1);
  const entries: Entry[] = [];
  for (const source of sources) {
    try {
      entries.push(await findEntry(source, target, context));
    } catch (error) {
      if (!(error instanceof CopyError)) throw error;
      context.tally.failures += 1;
      context.reporter.failure(error.message);
    }
  }
  target.folder.claims.announce(entries.map((entry) => entry.name));
  return entries;
}

async function findDestination(path: Buffer, mustBeDirectory: boolean): Promise<Destination> {
  if (path.length === 0) throw new CopyError("cannot copy to '': no such file or directory");
  const status = await statOrNull(path);
  if (status?.type === "directory") return { path, folder: new Folder(path), name: null };
  if (mustBeDirectory) {
    throw new CopyError(`cannot copy several sources to ${quotePath(path)}: it is no directory`);
  }
  return { path, folder: new Folder(parentPath(path)), name: baseName(path) };
}

async function statOrNull(path: Buffer): Promise<FileStat | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw cannot("copy to", path, error);
  }
}

async function findEntry(
  source: Buffer,
  destination: Destination,
  context: CopyContext,
): Promise<Entry> {
  const { recursive, signal } = context;
  if (source.length === 0) throw new CopyError("cannot open '': no such file or directory");
  const look = () => stat(source, { followSymlinks: !recursive, signal });
  const status = await attempt("open", source, look);
  const isDirectory = status.type === "directory";
  if (isDirectory && !recursive) {
    throw new CopyError(
      `cannot copy ${quotePath(source)}: it is a directory, and -r was not given`,
    );
  }
  if (!isDirectory && destination.name !== null && hasTrailingSlash(destination.path)) {
    throw new CopyError(`cannot create ${quotePath(destination.path)}: no such directory`);
  }
  const entry = { source, status, ...placeOf(source, destination) };
  if (isDirectory) await refuseCopyIntoItself(entry);
  return entry;
}

function placeOf(source: Buffer, destination: Destination): { folder: Folder; name: Buffer } {
  const { folder, path } = destination;
  if (destination.name !== null) return { folder, name: destination.name };
  const name = baseName(source);
  // `cp -r tree/. there` copies what is in the tree, not a directory named `.`
  if (!isDots(name)) return { folder, name };
  return { folder: new Folder(parentPath(path)), name: baseName(path) };
}

function isDots(name: Buffer): boolean {
  return name.equals(Buffer.from(".")) || name.equals(Buffer.from(".."));
}

/** A copy inside its own source would find itself there and never end. */
async function refuseCopyIntoItself(entry: Entry): Promise<void> {
  const path = joinPath(entry.folder.path, entry.name);
  const existing = await stat(path).catch(() => null);
  const [source, target] = [quotePath(entry.source), quotePath(path)];
  if (existing !== null && isSameFile(existing, entry.status)) {
    throw new CopyError(`${source} and ${target} are the same file`);
  }
  let ancestor = await realPath(entry.folder.path).catch(() => null);
  while (ancestor !== null) {
    const status = await stat(ancestor).catch(() => null);
    if (status !== null && isSameFile(status, entry.status)) {
      throw new CopyError(`cannot copy directory ${source} into itself, ${target}`);
    }
    const parent = parentPath(ancestor);
    ancestor = parent.equals(ancestor) ? null : parent;
  }
}
