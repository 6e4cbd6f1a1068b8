// The calls by path. Whoever has them says through its `Starter` how their operations begin: an
// `Io` lets them begin, a `Scope` also remembers them.

import type { Request } from "../backend/contract.ts";
import { bug } from "../base/assert.ts";
import { shown, typeError } from "../base/errors.ts";
import { O_APPEND, O_CLOEXEC } from "../kernel/open-flags.ts";
import type { IoBuffer } from "../operation/buffer.ts";
import type { OperationTable } from "../operation/table.ts";
import { type File, makeFile } from "./file.ts";
import { Handle } from "./handle.ts";
import type { Finish, Operation } from "./operation.ts";
import {
  type CallOptions,
  checkFlags,
  checkMode,
  checkNumber,
  checkTime,
  type Given,
  OWNER_MAX,
  type StatOptions,
  type Time,
  takeFlag,
  takeOptions,
} from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import { type FileStat, finishStat } from "./stat.ts";

/** How an operation by path begins. Arguments have been checked. */
export interface Start<T> {
  readonly request: Request;
  readonly path: string;
  readonly finish: Finish<T>;
  readonly given: Given;
  /** The public name of the call. */
  readonly call: string;
  /** Our own, from `takeBuffer`: lent from the call to the end. None if absent. */
  readonly buffers?: readonly IoBuffer[] | undefined;
}

export interface Starter {
  readonly table: OperationTable;
  start<T>(start: Start<T>): Operation<T>;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const nothing: Finish<void> = () => undefined;

/** How the operations of calls begin; undefined for anything else. */
export let starterOf: (calls: unknown) => Starter | undefined;

/** @throws {TypeError} if a method was called on something else than what has it. */
export function starterFor(calls: unknown, call: string): Starter {
  const starter = starterOf(calls);
  if (starter !== undefined) return starter;
  throw typeError(`Cannot ${call}: it is called on ${shown(calls)}, wanted an Io or a Scope`);
}

/**
 * The calls by path, which an `Io` and a `Scope` have alike.
 *
 * Each throws a `TypeError` or `RangeError` on a wrong argument, and `ERR_NO_BACKEND` where there
 * is no kernel to ask; then nothing was submitted. Each rejects with `ABORT_ERR`, `ETIMEDOUT` or
 * `ERR_ABANDONED` if it was asked to stop, and with what the kernel said, such as `ENOENT` or
 * `EACCES`. All are operations, so that each can be canceled and abandoned.
 *
 * @example A function for either
 * ```ts
 * import { Io, type PathCalls, Scope } from "overlapped";
 * const sizeOf = async (calls: PathCalls, path: string) => (await calls.stat(path)).size;
 * await using scope = new Scope();
 * console.log(await sizeOf(new Io(), "/etc/hostname"), await sizeOf(scope, "/etc/hostname"));
 * ```
 */
export class PathCalls {
  readonly #starter: Starter;

  /** Not for users: `new Io()` and `new Scope()` have the calls. */
  constructor(starter: Starter) {
    this.#starter = starter;
  }

  static {
    starterOf = (calls) =>
      typeof calls === "object" && calls !== null && #starter in calls ? calls.#starter : undefined;
  }

  /**
   * Opens a file, FIFO, terminal or device.
   *
   * @param flags As in `node:fs`: `"r"` if absent, `"r+"`, `"w"`, `"wx"`, `"a"` …, or a number.
   * @param mode Permissions if it is made, 0 to 0o7777, less the umask; 0o666 if absent.
   *
   * Rejects also with `EEXIST` if it must be new (`"wx"`), and `EISDIR` for a directory that is to
   * be written to. An open that completed although it was asked to stop gives its file; one that
   * was abandoned and succeeds is closed again.
   *
   * Opening a FIFO for writing waits for a reader. Opening it for reading gives the file at once,
   * and the first read waits for a writer. `"r+"` waits for nobody.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("/etc/hostname", "r", 0o666, { timeoutMs: 1000 });
   * console.log(file.path, file.isStream);
   * ```
   */
  open(
    path: Path,
    flags: string | number = "r",
    mode = 0o666,
    options?: CallOptions,
  ): Operation<File> {
    const call = "open";
    const { raw, shown: name } = checkPath(path, call);
    const number = checkFlags(flags, call);
    checkMode(mode, call);
    const request = { kind: "open", path: raw, flags: number | O_CLOEXEC, mode } as const;
    const finish: Finish<File> = (completion) =>
      completion.kind === "opened"
        ? makeFile(new Handle(this.#starter.table, completion, name, (number & O_APPEND) !== 0))
        : bug(`open: completed as ${completion.kind}`);
    return this.#start(request, name, finish, options, call);
  }

  /**
   * What the kernel knows of a path: type, size in bytes, mode, owner, times and more. Rejects with
   * `ENOENT` if nothing is there, and `ENOTDIR` if what should be a directory on the way is none.
   *
   * @example
   * ```ts
   * import { stat } from "overlapped";
   * const { type, size, mtimeMs } = await stat("/etc/hostname");
   * console.log(type, `${size} bytes`, new Date(mtimeMs));
   * ```
   */
  stat(path: Path, options?: StatOptions): Operation<FileStat> {
    const { raw, shown: name } = checkPath(path, "stat");
    const followSymlinks = takeFlag(options, "followSymlinks", true, "stat");
    const request = { kind: "stat", target: raw, followSymlinks } as const;
    return this.#start(request, name, finishStat, options, "stat");
  }

  /**
   * What the kernel knows of a path itself, also if it is a symbolic link. Otherwise like `stat`.
   *
   * @example
   * ```ts
   * import { lstat } from "overlapped";
   * console.log((await lstat("/proc/self")).type); // symlink
   * ```
   */
  lstat(path: Path, options?: CallOptions): Operation<FileStat> {
    const { raw, shown: name } = checkPath(path, "lstat");
    const request = { kind: "stat", target: raw, followSymlinks: false } as const;
    return this.#start(request, name, finishStat, options, "lstat");
  }

  /**
   * What a symbolic link says. A target that is not UTF-8 comes with replacement characters; see
   * `readlinkBytes`.
   *
   * Rejects also with `EINVAL` if it is no symbolic link.
   *
   * @example
   * ```ts
   * import { readlink } from "overlapped";
   * console.log(await readlink("/proc/self")); // The number of this process.
   * ```
   */
  readlink(path: Path, options?: CallOptions): Operation<string> {
    return this.#readlink(path, (bytes) => decoder.decode(bytes), options, "readlink");
  }

  /**
   * The bytes of what a symbolic link says, as they are. Otherwise like `readlink`.
   *
   * @example
   * ```ts
   * import { readlinkBytes } from "overlapped";
   * console.log(await readlinkBytes("/proc/self"));
   * ```
   */
  readlinkBytes(path: Path, options?: CallOptions): Operation<Uint8Array> {
    return this.#readlink(path, (bytes) => bytes.slice(), options, "readlinkBytes");
  }

  /**
   * Changes permissions. A symbolic link is followed.
   *
   * @param mode Permissions, 0 to 0o7777, such as 0o644; the process's umask does not count.
   * Rejects also with `EPERM` if the file is somebody else's.
   *
   * @example
   * ```ts
   * import { chmod, writeFile } from "overlapped";
   * await writeFile("key", "secret");
   * await chmod("key", 0o600);
   * ```
   */
  chmod(path: Path, mode: number, options?: CallOptions): Operation<void> {
    const { raw, shown: name } = checkPath(path, "chmod");
    checkMode(mode, "chmod");
    return this.#start({ kind: "chmod", target: raw, mode }, name, nothing, options, "chmod");
  }

  /**
   * Gives a path to a user and a group, by number.
   *
   * @param uid 0 to 4_294_967_294; the same for `gid`.
   * Rejects also with `EPERM` if this process may not give files away.
   *
   * @example
   * ```ts
   * import { chown, stat, writeFile } from "overlapped";
   * await writeFile("mine", "");
   * const { uid, gid } = await stat("mine");
   * await chown("mine", uid, gid);
   * ```
   */
  chown(path: Path, uid: number, gid: number, options?: StatOptions): Operation<void> {
    const { raw, shown: name } = checkPath(path, "chown");
    checkNumber(uid, "uid", "chown", 0, OWNER_MAX);
    checkNumber(gid, "gid", "chown", 0, OWNER_MAX);
    const followSymlinks = takeFlag(options, "followSymlinks", true, "chown");
    const request = { kind: "chown", target: raw, uid, gid, followSymlinks } as const;
    return this.#start(request, name, nothing, options, "chown");
  }

  /**
   * Sets when a path was last read and written.
   *
   * @param accessed A Date, milliseconds since 1970, or nanoseconds since 1970 as a bigint; before
   *   the year 10000. The same for `modified`.
   * Rejects also with `EPERM` if the file is somebody else's.
   *
   * @example
   * ```ts
   * import { stat, utimes, writeFile } from "overlapped";
   * await writeFile("old", "");
   * await utimes("old", new Date(), 1_000_000_000_123_456_789n);
   * console.log((await stat("old")).mtimeNs); // 1000000000123456789n
   * ```
   */
  utimes(path: Path, accessed: Time, modified: Time, options?: StatOptions): Operation<void> {
    const { raw, shown: name } = checkPath(path, "utimes");
    const accessedNs = checkTime(accessed, "accessed", "utimes");
    const modifiedNs = checkTime(modified, "modified", "utimes");
    const followSymlinks = takeFlag(options, "followSymlinks", true, "utimes");
    const times = { accessedNs, modifiedNs, followSymlinks };
    return this.#start({ kind: "utimes", target: raw, ...times }, name, nothing, options, "utimes");
  }

  /**
   * Gives `from` the name `to`, in place of what has it. Both on one file system.
   *
   * Rejects also with `EXDEV` across file systems. `path` of the error is `from`.
   *
   * @example
   * ```ts
   * import { rename, writeFile } from "overlapped";
   * await writeFile("draft", "text");
   * await rename("draft", "final");
   * ```
   */
  rename(from: Path, to: Path, options?: CallOptions): Operation<void> {
    return this.#pair("rename", from, to, options);
  }

  /**
   * Gives the file at `existing` a second name, `path`, on the same file system.
   *
   * Rejects also with `EEXIST` if something has the name, and `EXDEV` across file systems.
   *
   * @example
   * ```ts
   * import { link, stat, writeFile } from "overlapped";
   * await writeFile("one", "text");
   * await link("one", "two");
   * console.log((await stat("two")).nlink); // 2
   * ```
   */
  link(existing: Path, path: Path, options?: CallOptions): Operation<void> {
    return this.#pair("link", existing, path, options);
  }

  /**
   * Makes a symbolic link at `path` that says `target`, which need not be there.
   *
   * Rejects also with `EEXIST` if something has the name.
   *
   * @example
   * ```ts
   * import { readlink, symlink } from "overlapped";
   * await symlink("/etc/hostname", "here");
   * console.log(await readlink("here")); // /etc/hostname
   * ```
   */
  symlink(target: Path, path: Path, options?: CallOptions): Operation<void> {
    const { raw } = checkPath(target, "symlink", "target");
    const { raw: link, shown: name } = checkPath(path, "symlink");
    const request = { kind: "symlink", target: raw, path: link } as const;
    return this.#start(request, name, nothing, options, "symlink");
  }

  /**
   * Removes a name that is not a directory's. A file is gone with its last name, once nobody has
   * it open.
   *
   * Rejects also with `EISDIR` if it is a directory.
   *
   * @example
   * ```ts
   * import { unlink, writeFile } from "overlapped";
   * await writeFile("scratch", "text");
   * await unlink("scratch");
   * ```
   */
  unlink(path: Path, options?: CallOptions): Operation<void> {
    return this.#remove(path, false, options, "unlink");
  }

  /**
   * Removes an empty directory. For others see `remove`.
   *
   * Rejects also with `ENOTEMPTY` if something is in it, and `ENOTDIR` if it is no directory.
   *
   * @example
   * ```ts
   * import { mkdir, rmdir } from "overlapped";
   * await mkdir("empty");
   * await rmdir("empty");
   * ```
   */
  rmdir(path: Path, options?: CallOptions): Operation<void> {
    return this.#remove(path, true, options, "rmdir");
  }

  /**
   * Makes a directory.
   *
   * @param mode Permissions, 0 to 0o7777, less the process's umask; 0o777 if absent.
   * Rejects also with `EEXIST` if something has the name.
   *
   * @example
   * ```ts
   * import { mkdir } from "overlapped";
   * await mkdir("private", 0o700);
   * ```
   */
  mkdir(path: Path, mode = 0o777, options?: CallOptions): Operation<void> {
    const { raw, shown: name } = checkPath(path, "mkdir");
    checkMode(mode, "mkdir");
    return this.#start({ kind: "mkdir", path: raw, mode }, name, nothing, options, "mkdir");
  }

  #readlink<T>(
    path: Path,
    take: (bytes: Uint8Array) => T,
    options: CallOptions | undefined,
    call: string,
  ): Operation<T> {
    const { raw, shown: name } = checkPath(path, call);
    const finish: Finish<T> = (completion) =>
      completion.kind === "content"
        ? take(completion.bytes)
        : bug(`readlink: completed as ${completion.kind}`);
    return this.#start({ kind: "readlink", path: raw }, name, finish, options, call);
  }

  #pair(kind: "rename" | "link", from: Path, to: Path, options?: CallOptions): Operation<void> {
    const { raw, shown: name } = checkPath(from, kind, kind === "rename" ? "from" : "existing");
    const { raw: target } = checkPath(to, kind, kind === "rename" ? "to" : "path");
    return this.#start({ kind, from: raw, to: target }, name, nothing, options, kind);
  }

  #remove(
    path: Path,
    isDirectory: boolean,
    options: CallOptions | undefined,
    call: string,
  ): Operation<void> {
    const { raw, shown: name } = checkPath(path, call);
    const request = { kind: "unlink", path: raw, isDirectory } as const;
    return this.#start(request, name, nothing, options, call);
  }

  #start<T>(
    request: Request,
    path: string,
    finish: Finish<T>,
    options: CallOptions | undefined,
    call: string,
  ): Operation<T> {
    const given = takeOptions(options, call);
    return this.#starter.start({ request, path, finish, given, call });
  }
}
