// Walks the sources, makes the directories, and yields each file and link to be copied.

import { mkdir, stat } from "../../index.ts";
import type { CopyContext, Entry } from "./context.ts";
import { notCopied } from "./copy-file.ts";
import { Folder } from "./folder.ts";
import { STATS_AT_ONCE } from "./limits.ts";
import { attempt, CopyError, cannot, codeOf, isInterruption } from "./messages.ts";
import { joinPath, quotePath } from "./paths.ts";
import { listDirectory } from "./platform.ts";

/** A source directory in the middle of its walk. */
interface Frame {
  readonly source: Buffer;
  readonly folder: Folder;
  readonly names: readonly Buffer[];
  next: number;
  /** Entries whose status is known, the next one last. */
  batch: Entry[];
}

/**
 * Yields what is to be copied, with a hold on its folder that the receiver releases. A failure is
 * reported, and the walk goes on with the next name; after an abort it ends.
 */
export async function* walk(
  entries: readonly Entry[],
  context: CopyContext,
): AsyncGenerator<Entry, void, undefined> {
  const frames: Frame[] = [];
  for (const entry of entries) {
    yield* visit(entry, frames, context);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const child = await nextChild(frame, context);
      if (child !== null) {
        yield* visit(child, frames, context);
        continue;
      }
      frames.pop();
      await guard(context, () => frame.folder.release());
    }
  }
}

async function* visit(
  entry: Entry,
  frames: Frame[],
  context: CopyContext,
): AsyncGenerator<Entry, void, undefined> {
  const { type } = entry.status;
  if (type === "directory") {
    const frame = await guard(context, () => enter(entry));
    if (frame !== undefined) frames.push(frame);
  } else if (await guard(context, async () => accept(entry))) {
    entry.folder.hold();
    yield entry;
  }
}

/** Throws for what cannot be copied. */
function accept(entry: Entry): true {
  const { source, status, folder, name } = entry;
  if (status.type !== "file" && status.type !== "symlink") throw notCopied(source, status.type);
  if (!folder.claims.take(name)) {
    const path = quotePath(joinPath(folder.path, name));
    throw new CopyError(`cannot overwrite ${path} with ${quotePath(source)}: it was just copied`);
  }
  return true;
}

async function enter(entry: Entry): Promise<Frame> {
  const { source, status } = entry;
  // Listed first, so that nothing is made for a directory that cannot be read.
  const names = await attempt("read directory", source, () => listDirectory(source));
  const path = joinPath(entry.folder.path, entry.name);
  const isNew = await makeDirectory(path, entry);
  const folder = new Folder(path, entry.folder, isNew ? status : null);
  folder.claims.announce(names);
  return { source, folder, names, next: 0, batch: [] };
}

/** Makes the directory, or finds that there is one. It is its owner's to fill, see Folder. */
async function makeDirectory(path: Buffer, entry: Entry): Promise<boolean> {
  const action = "create directory";
  try {
    await mkdir(path, (entry.status.mode & 0o777) | 0o700);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw cannot(action, path, error);
  }
  const { type } = await attempt(action, path, () => stat(path, { followSymlinks: false }));
  if (type === "directory") return false;
  const [target, source] = [quotePath(path), quotePath(entry.source)];
  throw new CopyError(`cannot overwrite non-directory ${target} with directory ${source}`);
}

async function nextChild(frame: Frame, context: CopyContext): Promise<Entry | null> {
  while (frame.batch.length === 0) {
    if (context.signal.aborted || frame.next === frame.names.length) return null;
    const names = frame.names.slice(frame.next, frame.next + STATS_AT_ONCE);
    frame.next += names.length;
    const children = await Promise.all(names.map((name) => findChild(frame, name, context)));
    frame.batch = children.filter((child) => child !== undefined).reverse();
  }
  return frame.batch.pop() ?? null;
}

function findChild(frame: Frame, name: Buffer, context: CopyContext): Promise<Entry | undefined> {
  const source = joinPath(frame.source, name);
  const { signal } = context;
  return guard(context, async () => {
    const look = () => stat(source, { followSymlinks: false, signal });
    const status = await attempt("open", source, look);
    return { source, status, folder: frame.folder, name };
  });
}

/** Does `work`; a failure is counted and reported, and gives undefined. An abort is neither. */
export async function guard<T>(
  context: CopyContext,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (context.signal.aborted && isInterruption(error)) return undefined;
    if (!(error instanceof CopyError)) throw error;
    context.tally.failures += 1;
    context.reporter.failure(error.message);
    return undefined;
  }
}
