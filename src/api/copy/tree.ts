// A whole tree: a walk ahead, and a bounded number of files at work behind it.
//
//   walk ──► at most WALK_AHEAD_MAX entries ──► at most filesAtOnce files, one of them big

import type { CopyContext } from "./context.ts";
import { copyFile } from "./copy-file.ts";
import { copyLink } from "./copy-link.ts";
import type { Entry } from "./entry.ts";
import { BIG_FILE_BYTES, GROUPS_AHEAD_MAX, GROUPS_AT_ONCE, WALK_AHEAD_MAX } from "./limits.ts";
import { withSizes } from "./sizes.ts";
import { Slots } from "./slots.ts";
import { copyGroup, type Group, groupOf } from "./small-files.ts";
import { walk } from "./walk.ts";

/** Copies an entry and all that is in it. What goes wrong is with the context. */
export async function copyTree(root: Entry, context: CopyContext): Promise<void> {
  await new Tree(context).copy(root);
  await root.folder.release();
}

class Tree {
  readonly #context: CopyContext;
  readonly #ahead: Slots = new Slots(WALK_AHEAD_MAX);
  readonly #files: Slots;
  /** Big files are copied one after the other, beside the small ones. */
  readonly #big: Slots = new Slots(1);
  readonly #groupsAhead: Slots = new Slots(GROUPS_AHEAD_MAX);
  readonly #groups: Slots = new Slots(GROUPS_AT_ONCE);
  readonly #running: Set<Promise<void>> = new Set();

  constructor(context: CopyContext) {
    this.#context = context;
    this.#files = new Slots(context.settings.filesAtOnce);
  }

  async copy(root: Entry): Promise<void> {
    try {
      await walk(root, (entries) => this.#take(entries), this.#context);
    } catch (error) {
      this.#context.stop(error);
    }
    await Promise.all(this.#running);
  }

  async #take(entries: readonly Entry[]): Promise<void> {
    const [group, others] = groupOf(entries, this.#context);
    if (group !== null) {
      group.folder.hold(group.entries.length);
      await this.#groupsAhead.take();
      this.#note(this.#runGroup(group));
    }
    for (const entry of await withSizes(others, this.#context)) {
      entry.folder.hold();
      await this.#ahead.take();
      this.#note(this.#run(entry).then(() => this.#ahead.give()));
    }
  }

  #note(running: Promise<void>): void {
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Never rejects. Those that are not simply small files are copied one by one. */
  async #runGroup(group: Group): Promise<void> {
    await this.#groups.take();
    const left = await this.#context.guard(() => copyGroup(group, this.#context));
    this.#groups.give();
    const rest = await withSizes(left ?? group.entries, this.#context);
    await group.folder.release(group.entries.length - rest.length);
    await Promise.all(rest.map((entry) => this.#run(entry)));
    this.#groupsAhead.give();
  }

  /** Never rejects. After a failure the entry is left out, but its folder is let go as ever. */
  async #run(entry: Entry): Promise<void> {
    const context = this.#context;
    const isBig = (entry.status?.size ?? 0) >= BIG_FILE_BYTES;
    const postponed = await context.guard(() => (isBig ? this.#alone(entry) : this.#copy(entry)));
    if (postponed != null) await context.guard(() => this.#alone(postponed));
    await entry.folder.release();
  }

  async #alone(entry: Entry): Promise<null> {
    await this.#big.take();
    try {
      await this.#copy(entry);
    } finally {
      this.#big.give();
    }
    return null;
  }

  /** Returns the entry, with its status, if it turns out to be big and is to be copied alone. */
  async #copy(entry: Entry): Promise<Entry | null> {
    await this.#files.take();
    try {
      if (this.#context.failure !== null) return null;
      return await copyEntry(entry, this.#context);
    } finally {
      this.#files.give();
    }
  }
}

async function copyEntry(entry: Entry, context: CopyContext): Promise<Entry | null> {
  if (entry.type !== "symlink") return await copyFile(entry, context);
  await copyLink(entry, context);
  return null;
}
