// The files that tidy looks at, and what a rule reports about them.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Masked, mask } from "./mask.ts";

export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly what: string;
  readonly remedy: string;
}

export type Rule = (tree: Tree) => Finding[];

/** Paths use `/` and are relative to the root of the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** Of a TypeScript or JavaScript file; of any other, empty. */
  readonly masked: Masked;
}

export type Tree = ReadonlyMap<string, SourceFile>;

const FOLDERS_SKIPPED = new Set(["node_modules", "dist", "build", "coverage", ".git"]);
const CODE_NAME = /\.(?:ts|mjs)$/;

export function isCode(path: string): boolean {
  return CODE_NAME.test(path);
}

/** For tests: a tree from texts. */
export function treeOf(texts: Readonly<Record<string, string>>): Tree {
  const files = Object.entries(texts).map(([path, text]) => toSourceFile(path, text));
  return new Map(files.map((file) => [file.path, file]));
}

export function readTree(root: string): Tree {
  const files: [string, SourceFile][] = [];
  for (const path of findPaths(root, "")) {
    const bytes = readFileSync(join(root, path));
    if (!bytes.includes(0)) files.push([path, toSourceFile(path, bytes.toString("utf8"))]);
  }
  return new Map(files);
}

function findPaths(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return FOLDERS_SKIPPED.has(entry.name) ? [] : findPaths(root, path);
    return entry.isFile() ? [path] : [];
  });
}

function toSourceFile(path: string, text: string): SourceFile {
  const masked = isCode(path) ? mask(text) : { code: "", strings: [] };
  return { path, text, lines: text.split("\n"), masked };
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** One finding for each match in `text`, which has the offsets of the file. */
export function findAll(
  file: SourceFile,
  text: string,
  pattern: RegExp,
  say: (match: string) => { what: string; remedy: string },
): Finding[] {
  return [...text.matchAll(pattern)].map((match) => ({
    path: file.path,
    line: lineAt(text, match.index),
    ...say(match[0]),
  }));
}
