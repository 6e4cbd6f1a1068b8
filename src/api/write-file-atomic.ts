// writeFileAtomic: whoever looks at the path sees the old file or the new one, whole, and nothing
// in between, whatever happens.
//
//   part file ──► all bytes ──► owner, mode ──► sync ──► rename ──► sync of the directory
//      └────── canceled or failed: removed, the old file is as it was ──┘
//
// Making the part file and what follows from the rename on are not canceled: half done, nobody
// could tell what is there.

import { randomBytes } from "node:crypto";

import { IoError } from "../base/errors.ts";
import { LINKS_MAX, RANDOM_NAMES_MAX } from "../base/limits.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
} from "../kernel/open-flags.ts";
import { isAllowed } from "./copy/attributes.ts";
import {
  baseName,
  bytesOf,
  type CopyPath,
  cutName,
  isAbsolute,
  joinPath,
  parentPath,
  pathOf,
} from "./copy/paths.ts";
import type { Writable } from "./data.ts";
import type { File } from "./file.ts";
import { type CallOptions, checkMode, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import type { FileStat } from "./stat.ts";
import {
  beginWhole,
  checkMadePath,
  closing,
  kernelError,
  orNull,
  ownFailure,
  throwIfEnded,
  type Whole,
} from "./whole.ts";
import { Payload } from "./write-file.ts";

/** Options of `writeFileAtomic`. */
export interface WriteFileAtomicOptions extends CallOptions {
  /**
   * Permissions of the file, less the process's umask. If absent: exactly those of the file that is
   * replaced, or 0o666 less the umask if there is none.
   */
  readonly mode?: number | undefined;
  /** Whether the bytes and the name are on the device when the promise resolves; so if absent. */
  readonly sync?: boolean | undefined;
}

interface Settings {
  readonly mode: number | undefined;
  readonly sync: boolean;
}

/** Bytes of the name that a part file's has: with the rest it fits where 143 bytes are allowed. */
const PART_NAME_BYTES = 96;

const PERMISSIONS = 0o7777;

/** Set-user-id and set-group-id: they mean something else under another owner. */
const SET_ID_BITS = 0o6000;

/** File systems without a sync of directories, or one that may be written to but not read. */
const UNSYNCABLE: ReadonlySet<string> = new Set(["EINVAL", "EOPNOTSUPP", "EACCES", "EPERM"]);

export function writeFileAtomic(
  calls: PathCalls,
  path: Path,
  data: Writable,
  options: WriteFileAtomicOptions | undefined,
): Promise<void> {
  const call = "writeFileAtomic";
  const { raw, shown: name } = checkPath(path, call);
  const given = takeOptions(options, call);
  const { mode } = options ?? {};
  if (mode !== undefined) checkMode(mode, call);
  const settings = { mode, sync: takeFlag(options, "sync", true, call) };
  const payload = new Payload(data, call);
  return beginWhole(calls, {
    call,
    path: name,
    given,
    release: () => payload.release(),
    work: (whole) => replace(whole, raw, payload, settings),
  });
}

interface Target {
  readonly path: CopyPath;
  /** What is there now, which is a regular file that we may write to; null if nothing is. */
  readonly existing: FileStat | null;
}

async function replace(
  whole: Whole,
  path: CopyPath,
  payload: Payload,
  settings: Settings,
): Promise<void> {
  const target = await findTarget(whole, path);
  const mode = settings.mode ?? (target.existing?.mode ?? 0o666) & 0o777;
  const part = await makePart(whole, target.path, mode);
  try {
    await closing(part.file, async () => {
      await payload.writeTo(part.file, whole);
      if (target.existing !== null) await takeAfter(target.existing, part.file, settings, whole);
      if (settings.sync) await part.file.sync(whole.options);
    });
    throwIfEnded(whole);
    await whole.cleanup.rename(part.path, target.path);
  } catch (error) {
    await whole.cleanup.unlink(part.path).catch(() => {}); // The first error counts.
    throw error;
  }
  if (settings.sync) await syncDirectory(whole, parentPath(target.path));
}

/** Symbolic links stay: what is replaced is the file that they lead to, which need not be there. */
async function findTarget(whole: Whole, path: CopyPath): Promise<Target> {
  const { calls, options } = whole;
  let found = path;
  for (let count = 0; count <= LINKS_MAX; count++) {
    const existing = await orNull(calls.lstat(found, options), "ENOENT");
    if (existing?.type !== "symlink") {
      if (existing !== null) await checkReplaceable(whole, found, existing);
      return { path: found, existing };
    }
    const target = pathOf(await calls.readlinkBytes(found, options));
    const next = isAbsolute(target) ? target : joinPath(parentPath(found), target);
    found = checkMadePath(next, whole);
  }
  throw kernelError("ELOOP", whole);
}

/** A rename asks neither what it replaces, such as /dev/null, nor whether it may be written to. */
async function checkReplaceable(whole: Whole, path: CopyPath, { type }: FileStat): Promise<void> {
  if (type === "directory") throw kernelError("EISDIR", whole);
  if (type !== "file") throw ownFailure("ERR_UNSUPPORTED_TYPE", whole);
  const flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
  // A program that runs goes on with the old file, whose name alone is given to the new one.
  const file = await orNull(whole.calls.open(path, flags, 0, whole.options), "ETXTBSY");
  await file?.close();
}

interface Part {
  readonly path: CopyPath;
  readonly file: File;
}

/** A new file beside the target, with a name that nobody else has. */
async function makePart(whole: Whole, target: CopyPath, mode: number): Promise<Part> {
  const folder = parentPath(target);
  const name = cutName(baseName(target), PART_NAME_BYTES);
  for (let count = 0; count < RANDOM_NAMES_MAX; count++) {
    throwIfEnded(whole);
    const path = checkMadePath(joinPath(folder, partName(name)), whole);
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    const file = await orNull(whole.cleanup.open(path, flags, mode), "EEXIST");
    if (file !== null) return { path, file };
  }
  throw kernelError("EEXIST", whole);
}

/** Random, so that processes and threads which know nothing of each other do not meet. */
function partName(name: CopyPath): CopyPath {
  const suffix = `.${randomBytes(8).toString("hex")}.part`;
  if (typeof name === "string") return `.${name}${suffix}`;
  return Buffer.concat([Buffer.from("."), bytesOf(name), Buffer.from(suffix)]);
}

/** Owner and group, if this process may give files away; and the mode, if none is given. */
async function takeAfter(
  existing: FileStat,
  file: File,
  settings: Settings,
  { options }: Whole,
): Promise<void> {
  const made = await file.stat(options);
  const { uid, gid } = existing;
  const isSame = uid === made.uid && gid === made.gid;
  const isGiven = isSame || (await isAllowed(() => file.chown(uid, gid, options)));
  const mode = (settings.mode === undefined ? existing : made).mode & PERMISSIONS;
  const wanted = isGiven ? mode : mode & ~SET_ID_BITS;
  // To give a file away takes bits of its mode.
  if (!isSame || (made.mode & PERMISSIONS) !== wanted) await file.chmod(wanted, options);
}

/** The file has its name by now, and whoever looks sees it: only its durability may fail. */
async function syncDirectory({ cleanup }: Whole, path: CopyPath): Promise<void> {
  try {
    const directory = await cleanup.open(path, O_RDONLY | O_DIRECTORY);
    await closing(directory, () => directory.sync());
  } catch (error) {
    if (!(error instanceof IoError) || !UNSYNCABLE.has(error.code)) throw error;
  }
}
