// A destination directory while something is copied into it. Whoever is at work in it holds it;
// with the last hold it is finished: its mode and times are set, and it is synced.

import type { File } from "../file.ts";
import type { FileStat } from "../stat.ts";
import { applyAttributes } from "./attributes.ts";
import type { CopyContext } from "./context.ts";
import { codeOf } from "./copy-error.ts";
import type { CopyPath } from "./paths.ts";

/** What its owner needs to fill a directory. */
export const OWNER_BITS: number = 0o700;

/** File systems without a sync of directories say EINVAL. */
const UNSYNCABLE: ReadonlySet<string | undefined> = new Set(["EINVAL", "EOPNOTSUPP"]);

/** Who may not read a directory cannot open it, and so not sync it either. */
const UNREADABLE: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM"]);

export interface FolderOptions {
  readonly path: CopyPath;
  readonly parent: Folder | null;
  /** Whether this copy has made it, so that nothing is in it but what this copy put there. */
  readonly isNew: boolean;
  /** The source that it is a copy of; null for a directory that is only copied into. */
  readonly source: FileStat | null;
  /** Called when it is finished. */
  readonly onFinished?: () => void;
}

export class Folder {
  readonly path: CopyPath;
  readonly isNew: boolean;
  readonly #parent: Folder | null;
  readonly #source: FileStat | null;
  readonly #onFinished: () => void;
  readonly #context: CopyContext;
  #holds = 1;
  /** Whether something in it has changed that a sync would make durable. */
  #isChanged = false;

  constructor(options: FolderOptions, context: CopyContext) {
    this.path = options.path;
    this.isNew = options.isNew;
    this.#parent = options.parent;
    this.#source = options.source;
    this.#onFinished = options.onFinished ?? (() => {});
    this.#context = context;
    this.#isChanged = options.isNew;
    if (options.isNew) options.parent?.changed();
    options.parent?.hold();
  }

  /** Whether it is the directory that the copy as a whole is in. */
  get isOutside(): boolean {
    return this.#parent === null;
  }

  hold(count = 1): void {
    this.#holds += count;
  }

  /** A name in it was made or replaced. */
  changed(): void {
    this.#isChanged = true;
  }

  /** Ends so many holds; with the last one the directory is finished, and so may be its parent. */
  async release(count = 1): Promise<void> {
    this.#holds -= count;
    if (this.#holds > 0) return;
    // After a failure nothing is promised, and a directory that can be filled is of more use.
    if (this.#context.failure === null) {
      await this.#context.guard(() => this.#context.about(this.path, () => this.#finish()));
    }
    await this.#parent?.release();
  }

  /** Not canceled: it is short, and what is in it is complete already. */
  async #finish(): Promise<void> {
    const { preserve, sync } = this.#context.settings;
    const isDue = this.#source !== null && (preserve || this.#lacksOwnerBits(this.#source));
    if (isDue || (sync && this.#isChanged)) {
      const directory = await this.#open(isDue);
      if (directory !== null) {
        try {
          if (isDue) await this.#describe(directory, this.#source);
          if (sync && this.#isChanged) await syncDirectory(directory);
        } finally {
          await directory.close();
        }
      }
    }
    this.#onFinished();
  }

  async #open(isNeeded: boolean): Promise<File | null> {
    try {
      return await this.#context.cleanup.open(this.path);
    } catch (error) {
      if (isNeeded || !UNREADABLE.has(codeOf(error))) throw error;
      return null;
    }
  }

  #lacksOwnerBits(source: FileStat): boolean {
    return this.isNew && (source.mode & OWNER_BITS) !== OWNER_BITS;
  }

  async #describe(directory: File, source: FileStat | null): Promise<void> {
    if (source === null) return;
    if (this.#context.settings.preserve) {
      await applyAttributes(directory, source);
      return;
    }
    // It was made with all of its owner's bits, or nothing could have been copied into it.
    const { mode } = await directory.stat();
    await directory.chmod((mode & 0o7000) | (mode & source.mode & 0o777));
  }
}

async function syncDirectory(directory: File): Promise<void> {
  try {
    await directory.sync();
  } catch (error) {
    if (!UNSYNCABLE.has(codeOf(error))) throw error;
  }
}
