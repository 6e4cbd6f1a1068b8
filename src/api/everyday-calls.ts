// The calls that most programs need: each is made of several operations, and is one promise with
// one signal, one timeout and one error. The work is in files of their own.

import { copyWith } from "./copy/copy.ts";
import type { CopyOptions } from "./copy/options.ts";
import type { CopyReport } from "./copy/report.ts";
import type { Writable } from "./data.ts";
import { type ReadDirectoryOptions, readDirectory } from "./directory.ts";
import type { DirectoryEntry } from "./directory-entry.ts";
import { walk } from "./directory-walk.ts";
import { type MakeDirectoryOptions, makeDirectories, makeTemporary } from "./make-directory.ts";
import type { Operation } from "./operation.ts";
import { type CallOptions, type StatOptions, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import { PathCalls } from "./path-calls.ts";
import { type ReadFileOptions, readFile } from "./read-file.ts";
import { type RemoveOptions, remove } from "./remove.ts";
import { beginWhole, orNull } from "./whole.ts";
import { type WriteFileOptions, writeFile } from "./write-file.ts";
import { type WriteFileAtomicOptions, writeFileAtomic } from "./write-file-atomic.ts";

/** Options of a `mkdir` that is one operation. */
type OneDirectory = CallOptions & { readonly recursive?: false | undefined };

/**
 * The everyday calls, which an `Io` and a `Scope` have alike. But for a plain `mkdir` each is made
 * of several operations and is one promise: it settles when all that it began is over, and every
 * file that it opened is closed. Where there is no kernel to ask, it rejects with `ERR_NO_BACKEND`.
 *
 * @example A function for either
 * ```ts
 * import { type EverydayCalls, Io, Scope } from "overlapped";
 * const hostname = async (calls: EverydayCalls) => calls.readFile("/etc/hostname");
 * await using scope = new Scope();
 * console.log(await hostname(new Io()), await hostname(scope));
 * ```
 */
export class EverydayCalls extends PathCalls {
  /**
   * Reads a file, FIFO or device to its end.
   *
   * The bytes are a copy of the caller's own, in memory of the engine. A size that lies, as under
   * `/proc`, does no harm: it is read until the kernel says that the file ends.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `ERR_TOO_BIG` if there are more than `maxBytes`; `ABORT_ERR`, `ETIMEDOUT`, or what
   * the kernel said, such as `ENOENT` or `EISDIR`. `bytesTransferred` tells how many bytes were
   * read; those of a FIFO are lost then.
   *
   * @example
   * ```ts
   * import { readFile } from "overlapped";
   * console.log(await readFile("/etc/hostname", { encoding: "utf8", timeoutMs: 1000 }));
   * ```
   */
  readFile(
    path: Path,
    options: ReadFileOptions & { readonly encoding: "utf8" | "utf-8" },
  ): Promise<string>;
  readFile(
    path: Path,
    options?: ReadFileOptions & { readonly encoding?: undefined },
  ): Promise<Uint8Array>;
  readFile(path: Path, options?: ReadFileOptions): Promise<Uint8Array | string>;
  readFile(path: Path, options?: ReadFileOptions): Promise<Uint8Array | string> {
    return readFile(this, path, options);
  }

  /**
   * Writes a file: makes it, or empties the one that is there first.
   *
   * Canceled or failed, what was written by then stays, as `bytesTransferred` tells;
   * `writeFileAtomic` leaves the old file or the new one.
   *
   * @param data A buffer is lent until it has been written; bytes and text are copied now.
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, or what the kernel said, such as `ENOENT` if its
   * directory is not there, `EEXIST` with `flags: "wx"`, `EACCES` or `ENOSPC`.
   *
   * @example
   * ```ts
   * import { writeFile } from "overlapped";
   * await writeFile("greeting", "Hello\n", { mode: 0o600, sync: true });
   * ```
   */
  writeFile(path: Path, data: Writable, options?: WriteFileOptions): Promise<void> {
    return writeFile(this, path, data, options, "writeFile");
  }

  /**
   * Writes at the end of a file, which is made if it is not there. Otherwise like `writeFile`.
   *
   * @example
   * ```ts
   * import { appendFile } from "overlapped";
   * await appendFile("journal", "first\n");
   * await appendFile("journal", "second\n");
   * ```
   */
  appendFile(path: Path, data: Writable, options?: WriteFileOptions): Promise<void> {
    return writeFile(this, path, data, options, "appendFile");
  }

  /**
   * Puts a new file in the place of an old one, so that nobody ever sees less than one of both.
   *
   * The bytes go into a part file beside it, `.NAME.RANDOM.part`, which is synced and renamed; then
   * the directory is synced. Canceled or failed before the rename, the part file is removed and the
   * old file is as it was; should even that removal fail, the part file stays. From the rename on
   * nothing is canceled: the call completes, or says that the directory could not be synced.
   *
   * The new file has the permissions of the old one, and its owner if this process may give files
   * away; not its other names, access lists or attributes. A symbolic link stays a link: the file
   * that it leads to is replaced. A file that may not be written to is not replaced.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects as `writeFile` does, and with `EISDIR`, or `ERR_UNSUPPORTED_TYPE` for a FIFO, socket or
   * device.
   *
   * @example
   * ```ts
   * import { writeFileAtomic } from "overlapped";
   * await writeFileAtomic("settings.json", JSON.stringify({ answer: 42 }));
   * ```
   */
  writeFileAtomic(path: Path, data: Writable, options?: WriteFileAtomicOptions): Promise<void> {
    return writeFileAtomic(this, path, data, options);
  }

  /**
   * All that is in a directory, or with `recursive` in the tree below it, in no certain order; a
   * directory before what is in it. For big trees see `walk`.
   *
   * The path may be a symbolic link. Those below it are entries like any other and are not
   * followed, so that there are no loops. A directory that is removed meanwhile is passed over.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `ENOENT` or `ENOTDIR` if `path` is no directory, `EACCES` for the first that may
   * not be read, whose path the error has; `ABORT_ERR` or `ETIMEDOUT`.
   *
   * @example
   * ```ts
   * import { readdir } from "overlapped";
   * const entries = await readdir("/etc");
   * console.log(entries.filter(({ type }) => type === "directory").map(({ name }) => name));
   * ```
   */
  readdir(path: Path, options?: ReadDirectoryOptions): Promise<DirectoryEntry[]> {
    return readDirectory(this, path, options);
  }

  /**
   * The entries of a tree, one by one, as they are read; with `recursive: false` those of one
   * directory. Otherwise like `readdir`.
   *
   * It begins with the first entry that is asked for. A few thousand entries are read ahead, and no
   * more than that is held in memory. Leaving the loop closes what is open. What `readdir` rejects
   * with comes from `next()`.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * @example Look for a file, and no further than it takes
   * ```ts
   * import { walk } from "overlapped";
   * for await (const entry of walk("/usr/share", { timeoutMs: 10_000 })) {
   *   if (entry.name !== "locale.alias") continue;
   *   console.log(entry.path);
   *   break;
   * }
   * ```
   */
  walk(path: Path, options?: ReadDirectoryOptions): AsyncGenerator<DirectoryEntry, void, void> {
    return walk(this, path, options);
  }

  /**
   * Removes a file, a symbolic link or an empty directory; with `recursive` a directory and all
   * that is in it.
   *
   * No symbolic link is followed, also none that somebody puts there meanwhile, and a tree may be
   * as deep as it likes. What somebody else removes at the same time is gone, and no error.
   * Canceled or failed, what has been removed stays removed.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument, such as a path that ends in `..`;
   *   nothing was submitted.
   *
   * Rejects with `ENOENT` if nothing is there, unless `force`; `ENOTEMPTY` for a directory that is
   * not empty, or that others go on filling. `path` says which entry could not be removed.
   *
   * @example
   * ```ts
   * import { mkdtemp, remove, writeFile } from "overlapped";
   * const directory = await mkdtemp("work-");
   * await writeFile(`${directory}/file`, "content");
   * await remove(directory, { recursive: true });
   * ```
   */
  remove(path: Path, options?: RemoveOptions): Promise<void> {
    return remove(this, path, options);
  }

  /**
   * Whether something is there. A symbolic link is followed, unless `followSymlinks` is false. Who
   * then opens it may find it gone: often it is better to open it and see.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects when that cannot be known, such as with `EACCES`, `ABORT_ERR` or `ETIMEDOUT`.
   *
   * @example
   * ```ts
   * import { exists } from "overlapped";
   * console.log(await exists("/etc/hostname"), await exists("/nonexistent")); // true false
   * ```
   */
  exists(path: Path, options?: StatOptions): Promise<boolean> {
    const { raw, shown: name } = checkPath(path, "exists");
    const followSymlinks = takeFlag(options, "followSymlinks", true, "exists");
    const given = takeOptions(options, "exists");
    return beginWhole(this, {
      call: "exists",
      path: name,
      given,
      work: async (whole) => {
        const asking = whole.calls.stat(raw, { ...whole.options, followSymlinks });
        return (await orNull(orNull(asking, "ENOENT"), "ENOTDIR")) !== null;
      },
    });
  }

  /**
   * Makes a directory. With `recursive` also what is missing on the way, and one that is there is
   * no error; canceled or failed, what was made stays.
   *
   * @param mode Permissions, 0 to 0o7777, less the umask; 0o777 if absent. Or the options.
   * @returns An `Operation`, but with `recursive` a promise.
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `EEXIST` if something has the name (with `recursive`: something else than a
   * directory), `ENOENT` if the directory that it is to be in is not there, `ABORT_ERR` or
   * `ETIMEDOUT`.
   *
   * @example
   * ```ts
   * import { mkdir } from "overlapped";
   * await mkdir("one/two/three", { recursive: true });
   * ```
   */
  override mkdir(path: Path, mode?: number, options?: OneDirectory): Operation<void>;
  override mkdir(path: Path, options: MakeDirectoryOptions): Promise<void>;
  override mkdir(
    path: Path,
    mode?: number | MakeDirectoryOptions,
    options?: MakeDirectoryOptions,
  ): Promise<void>;
  override mkdir(
    path: Path,
    mode?: number | MakeDirectoryOptions,
    options?: MakeDirectoryOptions,
  ): Promise<void> {
    const all = typeof mode === "object" ? mode : options;
    const isRecursive = takeFlag(all, "recursive", false, "mkdir");
    const permissions = (typeof mode === "object" ? mode.mode : mode) ?? 0o777;
    if (isRecursive) return makeDirectories(this, path, permissions, all);
    return super.mkdir(path, permissions, all);
  }

  /**
   * Makes a directory that nobody had before, for its owner alone: `prefix` and eight random
   * characters. Removing it is the caller's business.
   *
   * @returns The path.
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with `ENOENT` or `EACCES` if none can be made there, `ABORT_ERR` or `ETIMEDOUT`.
   *
   * @example
   * ```ts
   * import { tmpdir } from "node:os";
   * import { mkdtemp, remove } from "overlapped";
   * const directory = await mkdtemp(`${tmpdir()}/work-`);
   * await remove(directory);
   * ```
   */
  mkdtemp(prefix: string, options?: CallOptions): Promise<string> {
    return makeTemporary(this, prefix, options);
  }

  /**
   * Copies a file, a symbolic link or a whole tree. `destination` is the very name that the copy
   * gets; a directory is merged into one that is there.
   *
   * What is under its final name is whole, always: each file grows in a part file beside its
   * destination, which is removed if the copy fails or is canceled. Then files of a tree that were
   * copied before stay.
   *
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * Rejects with a `CopyError`, whose `report` tells what was done: `ABORT_ERR`, `ETIMEDOUT`,
   * `ERR_SOURCE_CHANGED`, `ERR_COPY_INTO_ITSELF`, `ERR_UNSUPPORTED_TYPE`, or what the kernel said,
   * such as `ENOSPC`. What a function of the options throws is passed on.
   *
   * @example
   * ```ts
   * import { type CopyProgress, copy } from "overlapped";
   * const onProgress = ({ bytesDone, bytesTotal }: CopyProgress) => {
   *   console.log(`${bytesDone} of ${bytesTotal} bytes`);
   * };
   * const report = await copy("/etc/hostname", "hostname", { onProgress, timeoutMs: 1000 });
   * console.log(`${report.files} file, ${report.bytes} bytes`);
   * ```
   */
  copy(source: Path, destination: Path, options?: CopyOptions): Promise<CopyReport> {
    return copyWith(this, source, destination, options);
  }
}
