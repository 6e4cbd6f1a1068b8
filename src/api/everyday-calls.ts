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
import { type CallOptions, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import { PathCalls, type StatOptions } from "./path-calls.ts";
import { type ReadFileOptions, readFile } from "./read-file.ts";
import { type RemoveOptions, remove } from "./remove.ts";
import { beginWhole, orNull } from "./whole.ts";
import { type WriteFileOptions, writeFile } from "./write-file.ts";
import { type WriteFileAtomicOptions, writeFileAtomic } from "./write-file-atomic.ts";

/** Options of a `mkdir` that is one operation. */
type OneDirectory = CallOptions & { readonly recursive?: false | undefined };

/**
 * The everyday calls, which an `Io` and a `Scope` have alike.
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
   * @example
   * ```ts
   * import { unlink, writeFile } from "overlapped";
   * await writeFile("/tmp/greeting", "Hello\n", { mode: 0o600, sync: true });
   * await unlink("/tmp/greeting");
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
   * import { appendFile, unlink } from "overlapped";
   * await appendFile("/tmp/journal", "first\n");
   * await appendFile("/tmp/journal", "second\n");
   * await unlink("/tmp/journal");
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
   * Rejects also with `EISDIR`, and with `ERR_UNSUPPORTED_TYPE` for a FIFO, socket or device.
   *
   * @example
   * ```ts
   * import { unlink, writeFileAtomic } from "overlapped";
   * await writeFileAtomic("/tmp/settings.json", JSON.stringify({ answer: 42 }));
   * await unlink("/tmp/settings.json");
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
   * @throws {TypeError} on a wrong argument; nothing was submitted.
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
   * more than that is held in memory. Leaving the loop closes what is open.
   *
   * @throws {TypeError} on a wrong argument; nothing was submitted.
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
   * @throws {TypeError} on a wrong argument, such as a path that ends in `..`; nothing was
   *   submitted.
   *
   * Rejects with `ENOENT` if nothing is there, unless `force`; `ENOTEMPTY` for a directory that is
   * not empty, or that others go on filling. `path` says which entry could not be removed.
   *
   * @example
   * ```ts
   * import { mkdtemp, remove, writeFile } from "overlapped";
   * const directory = await mkdtemp("/tmp/example-");
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
   * @throws {TypeError} on a wrong argument; nothing was submitted.
   *
   * Rejects when that cannot be known, such as with `EACCES`.
   *
   * @example
   * ```ts
   * import { exists } from "overlapped";
   * console.log(await exists("/etc/hostname"));
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
   * @param mode Permissions, less the process's umask; 0o777 if absent. Or the options.
   * @throws {TypeError} or {RangeError} on a wrong argument; nothing was submitted.
   *
   * @example
   * ```ts
   * import { mkdir, remove } from "overlapped";
   * await mkdir("/tmp/one/two/three", { recursive: true });
   * await remove("/tmp/one", { recursive: true });
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
   * @throws {TypeError} on a wrong argument; nothing was submitted.
   *
   * @example
   * ```ts
   * import { mkdtemp, remove } from "overlapped";
   * const directory = await mkdtemp("/tmp/work-");
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
   * import { type CopyProgress, copy, remove } from "overlapped";
   * const onProgress = ({ bytesDone, bytesTotal }: CopyProgress) => {
   *   console.log(`${bytesDone} of ${bytesTotal} bytes`);
   * };
   * const report = await copy("/etc/hostname", "/tmp/hostname", { onProgress, timeoutMs: 1000 });
   * console.log(report.files, report.bytes);
   * await remove("/tmp/hostname");
   * ```
   */
  copy(source: Path, destination: Path, options?: CopyOptions): Promise<CopyReport> {
    return copyWith(this, source, destination, options);
  }
}
