// Public symbols and limits are explained where they stand; error codes in docs/errors.md.

import { importsOf } from "./import-list.ts";
import { type Finding, lineAt, type Rule, type SourceFile } from "./tree.ts";

const ENTRIES = ["src/index.ts", "src/testing.ts"];
const ERRORS = "src/base/errors.ts";
const ERRORS_PAGE = "docs/errors.md";
const LIMITS = "src/base/limits.ts";

export const publicSymbolsHaveDocs: Rule = (tree) => {
  const findings: Finding[] = [];
  for (const entry of ENTRIES) {
    const file = tree.get(entry);
    if (file === undefined) continue;
    for (const { target, names, isReexport } of importsOf(file)) {
      const source = target === undefined ? undefined : tree.get(target);
      if (source === undefined || !isReexport) continue;
      for (const name of names) findings.push(...complainAboutSymbol(source, name));
    }
  }
  return findings;
};

function complainAboutSymbol(file: SourceFile, exported: string): Finding[] {
  // `a as b` is declared as a.
  const name = exported.split(/\s+as\s+/)[0] ?? exported;
  const kinds = "(?:(?:abstract\\s+)?class|(?:async\\s+)?function\\*?|const|interface|type)";
  const declaration = new RegExp(`^export\\s+(?:declare\\s+)?${kinds}\\s+${name}\\b`, "m");
  const found = declaration.exec(file.masked.code);
  if (found === null) {
    const what = `no declaration of the public ${name}`;
    return [{ path: file.path, line: 1, what, remedy: "declare it in the file it comes from" }];
  }
  const line = lineAt(file.text, found.index);
  if (hasDocAbove(file, line)) return [];
  const remedy = "say what it is, units, ranges and errors in a comment above it";
  return [{ path: file.path, line, what: `public ${name} has no doc comment`, remedy }];
}

function hasDocAbove(file: SourceFile, line: number): boolean {
  return file.lines[line - 2]?.trimEnd().endsWith("*/") ?? false;
}

export const limitsHaveReasons: Rule = (tree) => {
  const file = tree.get(LIMITS);
  if (file === undefined) return [];
  return [...file.masked.code.matchAll(/^export const (\w+)/gm)].flatMap((match) => {
    const line = lineAt(file.text, match.index);
    if (hasDocAbove(file, line)) return [];
    const remedy = "give its unit and the reason for its value in a comment above it";
    return [{ path: LIMITS, line, what: `limit ${match[1]} has no comment`, remedy }];
  });
};

export const codesHaveHeadings: Rule = (tree) => {
  const file = tree.get(ERRORS);
  if (file === undefined) return [];
  const codes = keysOfTable(file, "CODES");
  if (codes.size === 0) {
    const remedy = "keep `export const CODES = { NAME: ... }` there";
    return [{ path: ERRORS, line: 1, what: "no table of codes found", remedy }];
  }
  const headings = headingsOf(tree.get(ERRORS_PAGE));
  return [
    ...[...codes]
      .filter(([code]) => !headings.has(code))
      .map(([code, line]) => ({
        path: ERRORS,
        line,
        what: `code ${code} is not explained`,
        remedy: `add "## ${code}" to ${ERRORS_PAGE}: meaning, cause, what to do`,
      })),
    ...[...headings]
      .filter(([code]) => !codes.has(code))
      .map(([code, line]) => ({
        path: ERRORS_PAGE,
        line,
        what: `heading ${code} is no code of ours`,
        remedy: `remove it, or add the code to ${ERRORS}`,
      })),
  ];
};

/** The keys of a table such as `export const CODES = { … }`, with their lines. */
function keysOfTable(file: SourceFile, table: string): Map<string, number> {
  const keys = new Map<string, number>();
  const start = new RegExp(`^export const ${table}\\b.*\\{`, "m").exec(file.masked.code);
  if (start === null) return keys;
  const from = start.index + start[0].length;
  const end = file.masked.code.indexOf("\n}", from);
  const body = file.masked.code.slice(from, end === -1 ? undefined : end);
  for (const match of body.matchAll(/^ {2}(\w+):/gm)) {
    keys.set(match[1] ?? "", lineAt(file.text, from + match.index));
  }
  return keys;
}

function headingsOf(file: SourceFile | undefined): Map<string, number> {
  const headings = new Map<string, number>();
  for (const [index, line] of (file?.lines ?? []).entries()) {
    const code = /^## `?([A-Z][A-Z0-9_]+)`?\s*$/.exec(line)?.[1];
    if (code !== undefined) headings.set(code, index + 1);
  }
  return headings;
}
