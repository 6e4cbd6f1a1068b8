// Changes of files and directories, as the kernel tells them: inotify(7).
//
//    4 bytes    4        4        4        as long as that says
//   │ watch   │ mask   │ cookie │ length │ name, and NULs up to the next event

import { ownError } from "../base/errors.ts";
import { BLOCK_BYTES } from "../base/limits.ts";
import type { Descriptors } from "../kernel/descriptors.ts";
import { type Gathering, gather } from "./gather.ts";
import type { Handle } from "./handle.ts";
import { errnoError, Making } from "./making.ts";
import { type CallOptions, type Given, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import { StreamHandle } from "./stream-handle.ts";
import { checkEvents, eventsIn, type WatchableEvent, type WatchEvent } from "./watch-events.ts";

/** Options of `add`. */
export interface WatchOptions {
  /** Whether a symbolic link is followed (so if absent) or watched itself. */
  readonly followSymlinks?: boolean | undefined;
}

/** What happened. */
export interface FileEvent {
  /** What is watched, by the path that was given to `add`; null of an overflow. */
  readonly path: string | null;
  /** Of an entry of a watched directory, its name; null if it is about what is watched itself. */
  readonly name: string | null;
  /** The same as bytes, for names that are not UTF-8. */
  readonly nameBytes: Uint8Array | null;
  /** One or several: what happens at once is told at once. */
  readonly events: readonly WatchEvent[];
  /** Whether it happened to a directory. */
  readonly isDirectory: boolean;
  /** The same for both halves of a rename; else 0. */
  readonly cookie: number;
}

const HEAD_BYTES = 16;
const IN_DONT_FOLLOW = 0x0200_0000;
const IN_ISDIR = 0x4000_0000;
const IN_IGNORED = 0x8000;
const OVER: IteratorResult<FileEvent> = { done: true, value: undefined };

const GATHERING: Gathering = { call: "next", bytesMax: BLOCK_BYTES, unitIn: eventBytes };

/** See `StreamCalls.inotify`. */
export function makeFileWatcher(calls: PathCalls): FileWatcher {
  const making = new Making(calls, "inotify");
  const fd = making.checked<number>(making.descriptors.inotify());
  const handle = making.handle(fd, making.describe(fd).name);
  return new FileWatcher(handle, making.descriptors);
}

/**
 * Tells what happens to files and directories. Made by `inotify()`.
 *
 * The kernel keeps what happens until it is read; what is not read in time is told as `overflow`,
 * and then everything has to be looked at again. Leaving a loop over it loses nothing: the next one
 * goes on. It watches a directory and its entries, not what is in directories below.
 *
 * @example
 * ```ts
 * import { inotify, mkdtemp, remove, writeFile } from "overlapped";
 * const folder = await mkdtemp("/tmp/overlapped-");
 * await using watcher = inotify();
 * watcher.add(folder, ["create", "closeWrite"]);
 * await writeFile(`${folder}/news`, "text");
 * const seen: string[] = [];
 * for await (const { name, events } of watcher) {
 *   seen.push(`${events} of ${name}`);
 *   if (events.includes("closeWrite")) break;
 * }
 * console.log(seen.join(", ")); // create of news, closeWrite of news
 * await remove(folder, { recursive: true });
 * ```
 */
export class FileWatcher extends StreamHandle implements AsyncIterable<FileEvent> {
  readonly #handle: Handle;
  readonly #descriptors: Descriptors;
  /** By the kernel's number, until it has told that there is no more. */
  readonly #paths: Map<number, string> = new Map();
  readonly #watches: Map<string, number> = new Map();

  constructor(handle: Handle, descriptors: Descriptors) {
    super(handle, "inotify");
    this.#handle = handle;
    this.#descriptors = descriptors;
  }

  /**
   * Watches a path from now on; one that is watched already, for these events instead. At once: the
   * path is looked up before this returns, which takes as long as its file system does.
   *
   * @param events All that changes something if absent, and so neither `access`, `open` nor
   *   `closeRead`.
   * @throws {TypeError} on a wrong argument, or `ERR_CLOSED`.
   * @throws {IoError} what the kernel said: `ENOENT`, or `ENOSPC` if the user has too many watches.
   *
   * @example
   * ```ts
   * import { inotify, mkdtemp, mkdir, rename, remove } from "overlapped";
   * const folder = await mkdtemp("/tmp/overlapped-");
   * await mkdir(`${folder}/a`);
   * await using watcher = inotify();
   * watcher.add(folder, ["moveFrom", "moveTo"]);
   * await rename(`${folder}/a`, `${folder}/b`);
   * const [from, to] = [await watcher.next(), await watcher.next()];
   * console.log(from.name, to.name, from.cookie === to.cookie); // a b true
   * await remove(folder, { recursive: true });
   * ```
   */
  add(path: Path, events?: readonly WatchableEvent[], options?: WatchOptions): void {
    const { raw, shown } = checkPath(path, "add");
    const isFollowed = takeFlag(options, "followSymlinks", true, "add");
    const mask = checkEvents(events, "add") | (isFollowed ? 0 : IN_DONT_FOLLOW);
    this.#handle.checkOpen("add");
    const watch = this.#descriptors.addWatch(this.#handle.fd, raw, mask);
    if (watch < 0) throw errnoError(-watch, "add", shown);
    this.#paths.set(watch, shown);
    this.#watches.set(shown, watch);
  }

  /**
   * Stops watching a path. What has happened before is still told, and then `end`.
   *
   * @param path As it was given to `add`.
   * @returns Whether it was watched.
   * @throws {TypeError} on a wrong argument, or `ERR_CLOSED`.
   *
   * @example
   * ```ts
   * import { inotify, mkdtemp, rmdir } from "overlapped";
   * const folder = await mkdtemp("/tmp/overlapped-");
   * await using watcher = inotify();
   * watcher.add(folder);
   * console.log(watcher.remove(folder), watcher.remove(folder)); // true false
   * console.log((await watcher.next()).events); // [ 'end' ]
   * await rmdir(folder);
   * ```
   */
  remove(path: Path): boolean {
    const { shown } = checkPath(path, "remove");
    this.#handle.checkOpen("remove");
    const watch = this.#watches.get(shown);
    if (watch === undefined) return false;
    this.#watches.delete(shown);
    // The kernel may have ended it already: then that is told next.
    return this.#descriptors.removeWatch(this.#handle.fd, watch) >= 0;
  }

  /**
   * Waits for the next event. Canceled, none is lost.
   *
   * @throws {TypeError} on a wrong option, or `ERR_CLOSED`.
   *
   * Rejects with `ABORT_ERR`, `ETIMEDOUT`, or what the kernel said.
   *
   * @example
   * ```ts
   * import { inotify, mkdtemp, rmdir } from "overlapped";
   * const folder = await mkdtemp("/tmp/overlapped-");
   * await using watcher = inotify();
   * watcher.add(folder, ["deleteSelf"]);
   * console.log(await watcher.next({ timeoutMs: 5 }).catch((error) => error.code)); // ETIMEDOUT
   * await rmdir(folder);
   * console.log((await watcher.next()).events); // [ 'deleteSelf' ]
   * ```
   */
  next(options?: CallOptions): Promise<FileEvent> {
    const given = takeOptions(options, "next");
    this.#handle.checkOpen("next");
    return this.#next(given);
  }

  /**
   * The events, until the watcher is closed or its scope is left. Leaving the loop does not close
   * it.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<FileEvent> {
    return new Events(this);
  }

  /** Not of `next`, whose wrong arguments throw. */
  async #next(given: Given): Promise<FileEvent> {
    return this.#decode(await gather(this.#handle, GATHERING, given));
  }

  #decode(bytes: Uint8Array): FileEvent {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const watch = view.getInt32(0, true);
    const mask = view.getUint32(4, true);
    const path = this.#paths.get(watch) ?? null;
    if ((mask & IN_IGNORED) !== 0) this.#forget(watch, path);
    const nameBytes = nameIn(bytes);
    return {
      path,
      name: nameBytes === null ? null : Buffer.from(nameBytes).toString(),
      nameBytes,
      events: eventsIn(mask),
      isDirectory: (mask & IN_ISDIR) !== 0,
      cookie: view.getUint32(8, true),
    };
  }

  #forget(watch: number, path: string | null): void {
    this.#paths.delete(watch);
    // Perhaps it is watched anew by now.
    if (path !== null && this.#watches.get(path) === watch) this.#watches.delete(path);
  }
}

/** Of the event that the bytes begin with; 0 if it is not all there. */
function eventBytes(bytes: Uint8Array): number {
  if (bytes.byteLength < HEAD_BYTES) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = HEAD_BYTES + view.getUint32(12, true);
  return length <= bytes.byteLength ? length : 0;
}

function nameIn(bytes: Uint8Array): Uint8Array | null {
  const end = bytes.indexOf(0, HEAD_BYTES);
  const name = bytes.slice(HEAD_BYTES, end === -1 ? undefined : end);
  return name.byteLength === 0 ? null : name;
}

/** Its watcher is about to be closed. */
function isOfLeftScope(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === "ERR_SCOPE_LEFT";
}

class Events implements AsyncIterableIterator<FileEvent> {
  readonly #watcher: FileWatcher;
  readonly #controller: AbortController = new AbortController();

  constructor(watcher: FileWatcher) {
    this.#watcher = watcher;
  }

  async next(): Promise<IteratorResult<FileEvent>> {
    const { signal } = this.#controller;
    try {
      if (signal.aborted) return OVER;
      return { done: false, value: await this.#watcher.next({ signal }) };
    } catch (error) {
      const isOver = signal.aborted || this.#watcher.state !== "open" || isOfLeftScope(error);
      if (isOver) return OVER;
      throw error;
    }
  }

  async return(): Promise<IteratorResult<FileEvent>> {
    this.#controller.abort(ownError("ABORT_ERR", { syscall: "next" }));
    return OVER;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
