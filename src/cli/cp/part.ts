// The part file: a name of its own in the destination directory, where a copy grows until it is
// whole. The name is taken exclusively, so a part file of somebody else is never touched.

import { type FileStat, stat, unlink } from "../../index.ts";
import { type CopyContext, isSameFile } from "./context.ts";
import { NAME_BYTES_MAX, PART_NAMES_MAX } from "./limits.ts";
import { CopyError, cannot, codeOf, reasonOf } from "./messages.ts";
import { joinPath, partName, quotePath, shortPartName } from "./paths.ts";
import type { Place } from "./place.ts";

export interface Part<T> {
  readonly path: Buffer;
  readonly made: T;
  /** The name may be used by another copy. */
  readonly free: () => void;
}

/**
 * Finds a name for the part file and lets `make` create it. `make` gets no abort signal: of a
 * creation that was canceled half-way nobody could tell whether the file is there and whose it is.
 */
export async function createPart<T>(
  place: Place,
  source: FileStat,
  make: (path: Buffer) => Promise<T>,
): Promise<Part<T>> {
  const { claims, path: folder } = place.folder;
  // Most file systems allow 255 bytes; one that allows fewer says so.
  let nameFor = partName(place.name, 0).length > NAME_BYTES_MAX ? shortPartName : partName;
  for (let number = 0; number < PART_NAMES_MAX; number += 1) {
    const name = nameFor(place.name, number);
    if (!claims.takePart(name)) continue;
    const path = joinPath(folder, name);
    try {
      return { path, made: await make(path), free: () => claims.freePart(name) };
    } catch (error) {
      claims.freePart(name);
      const code = codeOf(error);
      if (code === "ENAMETOOLONG" && nameFor === partName) {
        nameFor = shortPartName;
        number = -1;
      } else if (code !== "EEXIST" || !(await isSource(path, source))) {
        throw creationError(place, path, error);
      }
    }
  }
  throw new CopyError(`cannot create ${quotePath(place.path)}: found no name for its part file`);
}

/** `cp film.part film`: the part file's usual name is the source's. */
async function isSource(path: Buffer, source: FileStat): Promise<boolean> {
  const found = await stat(path, { followSymlinks: false }).catch(() => null);
  return found !== null && isSameFile(found, source);
}

function creationError(place: Place, path: Buffer, error: unknown): Error {
  if (codeOf(error) !== "EEXIST") return cannot("create", place.path, error);
  return new CopyError(
    `cannot create ${quotePath(place.path)}: its part file ${quotePath(path)} exists already, ` +
      "left by a copy that is still at work or was killed; remove it and try again",
  );
}

/** Removes a part file. It is cleaning up after an abort, too, so the signal does not apply. */
export async function removePart(path: Buffer, context: CopyContext): Promise<void> {
  try {
    await unlink(path);
    context.tally.partsRemoved += 1;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    context.tally.failures += 1;
    const reason = reasonOf(error);
    context.reporter.failure(`cannot remove part file ${quotePath(path)}: ${reason}`);
  }
}
