// Where a copy is to go, and whether it may.

import { constants } from "node:fs";
import { type File, type FileStat, open, stat } from "../../index.ts";
import { type CopyContext, describeType, type Entry, isSameFile } from "./context.ts";
import { Folder } from "./folder.ts";
import { attempt, CopyError, cannot, codeOf } from "./messages.ts";
import { baseName, joinPath, parentPath, quotePath } from "./paths.ts";
import { realPath } from "./platform.ts";

export interface Place {
  readonly folder: Folder;
  readonly name: Buffer;
  readonly path: Buffer;
  /** What has the name now and will be replaced. */
  readonly existing: FileStat | null;
}

/** The place for an entry, or a CopyError that says why it may not be copied there. */
export async function findPlace(entry: Entry, context: CopyContext): Promise<Place> {
  await entry.folder.claims.partGone(entry.name);
  const place = await lookUp(entry.folder, entry.name, context);
  if (place.existing === null) return place;
  if (isSameFile(place.existing, entry.status)) throw sameFileError(entry, place);
  if (entry.status.type === "symlink") {
    refuseUnlessOneOf(["file", "symlink"], entry, place);
    return place;
  }
  const followed = place.existing.type === "symlink" ? await follow(place, context) : place;
  if (followed.existing !== null) {
    if (isSameFile(followed.existing, entry.status)) throw sameFileError(entry, place);
    refuseUnlessOneOf(["file"], entry, followed);
    await checkWritable(followed, context);
  }
  return followed;
}

async function lookUp(folder: Folder, name: Buffer, context: CopyContext): Promise<Place> {
  const path = joinPath(folder.path, name);
  if (folder.isNew) return { folder, name, path, existing: null };
  const { signal } = context;
  try {
    const existing = await stat(path, { followSymlinks: false, signal });
    return { folder, name, path, existing };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { folder, name, path, existing: null };
    throw cannot("create", path, error);
  }
}

/** A symbolic link stays; the file that it points to is replaced. */
async function follow(link: Place, context: CopyContext): Promise<Place> {
  const action = "write through symbolic link";
  const real = await attempt(action, link.path, () => realPath(link.path));
  return lookUp(new Folder(parentPath(real)), baseName(real), context);
}

function refuseUnlessOneOf(types: readonly string[], entry: Entry, place: Place): void {
  const type = place.existing?.type ?? "unknown";
  if (types.includes(type)) return;
  const [path, source] = [quotePath(place.path), quotePath(entry.source)];
  if (type === "directory") {
    throw new CopyError(`cannot overwrite directory ${path} with non-directory ${source}`);
  }
  // A rename would put a file in the place of a device such as /dev/null.
  throw new CopyError(`cannot replace ${path}: it is ${describeType(type)}, not a regular file`);
}

function sameFileError(entry: Entry, place: Place): CopyError {
  return new CopyError(`${quotePath(entry.source)} and ${quotePath(place.path)} are the same file`);
}

/** A rename needs no permission on the file that it replaces, but who may not write it may not. */
async function checkWritable(place: Place, context: CopyContext): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const { signal } = context;
  const work = (): Promise<File> => open(place.path, flags, 0, { signal });
  const file = await attempt("replace", place.path, work);
  await file.close();
}
