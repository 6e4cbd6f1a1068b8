// A destination directory while something is copied into it.

import { type FileStat, open, stat } from "../../index.ts";
import { Claims } from "./claims.ts";
import { attempt, cannot, codeOf } from "./messages.ts";
import { changeMode } from "./platform.ts";

const ownerBits = 0o700;

/** File systems without a sync of directories say EINVAL; who may not read one cannot sync it. */
const unsyncable: ReadonlySet<string | undefined> = new Set(["EINVAL", "EACCES", "EPERM"]);

export class Folder {
  readonly path: Buffer;
  readonly claims: Claims = new Claims();
  readonly #parent: Folder | null;
  /** Status of the source, when this directory was made for it. */
  readonly #madeFor: FileStat | null;
  /** Entries at work in it, and one for whoever adds them. */
  #holds = 1;
  #running: Promise<void> | null = null;
  #following: Promise<void> | null = null;

  constructor(path: Buffer, parent: Folder | null = null, madeFor: FileStat | null = null) {
    this.path = path;
    this.#parent = parent;
    this.#madeFor = madeFor;
    parent?.hold();
  }

  /** Whether this run made it, so that nothing is in it but what this run copied. */
  get isNew(): boolean {
    return this.#madeFor !== null;
  }

  hold(): void {
    this.#holds += 1;
  }

  /** Ends one hold; with the last one the directory is finished, and so may be its parent. */
  async release(): Promise<void> {
    this.#holds -= 1;
    if (this.#holds > 0) return;
    try {
      if (this.#madeFor !== null) await this.#finish(this.#madeFor);
    } finally {
      await this.#parent?.release();
    }
  }

  /**
   * Makes the names in the directory durable. Files that ask meanwhile share the next sync, so
   * that hundreds of small files cost a few.
   */
  sync(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.#syncOnce().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    // The running sync may have begun before the caller's rename, so it does not count.
    this.#following ??= this.#running.then(
      () => this.#syncNext(),
      () => this.#syncNext(),
    );
    return this.#following;
  }

  #syncNext(): Promise<void> {
    this.#following = null;
    return this.sync();
  }

  async #syncOnce(): Promise<void> {
    try {
      const directory = await open(this.path, "r");
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    } catch (error) {
      if (!unsyncable.has(codeOf(error))) throw cannot("sync directory", this.path, error);
    }
  }

  async #finish(source: FileStat): Promise<void> {
    if ((source.mode & ownerBits) !== ownerBits) await this.#takeOwnerBits(source);
    await this.#parent?.sync();
  }

  /** It was made with all of its owner's bits, or nothing could have been copied into it. */
  async #takeOwnerBits(source: FileStat): Promise<void> {
    const action = "set the mode of";
    const { mode } = await attempt(action, this.path, () => stat(this.path));
    const bits = mode & source.mode & 0o777;
    await attempt(action, this.path, () => changeMode(this.path, (mode & 0o7000) | bits));
  }
}
