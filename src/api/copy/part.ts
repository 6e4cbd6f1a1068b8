// The part file: a name of its own in the destination directory, where a copy grows until it is
// whole. The name is taken exclusively, so a part file of somebody else is never touched.
//
//   .film.mkv.3f9a1c04d2e8-7.part        removed when the copy fails or is canceled
//   .film.mkv.9c0b7d41aa25e6f3.part      kept for `resume`; the hash tells one source from another
//
// Where copies are resumed every name is of the second kind, also that of what is not kept: of a
// process that was killed the next one finds what there is, and nothing is left in the end.

import { createHash, randomBytes } from "node:crypto";
import { RANDOM_NAMES_MAX } from "../../base/limits.ts";
import { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDWR } from "../../kernel/open-flags.ts";
import type { File } from "../file.ts";
import type { FileStat } from "../stat.ts";
import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import type { Entry } from "./entry.ts";
import { PART_NAME_BYTES, SMALL_FILE_BYTES } from "./limits.ts";
import { bytesOf, type CopyPath, cutName } from "./paths.ts";

/** Unlike that of any other process: names must not meet, and need not be secret. */
const TOKEN: string = randomBytes(6).toString("hex");

const PERMISSIONS = 0o777;

let lastNumber = 0;

export interface Part {
  readonly path: CopyPath;
  readonly file: File;
  /** Bytes that were there already. */
  readonly keptBytes: number;
  /** Whether it is of use to a later copy. */
  readonly isKept: boolean;
}

/**
 * Makes the part file, or takes up one that was kept. That takes no signal: of a creation that was
 * canceled half-way nobody could tell whether the file is there and whose it is.
 */
export async function openPart(
  entry: Entry,
  source: FileStat,
  mode: number,
  context: CopyContext,
): Promise<Part> {
  const { keepPartial, resume, reflink } = context.settings;
  // What is shared is shared at once, or not at all.
  if ((keepPartial || resume) && reflink !== "always") {
    const isKept = source.size > SMALL_FILE_BYTES;
    const path = keptPath(entry, source, context);
    const mayBeThere = resume && !entry.folder.isNew;
    const kept = mayBeThere ? await takeUp(path, context) : null;
    if (kept !== null) {
      const part = { path, ...kept, isKept };
      await giveMode(part, mode, entry, context);
      return part;
    }
    const file = keepPartial ? await create(path, mode, entry, context) : null;
    if (file !== null) return { path, file, keptBytes: 0, isKept };
  }
  return { ...(await openNew(entry, mode, context)), keptBytes: 0, isKept: false };
}

async function openNew(
  entry: Entry,
  mode: number,
  context: CopyContext,
): Promise<Pick<Part, "path" | "file">> {
  for (let count = 0; count < RANDOM_NAMES_MAX; count += 1) {
    const path = freePartPath(entry, context);
    const file = await create(path, mode, entry, context);
    if (file !== null) return { path, file };
  }
  throw context.kernelFailure("EEXIST", entry.destination);
}

/** What was kept may have been made with another mode, which a new file would not have. */
async function giveMode(
  { file }: Part,
  mode: number,
  entry: Entry,
  context: CopyContext,
): Promise<void> {
  try {
    const wanted = context.settings.preserve ? mode : await modeOfNew(mode, entry, context);
    await context.about(entry.destination, () => file.chmod(wanted));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What the umask, or the directory's rules, leave of a mode: only a new file tells. */
async function modeOfNew(mode: number, entry: Entry, context: CopyContext): Promise<number> {
  const { path, file } = await openNew(entry, mode, context);
  try {
    return (await context.about(entry.destination, () => file.stat())).mode & PERMISSIONS;
  } finally {
    await file.close();
    await removePart(path, context);
  }
}

/** Where a link is made, before it gets its name. What was left there is removed. */
export async function linkPartPath(
  entry: Entry,
  source: FileStat,
  context: CopyContext,
): Promise<CopyPath> {
  if (!context.settings.resume) return freePartPath(entry, context);
  await removeKept(entry, source, context);
  return keptPath(entry, source, context);
}

/** A path beside the destination that nobody has. */
function freePartPath(entry: Entry, context: CopyContext): CopyPath {
  lastNumber += 1;
  return context.join(entry.folder.path, partName(entry, `${TOKEN}-${lastNumber.toString(36)}`));
}

function keptPath(entry: Entry, source: FileStat, context: CopyContext): CopyPath {
  return context.join(entry.folder.path, partName(entry, keptSuffix(entry, source)));
}

function partName(entry: Entry, suffix: string): CopyPath {
  const name = cutName(entry.name, PART_NAME_BYTES);
  if (typeof name === "string") return `.${name}.${suffix}.part`;
  return Buffer.concat([Buffer.from("."), name, Buffer.from(`.${suffix}.part`)]);
}

/** The same for the same name and state of a source, and for no other. */
function keptSuffix(entry: Entry, { size, mtimeNs }: FileStat): string {
  const hash = createHash("sha256").update(bytesOf(entry.name)).update(`/${size}/${mtimeNs}`);
  return hash.digest("hex").slice(0, 16);
}

/** Null if somebody has the name. */
async function create(
  path: CopyPath,
  mode: number,
  entry: Entry,
  context: CopyContext,
): Promise<File | null> {
  try {
    return await context.cleanup.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return null;
    throw context.blame(error, entry.destination);
  }
}

/** Null if there is none, or one that is not ours: then whoever made it could change the copy. */
async function takeUp(
  path: CopyPath,
  context: CopyContext,
): Promise<{ readonly file: File; readonly keptBytes: number } | null> {
  let file: File;
  try {
    file = await context.cleanup.open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return null;
  }
  const status = await file.stat().catch(() => null);
  const isOurs = status?.type === "file" && status.uid === process.geteuid?.();
  if (isOurs && status.nlink === 1) return { file, keptBytes: status.size };
  await file.close();
  return null;
}

/** Never rejects: there is one only if a process was killed, and of little harm. */
export async function removeKept(
  entry: Entry,
  source: FileStat,
  context: CopyContext,
): Promise<void> {
  await context.cleanup.unlink(keptPath(entry, source, context)).catch(() => {});
}

/** Never rejects: what failed before is the news; the report tells what could not be removed. */
export async function removePart(path: CopyPath, context: CopyContext): Promise<void> {
  try {
    await context.cleanup.unlink(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") context.tally.leftBehind.push(path);
  }
}
