// How long lines, functions and files may be.

import { type Finding, isCode, lineAt, type Rule, type SourceFile, type Tree } from "./tree.ts";

const COLUMNS_MAX = 100;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 400;

export const linesAreShort: Rule = (tree) =>
  shaped(tree).flatMap((file) =>
    file.lines.flatMap((line, index) => {
      const length = [...line].length;
      // A link cannot be broken.
      if (length <= COLUMNS_MAX || /https?:\/\//.test(line)) return [];
      const what = `${length} columns of at most ${COLUMNS_MAX}`;
      return [{ path: file.path, line: index + 1, what, remedy: "break the line" }];
    }),
  );

export const filesAreShort: Rule = (tree) =>
  shaped(tree).flatMap((file) => {
    const count = file.text.endsWith("\n") ? file.lines.length - 1 : file.lines.length;
    if (count <= FILE_LINES_MAX) return [];
    const what = `${count} lines of at most ${FILE_LINES_MAX}`;
    return [{ path: file.path, line: count, what, remedy: "split it by idea" }];
  });

export const functionsAreShort: Rule = (tree) =>
  shaped(tree).flatMap((file) =>
    spansOf(file).flatMap(({ start, end }): Finding[] => {
      const count = end - start + 1;
      if (count <= FUNCTION_LINES_MAX) return [];
      const what = `a function of ${count} lines, of at most ${FUNCTION_LINES_MAX}`;
      const remedy = "keep the decisions, move the work into helpers";
      return [{ path: file.path, line: start, what, remedy }];
    }),
  );

function shaped(tree: Tree): SourceFile[] {
  return [...tree.values()].filter(({ path }) => isCode(path) || isC(path));
}

function isC(path: string): boolean {
  return /\.[ch]$/.test(path);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansOf(file: SourceFile): Span[] {
  return isC(file.path) ? spansInC(file.lines) : spansInCode(file.masked.code);
}

/** In C a body starts and ends in the first column. */
function spansInC(lines: readonly string[]): Span[] {
  const spans: Span[] = [];
  let start: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (start === undefined && /^(?:[A-Za-z].*\).*\{|\{)$/.test(line)) start = index + 1;
    if (start !== undefined && line === "}") {
      spans.push({ start, end: index + 1 });
      start = undefined;
    }
  }
  return spans;
}

const CONTROL = /\b(?:if|for|while|switch|catch|with|await)\s*$/;
/** A list of tests is no function in this sense: each test in it is. */
const GROUPS = /\b(?:describe|suite)(?:\.\w+)?\s*\([^;{}]*$/;
const TEST = /^\s+(?:test|describe)\(/m;

/** A function is a pair of parentheses, perhaps a type, perhaps an arrow, and a block. */
function spansInCode(code: string): Span[] {
  const spans: Span[] = [];
  for (const match of code.matchAll(/\(/g)) {
    const before = code.slice(Math.max(0, match.index - 300), match.index);
    if (CONTROL.test(before) || GROUPS.test(before)) continue;
    const close = endOf(code, match.index);
    const open = close === undefined ? undefined : bodyAfter(code, close + 1);
    const end = open === undefined ? undefined : endOf(code, open);
    if (open !== undefined && end !== undefined && !TEST.test(code.slice(open, end))) {
      spans.push({ start: lineAt(code, match.index), end: lineAt(code, end) });
    }
  }
  return spans;
}

/** The offset of the bracket that closes the one at `open`. */
function endOf(code: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    const unit = code[at]!;
    if ("([{".includes(unit)) depth += 1;
    if (")]}".includes(unit)) depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

/** The offset of the brace that opens a body, when what follows a `)` is one. */
function bodyAfter(code: string, from: number): number | undefined {
  let at = from;
  const isTyped = /^\s*:/.test(code.slice(at, at + 40));
  let isTypeNext = isTyped;
  if (isTyped) at = code.indexOf(":", at) + 1;
  while (at < code.length) {
    const rest = code.slice(at, at + 2);
    if (rest === "=>") {
      isTypeNext = false;
      at += 2;
    } else if (/\s/.test(rest[0]!)) {
      at += 1;
    } else if (rest[0] === "{" && !isTypeNext) {
      return at;
    } else if (isTyped && /[([{]/.test(rest[0]!)) {
      at = (endOf(code, at) ?? code.length) + 1;
      isTypeNext = false;
    } else if (isTyped && /[\w.<>|&"'$]/.test(rest[0]!)) {
      isTypeNext = /[<|&]/.test(rest[0]!);
      at += 1;
    } else {
      return undefined;
    }
  }
  return undefined;
}
