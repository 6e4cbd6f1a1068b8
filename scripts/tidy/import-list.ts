// Finds what a file imports.

import { posix } from "node:path";
import { lineAt, type SourceFile, type Tree } from "./tree.ts";

export interface Import {
  readonly line: number;
  /** As written, for example `node:fs` or `../base/errors.ts`. */
  readonly specifier: string;
  /** The path in the tree when the specifier is relative, else undefined. */
  readonly target: string | undefined;
  /** `import type` and `export type`, which leave nothing in the output. */
  readonly isTypeOnly: boolean;
  /** `import(…)`, which runs later than the file. */
  readonly isDynamic: boolean;
  readonly isReexport: boolean;
  /** The names between the braces, without `type`; empty for other forms. */
  readonly names: readonly string[];
}

const BEFORE_SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\()\s*$/;
const STATEMENT = /(?:^|[\n;])\s*(import|export)\b(\s+type\b)?(?:[^;]*)$/;

const CACHE = new WeakMap<SourceFile, readonly Import[]>();

export function importsOf(file: SourceFile): readonly Import[] {
  const known = CACHE.get(file);
  if (known !== undefined) return known;
  const found = findImports(file);
  CACHE.set(file, found);
  return found;
}

function findImports(file: SourceFile): Import[] {
  const { code, strings } = file.masked;
  const found: Import[] = [];
  for (const { start, value } of strings) {
    const before = code.slice(Math.max(0, start - 2000), start);
    if (!BEFORE_SPECIFIER.test(before)) continue;
    const keyword = STATEMENT.exec(lastStatement(before));
    const isDynamic = /\(\s*$/.test(before);
    found.push({
      line: lineAt(file.text, start),
      specifier: value,
      target: resolve(file.path, value),
      isTypeOnly: keyword?.[2] !== undefined,
      isDynamic,
      isReexport: keyword?.[1] === "export" && !isDynamic,
      names: namesIn(keyword?.[0] ?? ""),
    });
  }
  return found;
}

/** From the last line that starts with import or export, so that one regex match suffices. */
function lastStatement(before: string): string {
  const starts = [...before.matchAll(/(?:^|\n)(?=(?:import|export)\b)/g)];
  return before.slice(starts.at(-1)?.index ?? before.length);
}

function namesIn(text: string): string[] {
  const inner = /\{([^}]*)\}/.exec(text)?.[1] ?? "";
  return inner
    .split(",")
    .map((name) => name.trim().replace(/^type\s+/, ""))
    .filter((name) => name !== "");
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(from), specifier);
}

/** Files that a file names in a string: its imports, and beside it the scripts it starts. */
export function referencesOf(file: SourceFile, tree: Tree): string[] {
  const found = new Set<string>();
  for (const { value } of file.masked.strings) {
    if (!/^[\w./-]+\.(?:ts|js|mjs)$/.test(value)) continue;
    const path = posix.join(posix.dirname(file.path), value);
    for (const candidate of [path, path.replace(/\.js$/, ".ts")]) {
      if (tree.has(candidate)) found.add(candidate);
    }
  }
  return [...found];
}
