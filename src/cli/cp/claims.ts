// Who may use which name in a destination directory, so that files copied at the same time never
// meet: a tree may hold both `film` and `film.part`, and several sources may bring the same name.

import { nameKey } from "./paths.ts";

export class Claims {
  /** Names that sources bring; true once something other than a directory took the name. */
  readonly #names = new Map<string, boolean>();
  /** Part files that are being written, each with the promise of its end. */
  readonly #parts = new Map<string, { ended: Promise<void>; end: () => void }>();

  /** Says which names are to come, so that no part file takes one of them. */
  announce(names: readonly Buffer[]): void {
    for (const name of names) {
      const key = nameKey(name);
      if (!this.#names.has(key)) this.#names.set(key, false);
    }
  }

  /** Takes the name for a file or link; false when another one of this run has it already. */
  take(name: Buffer): boolean {
    const key = nameKey(name);
    if (this.#names.get(key) === true) return false;
    this.#names.set(key, true);
    return true;
  }

  /** Takes the name for a part file; false when it is a name in its own right, or in use. */
  takePart(name: Buffer): boolean {
    const key = nameKey(name);
    if (this.#names.has(key) || this.#parts.has(key)) return false;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#parts.set(key, { ended, end });
    return true;
  }

  freePart(name: Buffer): void {
    const key = nameKey(name);
    this.#parts.get(key)?.end();
    this.#parts.delete(key);
  }

  /**
   * Waits until no part file has this name: one that was begun before a second source announced it.
   * Nobody waits in a circle, because a part's name is longer than the name it is for.
   */
  async partGone(name: Buffer): Promise<void> {
    await this.#parts.get(nameKey(name))?.ended;
  }
}
