// A directory, or a tree of them, read block by block. Several directories of a tree are read at
// once, and whoever takes the entries sets the pace.

import { IoError } from "../base/errors.ts";
import { DIRECTORIES_AT_ONCE, ENTRIES_AT_ONCE, LIST_BYTES } from "../base/limits.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from "../kernel/open-flags.ts";
import { returnCopy, takeBuffer } from "../operation/copy.ts";
import { type CopyPath, joinPath } from "./copy/paths.ts";
import {
  type DirectoryEntry,
  type DirectoryRecord,
  makeEntry,
  recordsOf,
} from "./directory-entry.ts";
import type { File } from "./file.ts";
import { listFile } from "./file-work.ts";
import { type CallOptions, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import { allOf, beginWhole, blame, checkMadePath, closing, orNull, type Whole } from "./whole.ts";

/** Options of `readdir`. */
export interface ReadDirectoryOptions extends CallOptions {
  /** Whether the directories in it are read, too, and those in them; they are not if absent. */
  readonly recursive?: boolean | undefined;
}

/** Takes the next entries; false ends the reading. Nothing is read ahead of its answer. */
export type Take = (entries: DirectoryEntry[]) => boolean | Promise<boolean>;

/** What a directory is to those who come to it in the middle of a walk and find it gone. */
const GONE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP"]);

const OPEN_FLAGS = O_RDONLY | O_DIRECTORY | O_NONBLOCK;

export function readDirectory(
  calls: PathCalls,
  path: Path,
  options: ReadDirectoryOptions | undefined,
): Promise<DirectoryEntry[]> {
  const { raw, shown: name } = checkPath(path, "readdir");
  const given = takeOptions(options, "readdir");
  const isRecursive = takeFlag(options, "recursive", false, "readdir");
  return beginWhole(calls, {
    call: "readdir",
    path: name,
    given,
    work: async (whole) => {
      const all: DirectoryEntry[] = [];
      const take: Take = (entries) => {
        all.push(...entries);
        return true;
      };
      await new Tree(whole, isRecursive, take).read(raw);
      return all;
    },
  });
}

export class Tree {
  readonly #whole: Whole;
  readonly #isRecursive: boolean;
  readonly #take: Take;
  /** The next one last: the deepest first, so that few wait. */
  readonly #waiting: CopyPath[] = [];
  #root: CopyPath = "";
  #active = 0;
  #isStopped = false;
  #failure: { readonly error: unknown } | null = null;
  #onOver: () => void = () => {};

  constructor(whole: Whole, isRecursive: boolean, take: Take) {
    this.#whole = whole;
    this.#isRecursive = isRecursive;
    this.#take = take;
  }

  /** Resolves when every directory has been closed. */
  async read(root: CopyPath): Promise<void> {
    this.#root = root;
    this.#waiting.push(root);
    await new Promise<void>((resolve) => {
      this.#onOver = resolve;
      this.#begin();
    });
    if (this.#failure !== null) throw this.#failure.error;
  }

  #begin(): void {
    while (!this.#isStopped && this.#active < DIRECTORIES_AT_ONCE) {
      const path = this.#waiting.pop();
      if (path === undefined) break;
      this.#active++;
      void this.#readOne(path)
        .catch((error: unknown) => this.#fail(path, error))
        .then(() => {
          this.#active--;
          this.#begin();
        });
    }
    if (this.#active === 0) this.#onOver();
  }

  #fail(path: CopyPath, error: unknown): void {
    const isGone = error instanceof IoError && GONE.has(error.code) && path !== this.#root;
    if (isGone) return;
    this.#isStopped = true;
    this.#failure ??= { error };
    blame(this.#whole, error);
  }

  async #readOne(path: CopyPath): Promise<void> {
    const { calls, options } = this.#whole;
    const isRoot = path === this.#root;
    const directory = await calls.open(
      checkMadePath(path, this.#whole),
      isRoot ? OPEN_FLAGS : OPEN_FLAGS | O_NOFOLLOW,
      0,
      options,
    );
    await closing(directory, () => this.#list(directory, path));
  }

  async #list(directory: File, path: CopyPath): Promise<void> {
    for await (const records of listRecords(directory, this.#whole.options)) {
      const known = await withTypes(this.#whole, path, records);
      const entries = known.map((record) => makeEntry(path, record));
      // In reverse, so that they are read in the order in which they were told of.
      for (const { name, type } of this.#isRecursive ? known.toReversed() : []) {
        if (type === "directory") this.#waiting.push(joinPath(path, name));
      }
      if (this.#isStopped) return;
      if (!(await this.#take(entries))) this.#isStopped = true;
      if (this.#isStopped) return;
      this.#begin();
    }
  }
}

/** The next records of a directory, as long as there are any. */
export async function* listRecords(
  directory: File,
  options: CallOptions | undefined,
): AsyncGenerator<DirectoryRecord[]> {
  const buffer = takeBuffer(LIST_BYTES);
  try {
    for (;;) {
      const length = await listFile(directory, buffer, options);
      if (length === 0) return;
      yield recordsOf(buffer.bytes.subarray(0, length));
    }
  } finally {
    returnCopy(buffer);
  }
}

/** Some file systems do not tell types with the names: then each is asked for. */
async function withTypes(
  { calls, options }: Whole,
  directory: CopyPath,
  records: readonly DirectoryRecord[],
): Promise<readonly DirectoryRecord[]> {
  if (records.every(({ type }) => type !== "unknown")) return records;
  const known: DirectoryRecord[] = [];
  for (let at = 0; at < records.length; at += ENTRIES_AT_ONCE) {
    const some = records.slice(at, at + ENTRIES_AT_ONCE).map(async (record) => {
      if (record.type !== "unknown") return record;
      const stat = await orNull(calls.lstat(joinPath(directory, record.name), options), "ENOENT");
      return { name: record.name, type: stat?.type ?? "unknown" };
    });
    known.push(...(await allOf(some)));
  }
  return known;
}
