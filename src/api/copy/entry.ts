// A file, link or directory that is to be copied, and where to. Its paths are put together when
// somebody asks for them: in most copies of many small files nobody does.

import type { FileStat, FileType } from "../stat.ts";
import type { Subject } from "./context.ts";
import type { Folder } from "./folder.ts";
import { type CopyPath, joinPath } from "./paths.ts";

export interface EntryOptions {
  readonly folder: Folder;
  /** The name that it is to have there. */
  readonly name: CopyPath;
  readonly type: FileType;
  /** What is known of the source already, if anything. */
  readonly status: FileStat | null;
}

interface EntryPaths {
  readonly source: CopyPath;
  readonly destination: CopyPath;
}

export class Entry implements Subject {
  readonly folder: Folder;
  readonly name: CopyPath;
  readonly type: FileType;
  readonly status: FileStat | null;
  /** The directory that it is in, unless it has paths of its own. */
  readonly #directory: CopyPath;
  readonly #paths: EntryPaths | null;

  private constructor(options: EntryOptions, directory: CopyPath, paths: EntryPaths | null) {
    this.folder = options.folder;
    this.name = options.name;
    this.type = options.type;
    this.status = options.status;
    this.#directory = directory;
    this.#paths = paths;
  }

  /** What a copy was asked for, by these very paths. */
  static of(paths: EntryPaths, options: EntryOptions): Entry {
    return new Entry(options, "", paths);
  }

  /** Something in a directory of the source, which keeps its name. */
  static in(directory: CopyPath, options: EntryOptions): Entry {
    return new Entry(options, directory, null);
  }

  withStatus(status: FileStat): Entry {
    const { folder, name } = this;
    return new Entry({ folder, name, type: status.type, status }, this.#directory, this.#paths);
  }

  get source(): CopyPath {
    return this.#paths?.source ?? joinPath(this.#directory, this.name);
  }

  get destination(): CopyPath {
    return this.#paths?.destination ?? joinPath(this.folder.path, this.name);
  }
}
