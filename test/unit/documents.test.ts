// Goal: what is said about the library is so, and nothing is left unsaid: every program in a page
// or a comment compiles and runs, every function and class has one, every member is explained.
// Method: the programs are taken out of the text, compiled together, and run in one process. Names
// are those that the entry exports.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import * as library from "../../src/index.ts";
import { programsIn, runPrograms } from "../support/programs.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Those with a test of their own, which runs their programs. */
const ELSEWHERE = [
  /^docs\/(?:files|streams|testing)\.md$/,
  /^src\/api\/(?:everyday-calls|directory-entry|file-streams)\.ts$/,
  /^src\/(?:testing|cli)\//,
];

/** Their programs want a terminal, or files of somebody's own. */
const ONLY_COMPILED = ["README.md", "docs/copying.md"];

const { backend, reason } = library.status();
const noRing: string | false = backend === null ? `no ring: ${reason}` : false;

function filesBelow(folder: string, end: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`)
    .sort();
}

const SOURCES: readonly string[] = filesBelow("src", ".ts");
const CODE: string = SOURCES.map((path) => readFileSync(join(ROOT, path), "utf8")).join("\n");

/** The comment that ends where the text ends, or nothing. */
function commentAtEnd(text: string): string {
  return /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(text)?.[0] ?? "";
}

/** The comment above a declaration. */
function commentOf(name: string): string {
  const found = new RegExp(`^export (?:class|const|function) ${name}\\b`, "m").exec(CODE);
  assert.ok(found !== null, `no declaration of ${name}`);
  return commentAtEnd(CODE.slice(0, found.index));
}

/** The text of a class. */
function bodyOf(name: string): string {
  const start = CODE.search(new RegExp(`^export class ${name}\\b`, "m"));
  return start === -1 ? "" : CODE.slice(start, CODE.indexOf("\n}\n", start));
}

/** The comment above a member of a class, or of one that it extends. */
function commentOfMember(type: string, member: string): string {
  const body = bodyOf(type);
  const words = "(?:static |override |async |get )*";
  const found = new RegExp(`^ {2}${words}${member}(?:<[^(]*>)?\\(`, "m").exec(body);
  if (found !== null) return commentAtEnd(body.slice(0, found.index));
  const base = /^export class \w+ extends (\w+)/.exec(body)?.[1];
  return base === undefined ? "" : commentOfMember(base, member);
}

/** Methods, accessors and static functions that are its own. */
function membersOf(value: { readonly prototype: object }): string[] {
  const own = Object.getOwnPropertyNames(value.prototype).filter((key) => key !== "constructor");
  const statics = Object.entries(Object.getOwnPropertyDescriptors(value));
  return [...own, ...statics.flatMap(([key, { value: it }]) => (isFunction(it) ? [key] : []))];
}

function isFunction(value: unknown): value is { readonly prototype: object } {
  return typeof value === "function";
}

function isClass([, value]: readonly [string, unknown]): boolean {
  return isFunction(value) && /^class\b/.test(Function.prototype.toString.call(value));
}

describe("documents", () => {
  test("every program compiles and runs", { skip: noRing }, async () => {
    const paths = [...filesBelow("docs", ".md"), ...SOURCES].filter(
      (path) => !ELSEWHERE.some((it) => it.test(path)) && !ONLY_COMPILED.includes(path),
    );
    const programs = paths.flatMap(programsIn);
    assert.ok(programs.length >= 40, `only ${programs.length} programs were found`);
    await runPrograms(programs, ONLY_COMPILED.flatMap(programsIn));
  });

  test("every function and class that is exported has a program", () => {
    const missing = Object.keys(library).filter((name) => {
      const comment = commentOf(name);
      const [, type = "", member = ""] = /\{@link (\w+)\.(\w+)\}/.exec(comment) ?? [];
      return !(comment + commentOfMember(type, member)).includes("```ts");
    });
    assert.deepEqual(missing, []);
  });

  test("every member of a class that is exported is explained", () => {
    const missing = Object.entries(library)
      .filter(isClass)
      .flatMap(([name, value]) =>
        membersOf(value as { readonly prototype: object })
          .filter((member) => commentOfMember(name, member) === "")
          .map((member) => `${name}.${member}`),
      );
    assert.deepEqual(missing, []);
  });
});
