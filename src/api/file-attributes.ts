// What is asked of an open file besides its bytes: what is known of it, its length, permissions,
// owner and times, and whether it is on the device. A part of `File`.

import type { IoBuffer } from "../operation/buffer.ts";
import { FileStreams } from "./file-streams.ts";
import type { Handle } from "./handle.ts";
import { openFd, start } from "./handle-operation.ts";
import type { Finish, Operation } from "./operation.ts";
import {
  type CallOptions,
  checkMode,
  checkNumber,
  checkPosition,
  checkTime,
  OWNER_MAX,
  type Time,
  takeFlag,
  takeOptions,
} from "./options.ts";
import { type FileStat, finishStat } from "./stat.ts";

const NO_BUFFERS: readonly IoBuffer[] = [];

const nothing: Finish<void> = () => undefined;

/** Options of `allocate`. */
export interface AllocateOptions extends CallOptions {
  /** Whether the file's length stays as it is; it does not if absent. */
  readonly keepSize?: boolean | undefined;
}

/**
 * What an open file is besides its bytes; a part of `File`.
 *
 * Each call throws a `TypeError` or `RangeError` on a wrong argument, or `ERR_CLOSED`; then nothing
 * was submitted. Each rejects with `ABORT_ERR`, `ETIMEDOUT` or `ERR_ABANDONED` if it was asked to
 * stop, and with what the kernel said, such as `EIO`, `EPERM` or `EROFS`.
 *
 * @example What others may do with a file
 * ```ts
 * import { type FileAttributes, open } from "overlapped";
 * const permissions = async (file: FileAttributes) => (await file.stat()).mode & 0o777;
 * await using file = await open("/etc/hostname");
 * console.log((await permissions(file)).toString(8));
 * ```
 */
export class FileAttributes extends FileStreams {
  readonly #handle: Handle;

  /** Files are made by `open()`. */
  constructor(handle: Handle) {
    super(handle);
    this.#handle = handle;
  }

  /**
   * What the kernel knows of the file, whatever its path leads to by now. Rejects only as all do.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("/etc/hostname");
   * const { type, size } = await file.stat();
   * console.log(type, `${size} bytes`);
   * ```
   */
  stat(options?: CallOptions): Operation<FileStat> {
    const given = takeOptions(options, "stat");
    const request = {
      kind: "stat",
      target: openFd(this.#handle, "stat"),
      followSymlinks: true,
    } as const;
    return start(this.#handle, request, NO_BUFFERS, finishStat, given);
  }

  /**
   * Makes the file as long as is said: what is behind that is gone, what is new reads as zeros.
   *
   * @param byteLength Bytes; 0, which empties it, to 2^53 - 1.
   *
   * Rejects also with `EINVAL` if it was not opened for writing, `EFBIG` if the file system has no
   * files of that length, and `ERR_NOT_SUPPORTED` before Linux 6.9.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("journal", "w+");
   * await file.writeAll("one\ntwo\n");
   * await file.truncate(4);
   * console.log((await file.stat()).size); // 4
   * ```
   */
  truncate(byteLength: number, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "truncate");
    const fd = openFd(this.#handle, "truncate");
    checkPosition(byteLength, "byteLength", "truncate");
    return start(
      this.#handle,
      { kind: "truncate", fd, length: byteLength },
      NO_BUFFERS,
      nothing,
      given,
    );
  }

  /**
   * Makes sure that the file system has room for a part of the file: writes there do not fail for
   * want of it. The file grows to include it, unless `keepSize`.
   *
   * @param offset Bytes from the start of the file; 0 or more.
   * @param byteLength Bytes; 1 or more. Both together at most 2^53 - 1.
   *
   * Rejects also with `ENOSPC` if there is no such room, `EFBIG` if no file may be so long, `EBADF`
   * if it was not opened for writing, and `EOPNOTSUPP` where the file system cannot tell.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("download", "w");
   * await file.allocate(0, 1_000_000);
   * console.log((await file.stat()).size); // 1000000
   * ```
   */
  allocate(offset: number, byteLength: number, options?: AllocateOptions): Operation<void> {
    const keepSize = takeFlag(options, "keepSize", false, "allocate");
    const given = takeOptions(options, "allocate");
    const fd = openFd(this.#handle, "allocate");
    checkPosition(offset, "offset", "allocate");
    checkNumber(byteLength, "byteLength", "allocate", 1, Number.MAX_SAFE_INTEGER - offset);
    const request = { kind: "allocate", fd, offset, length: byteLength, keepSize } as const;
    return start(this.#handle, request, NO_BUFFERS, nothing, given);
  }

  /**
   * Changes permissions.
   *
   * @param mode Permissions, 0 to 0o7777, such as 0o644; the process's umask does not count.
   *
   * Rejects also with `EPERM` if the file is somebody else's.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("secret", "w");
   * await file.chmod(0o600);
   * console.log(((await file.stat()).mode & 0o777).toString(8)); // 600
   * ```
   */
  chmod(mode: number, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "chmod");
    const target = openFd(this.#handle, "chmod");
    checkMode(mode, "chmod");
    return start(this.#handle, { kind: "chmod", target, mode }, NO_BUFFERS, nothing, given);
  }

  /**
   * Gives the file to a user and a group, by number.
   *
   * @param uid 0 to 4_294_967_294; the same for `gid`.
   *
   * Rejects also with `EPERM` if this process may not give files away.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("mine", "w");
   * const { uid, gid } = await file.stat();
   * await file.chown(uid, gid);
   * ```
   */
  chown(uid: number, gid: number, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "chown");
    const target = openFd(this.#handle, "chown");
    checkNumber(uid, "uid", "chown", 0, OWNER_MAX);
    checkNumber(gid, "gid", "chown", 0, OWNER_MAX);
    const request = { kind: "chown", target, uid, gid, followSymlinks: true } as const;
    return start(this.#handle, request, NO_BUFFERS, nothing, given);
  }

  /**
   * Sets when the file was last read and written.
   *
   * @param accessed A Date, milliseconds since 1970, or nanoseconds since 1970 as a bigint; before
   *   the year 10000. The same for `modified`.
   *
   * Rejects also with `EPERM` if the file is somebody else's.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("old", "w");
   * await file.utimes(new Date(), 1_000_000_000_123_456_789n);
   * console.log((await file.stat()).mtimeNs); // 1000000000123456789n
   * ```
   */
  utimes(accessed: Time, modified: Time, options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "utimes");
    const target = openFd(this.#handle, "utimes");
    const accessedNs = checkTime(accessed, "accessed", "utimes");
    const modifiedNs = checkTime(modified, "modified", "utimes");
    const times = { accessedNs, modifiedNs, followSymlinks: true };
    return start(this.#handle, { kind: "utimes", target, ...times }, NO_BUFFERS, nothing, given);
  }

  /**
   * Waits until the file and what describes it are on the device: fsync(2).
   *
   * Rejects also with `EIO`, `ENOSPC` or `EDQUOT` if what was written before did not get there, and
   * with `EINVAL` for a FIFO or terminal.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("ledger", "a");
   * await file.writeAll("one line\n");
   * await file.sync({ timeoutMs: 10_000 });
   * ```
   */
  sync(options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "sync");
    return start(
      this.#handle,
      { kind: "fsync", fd: openFd(this.#handle, "sync") },
      NO_BUFFERS,
      nothing,
      given,
    );
  }

  /**
   * Waits until the bytes of the file are on the device, and of what describes it only what is
   * needed to read them: fdatasync(2). Otherwise like `sync`.
   *
   * @example
   * ```ts
   * import { open } from "overlapped";
   * await using file = await open("ledger", "a");
   * await file.writeAll("one line\n");
   * await file.datasync();
   * ```
   */
  datasync(options?: CallOptions): Operation<void> {
    const given = takeOptions(options, "datasync");
    return start(
      this.#handle,
      { kind: "fdatasync", fd: openFd(this.#handle, "datasync") },
      NO_BUFFERS,
      nothing,
      given,
    );
  }
}
