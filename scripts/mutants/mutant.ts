// A mutant: our own code with one deliberate mistake in it, which some test must notice.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Mutant {
  /** What is wrong with it. */
  readonly name: string;
  /** The file that is changed; below native/, the shim is built anew. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /**
   * Tests that may notice, the cheapest first: a path below test/ without `.test.ts`, perhaps with
   * `: ` and words of a test's name, where the rest of the file takes long. They run one after the
   * other until one fails.
   */
  readonly killers: readonly string[];
}

/** Why the mutant does not fit the code in `root` any more; undefined if it does. */
export function staleness(root: string, { file, find, replace }: Mutant): string | undefined {
  if (!existsSync(join(root, file))) return `there is no ${file}`;
  const count = readFileSync(join(root, file), "utf8").split(find).length - 1;
  if (count !== 1) return `its text occurs ${count} times in ${file}, wanted once`;
  return find === replace ? "it changes nothing" : undefined;
}

export function change(root: string, { file, find, replace }: Mutant): void {
  const path = join(root, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.split(find).join(replace));
}

/** The test's source, relative to the root. */
export function sourceOf(killer: string): string {
  return `test/${partsOf(killer).file}.test.ts`;
}

export function partsOf(killer: string): { readonly file: string; readonly words?: string } {
  const [file = "", words] = killer.split(": ");
  return words === undefined ? { file } : { file, words };
}
