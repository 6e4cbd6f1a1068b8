// remove(): a file, or a tree from its leaves to its root. No symbolic link is ever followed, not
// even one that somebody puts in the place of a directory meanwhile: every name is removed in the
// directory that was opened before, and directories are opened without following links.
//
// A tree may be deeper than a process may have files open. Then the directories farthest from the
// one at hand are closed, and found again by its "..", which must be the same as before.
//
// Where the tree first forks, several branches are removed at a time, each from its leaves on.

import { IoError, shown, typeError } from "../base/errors.ts";
import {
  BRANCHES_AT_ONCE,
  ENTRIES_AT_ONCE,
  OPEN_DIRECTORIES_MAX,
  REMOVE_ROUNDS_MAX,
} from "../base/limits.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from "../kernel/open-flags.ts";
import { baseName, type CopyPath, shownPath } from "./copy/paths.ts";
import { listRecords } from "./directory.ts";
import { type NameAt, openAt, unlinkAt } from "./directory-at.ts";
import type { DirectoryRecord } from "./directory-entry.ts";
import type { File } from "./file.ts";
import { type CallOptions, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import { allOf, beginWhole, blame, kernelError, type Whole } from "./whole.ts";

/** Options of `remove`. */
export interface RemoveOptions extends CallOptions {
  /** Whether a directory goes with all that is in it; if absent, only an empty one goes. */
  readonly recursive?: boolean | undefined;
  /** Whether it is no error that nothing is there; it is one if absent. */
  readonly force?: boolean | undefined;
}

const OPEN_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;

/** Whose last name is one of these, nobody means to remove. */
const REFUSED: ReadonlySet<CopyPath> = new Set([".", "..", "/"]);

export function remove(
  calls: PathCalls,
  path: Path,
  options: RemoveOptions | undefined,
): Promise<void> {
  const { raw, shown: name } = checkPath(path, "remove");
  const given = takeOptions(options, "remove");
  const isRecursive = takeFlag(options, "recursive", false, "remove");
  const isForced = takeFlag(options, "force", false, "remove");
  if (REFUSED.has(baseName(raw))) {
    const wanted = "wanted one that does not end in a dot name and is not the root";
    const message = `Cannot remove: path is ${shown(name)}, ${wanted}`;
    throw typeError(message, "ERR_INVALID_ARG_VALUE");
  }
  return beginWhole(calls, {
    call: "remove",
    path: name,
    given,
    work: async (whole) => {
      const root = { directory: null, name: raw, path: shownPath(raw) };
      try {
        await new Removal(whole, root).run(isRecursive);
      } catch (error) {
        const isMissing = error instanceof IoError && error.code === "ENOENT";
        if (isMissing && isForced) return;
        blame(whole, error);
        throw error;
      }
    },
  });
}

/** An open directory on the way from the root to the one at hand. */
interface Level {
  readonly name: CopyPath;
  readonly path: string;
  /** Times that it was emptied and was not empty then. */
  readonly round: number;
  /** Directories in it that are to be removed. */
  readonly directories: CopyPath[];
  /** Null while it is closed because too many are open; then it is known by the other two. */
  file: File | null;
  device: bigint;
  inode: bigint;
}

class Removal {
  readonly #whole: Whole;
  readonly #calls: PathCalls;
  readonly #options: CallOptions | undefined;
  readonly #root: NameAt;
  /** The tree of which this is a branch. */
  readonly #tree: Removal | null;
  readonly #levels: Level[] = [];
  /** A branch has failed, so that there is no use in going on. */
  isStopped = false;

  constructor(whole: Whole, root: NameAt, tree: Removal | null = null) {
    this.#whole = whole;
    this.#calls = whole.calls;
    this.#options = whole.options;
    this.#root = root;
    this.#tree = tree;
  }

  async run(isRecursive: boolean): Promise<void> {
    if ((await this.#unlink(this.#root, "EISDIR")) === null) return;
    if (isRecursive) await this.#removeTree();
    else await unlinkAt(this.#calls, this.#root, true, this.#options);
  }

  async #removeTree(): Promise<void> {
    try {
      await this.#enter(this.#root, 0);
      for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
        if (this.#tree?.isStopped === true) return;
        if (this.#tree === null && level.directories.length > 1) await this.#removeBranches(level);
        const next = level.directories.pop();
        if (next === undefined) await this.#leave(level);
        else await this.#enter(placeIn(level, next), 0);
      }
    } finally {
      // Nothing is at work in them any more.
      for (const { file } of this.#levels) await file?.close();
    }
  }

  async #removeBranches(level: Level): Promise<void> {
    const lane = async (): Promise<void> => {
      for (let next = level.directories.pop(); next !== undefined; next = level.directories.pop()) {
        if (this.isStopped) return;
        await new Removal(this.#whole, placeIn(level, next), this).#removeTree();
      }
    };
    const lanes = Array.from({ length: BRANCHES_AT_ONCE }, async () => {
      try {
        await lane();
      } catch (error) {
        this.isStopped = true;
        throw error;
      }
    });
    await allOf(lanes);
  }

  /** Removes all that is in a directory, but for directories. */
  async #enter(place: NameAt, round: number): Promise<void> {
    const file = await this.#open(place);
    if (file === null) return;
    const { name, path } = place;
    const level = { name, path, round, directories: [], file, device: 0n, inode: 0n };
    this.#levels.push(level);
    await this.#park();
    // ENOENT: somebody else has removed it, and then nothing is in it.
    await failureOf(this.#empty(level, file), "ENOENT");
  }

  async #empty(level: Level, file: File): Promise<void> {
    for await (const records of listRecords(file, this.#options)) {
      for (let at = 0; at < records.length; at += ENTRIES_AT_ONCE) {
        const some = records.slice(at, at + ENTRIES_AT_ONCE);
        await allOf(some.map((record) => this.#removeIn(level, record)));
      }
    }
  }

  async #removeIn(level: Level, { name, type }: DirectoryRecord): Promise<void> {
    const isDirectory =
      type === "directory" ||
      (await this.#unlink(placeIn(level, name), "ENOENT", "EISDIR")) === "EISDIR";
    if (isDirectory) level.directories.push(name);
  }

  /** It is empty, so it can go; unless somebody fills it. */
  async #leave(level: Level): Promise<void> {
    const parent = this.#levels.at(-2);
    if (parent?.file === null) await this.#reopen(parent, level);
    this.#levels.pop();
    await level.file?.close();
    const { name, round } = level;
    const place = parent === undefined ? this.#root : placeIn(parent, name);
    const code = await failureOf(
      unlinkAt(this.#calls, place, true, this.#options),
      ...["ENOENT", "ENOTDIR", ...(round < REMOVE_ROUNDS_MAX ? ["ENOTEMPTY", "EEXIST"] : [])],
    );
    if (code === "ENOTDIR") await this.#unlink(place, "ENOENT");
    else if (code !== null && code !== "ENOENT") await this.#enter(place, round + 1);
  }

  /** Null if it is gone, or no directory any more. */
  async #open(place: NameAt): Promise<File | null> {
    try {
      return await openAt(this.#calls, place, OPEN_FLAGS, this.#options);
    } catch (error) {
      const code = error instanceof IoError ? error.code : "";
      if (code === "ENOENT") return null;
      if (code === "ENOTDIR" || code === "ELOOP") {
        await this.#unlink(place, "ENOENT");
        return null;
      }
      // One that may not be read may be empty.
      if (code === "EACCES" && (await this.#isRemoved(place))) return null;
      throw error;
    }
  }

  async #isRemoved(place: NameAt): Promise<boolean> {
    const removing = unlinkAt(this.#calls, place, true, this.#options);
    return removing.then(
      () => true,
      () => false,
    );
  }

  async #unlink(place: NameAt, ...codes: string[]): Promise<string | null> {
    return failureOf(unlinkAt(this.#calls, place, false, this.#options), ...codes);
  }

  /** Closes the directory that is farthest from the one at hand, if there are too many. */
  async #park(): Promise<void> {
    const level = this.#levels.at(-1 - OPEN_DIRECTORIES_MAX);
    if (level === undefined || level.file === null) return;
    const { dev, ino } = await level.file.stat(this.#options);
    level.device = dev;
    level.inode = ino;
    const { file } = level;
    level.file = null;
    await file.close();
  }

  /** The parent is found by the child, and must be the one that it was. */
  async #reopen(parent: Level, child: Level): Promise<void> {
    const place = { directory: child.file, name: "..", path: parent.path };
    parent.file = await openAt(this.#calls, place, OPEN_FLAGS, this.#options);
    const { dev, ino } = await parent.file.stat(this.#options);
    if (dev === parent.device && ino === parent.inode) return;
    throw kernelError("ESTALE", { call: "remove", path: child.path, bytesTransferred: 0 });
  }
}

/** The path is for people: it may be longer than the kernel takes. */
function placeIn({ file, path }: Level, name: CopyPath): NameAt {
  return { directory: file, name, path: `${path}/${shownPath(name)}` };
}

/** The code of the failure if it is one of those, null if there is none. */
async function failureOf(
  operation: Promise<unknown>,
  ...codes: readonly string[]
): Promise<string | null> {
  try {
    await operation;
    return null;
  } catch (error) {
    if (error instanceof IoError && codes.includes(error.code)) return error.code;
    throw error;
  }
}
