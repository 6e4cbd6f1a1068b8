// walk(): the entries of a tree, one after the other, read a little ahead of who takes them.
//
//   tree ──entries──► queue ──► for await
//     ▲── no room ──────┘         │
//     └────── stop: break, throw, signal, timeout, the end of the scope

import { ENTRIES_AHEAD_MAX } from "../base/limits.ts";
import { type ReadDirectoryOptions, Tree } from "./directory.ts";
import type { DirectoryEntry } from "./directory-entry.ts";
import { type Given, takeFlag, takeOptions } from "./options.ts";
import { checkPath, type Path } from "./path.ts";
import type { PathCalls } from "./path-calls.ts";
import { beginWhole, throwIfEnded } from "./whole.ts";

export function walk(
  calls: PathCalls,
  path: Path,
  options: ReadDirectoryOptions | undefined,
): AsyncGenerator<DirectoryEntry, void, void> {
  const root = checkPath(path, "walk");
  const given = takeOptions(options, "walk");
  const isRecursive = takeFlag(options, "recursive", true, "walk");
  return entriesOf(calls, { ...root, given, isRecursive });
}

interface Walk {
  readonly raw: string | Uint8Array;
  readonly shown: string;
  readonly given: Given;
  readonly isRecursive: boolean;
}

async function* entriesOf(
  calls: PathCalls,
  walk: Walk,
): AsyncGenerator<DirectoryEntry, void, void> {
  const queue = new EntryQueue();
  const reading = beginWhole(calls, {
    call: "walk",
    path: walk.shown,
    given: walk.given,
    work: async (whole) => {
      whole.options?.signal?.addEventListener("abort", () => queue.stop());
      await new Tree(whole, walk.isRecursive, (entries) => queue.put(entries)).read(walk.raw);
      throwIfEnded(whole);
    },
  }).then(
    () => queue.end(),
    (error: unknown) => queue.fail(error),
  );
  try {
    for (let next = await queue.take(); next !== undefined; next = await queue.take()) {
      for (const entry of next) {
        if (queue.isStopped) break; // Then the next `take` throws.
        yield entry;
      }
    }
  } finally {
    queue.stop();
    await reading; // Every directory has been closed.
  }
}

/** For several who put, and one who takes. */
class EntryQueue {
  #blocks: DirectoryEntry[][] = [];
  #count = 0;
  #isOver = false;
  #isStopped = false;
  #failure: { readonly error: unknown } | null = null;
  #wakeTaker: () => void = () => {};
  #wakePutters: (() => void)[] = [];

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Waits until there is room; false if nobody wants them. */
  async put(entries: DirectoryEntry[]): Promise<boolean> {
    while (this.#count >= ENTRIES_AHEAD_MAX && !this.#isStopped) {
      await new Promise<void>((resolve) => this.#wakePutters.push(resolve));
    }
    if (this.#isStopped) return false;
    this.#blocks.push(entries);
    this.#count += entries.length;
    this.#wakeTaker();
    return true;
  }

  /** The next ones, once there are any; undefined in the end. Throws what `fail` was told. */
  async take(): Promise<DirectoryEntry[] | undefined> {
    for (;;) {
      const entries = this.#blocks.shift();
      if (entries !== undefined) {
        this.#count -= entries.length;
        this.#letPut();
        return entries;
      }
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
  }

  /** Nothing is wanted any more. */
  stop(): void {
    this.#isStopped = true;
    this.#blocks = [];
    this.#count = 0;
    this.#letPut();
  }

  /** Nothing follows. */
  end(): void {
    this.#isOver = true;
    this.#wakeTaker();
  }

  /** What is there already is taken first, then the error. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wakeTaker();
  }

  #letPut(): void {
    for (const wake of this.#wakePutters.splice(0)) wake();
  }
}
