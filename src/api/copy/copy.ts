// `copy`: a file, a link or a tree, from one path to another.

import { checkPath, type Path } from "../path.ts";
import { type PathCalls, starterFor } from "../path-calls.ts";
import type { FileStat } from "../stat.ts";
import { beginWhole } from "../whole.ts";
import { CopyContext } from "./context.ts";
import { Entry } from "./entry.ts";
import { Folder } from "./folder.ts";
import { type CopyOptions, takeSettings } from "./options.ts";
import { type CopyPath, hasTrailingSlash, pathOf, shownPath } from "./paths.ts";
import { followLinks, followToDirectory, isSameFile, nameIn, statOrNull } from "./place.ts";
import type { CopyReport } from "./report.ts";
import { copyTree } from "./tree.ts";

/**
 * `copy` of whoever has `calls`. Wrong arguments throw, and nothing was submitted.
 *
 * @throws {TypeError} `ERR_SCOPE_LEFT` if the calls are those of a scope that is being left.
 */
export function copyWith(
  calls: PathCalls,
  source: Path,
  destination: Path,
  options?: CopyOptions,
): Promise<CopyReport> {
  const settings = takeSettings(options);
  const from = takePath(source, "source");
  const to = takePath(destination, "destination");
  const { clock } = starterFor(calls, "copy").table;
  const context = new CopyContext(clock, settings);
  return beginWhole(calls, {
    call: "copy",
    path: shownPath(from),
    given: settings.given,
    work: (whole) => context.run(whole, () => copyAll(from, to, context)),
    named: (error) => context.describe(error, from),
  });
}

function takePath(path: Path, name: string): CopyPath {
  const { raw } = checkPath(path, "copy", name);
  return typeof raw === "string" ? raw : pathOf(raw);
}

async function copyAll(
  source: CopyPath,
  destination: CopyPath,
  context: CopyContext,
): Promise<void> {
  const { calls, signal, settings } = context;
  context.check();
  const followSymlinks = settings.followSource;
  const status = await context.about(source, () => calls.stat(source, { followSymlinks, signal }));
  const from = followSymlinks ? await followLinks(source, context) : source;
  const to = await placeOf(destination, status, context);
  const { folder: path, name } = nameIn(to);
  if (status.type === "directory") await refuseCopyIntoItself(status, path, destination, context);
  const folder = new Folder({ path, parent: null, isNew: false, source: null }, context);
  const { type } = status;
  const paths = { source: from, destination: to };
  await copyTree(Entry.of(paths, { folder, name, type, status }), context);
}

/** A link at the end of the destination leads to the file or directory that is meant. */
async function placeOf(
  destination: CopyPath,
  source: FileStat,
  context: CopyContext,
): Promise<CopyPath> {
  if (source.type === "directory") {
    const existing = await statOrNull(destination, context, true);
    // Something in the tree may take the link's own place.
    if (existing?.type !== "directory") return destination;
    return followToDirectory(destination, context);
  }
  if (hasTrailingSlash(destination)) throw context.kernelFailure("ENOTDIR", destination);
  return source.type === "symlink" ? destination : followLinks(destination, context);
}

/** A copy inside of its own source would find itself there and never end. */
async function refuseCopyIntoItself(
  source: FileStat,
  parent: CopyPath,
  destination: CopyPath,
  context: CopyContext,
): Promise<void> {
  const existing = await statOrNull(destination, context, true);
  if (existing !== null && existing.type !== "directory") {
    throw context.kernelFailure("EEXIST", destination);
  }
  let path = existing === null ? parent : destination;
  let ancestor = existing ?? (await statOrNull(parent, context, true));
  while (ancestor !== null) {
    if (isSameFile(ancestor, source)) {
      throw context.failureOf("ERR_COPY_INTO_ITSELF", destination);
    }
    path = context.join(path, "..");
    const above: FileStat | null = await statOrNull(path, context, true);
    ancestor = above !== null && isSameFile(above, ancestor) ? null : above;
  }
}
