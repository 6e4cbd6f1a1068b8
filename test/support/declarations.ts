// What the published declarations tell a newcomer: each public symbol and each of its members, with
// the comment above it. They are read as the compiler has written them (dist/**/*.d.ts): a comment
// that it drops, or a name that an entry does not export, is not there for a newcomer either.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OUTPUT = fileURLToPath(new URL("../../src/", import.meta.url));

/** Something that a newcomer can see. */
export interface Documented {
  /** Such as `open`, `File` or `File.read`. */
  readonly name: string;
  readonly kind: "class" | "interface" | "type" | "constant" | "function" | "method" | "field";
  /** Whether a class has it: its methods are called by users, those of options come from them. */
  readonly isOfClass: boolean;
  /** The class or interface that declares it, such as `FileStreams` of `File.lines`; else "". */
  readonly declaredBy: string;
  /** The comment above it, without its stars; empty if there is none. */
  readonly comment: string;
  /** The declaration itself. */
  readonly code: string;
}

interface Statement {
  readonly comment: string;
  readonly code: string;
}

interface Declaration extends Statement {
  readonly name: string;
  readonly file: string;
}

const TOKEN = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\]|\\.)*"|[{}()[\];]|[^/"{}()[\];]+|\//g;
const HAS_BLOCK = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface)\b/;
const DECLARED =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|let|function) (\w+)/;
const MODIFIERS = /^(?:(?:readonly|static|abstract|override|get|set) )+/;

/** Statements of a file, or members of a class, each with the comment above it. */
function statementsIn(text: string): Statement[] {
  const statements: Statement[] = [];
  let [comment, code, depth] = ["", "", 0];
  const end = (): void => {
    if (code.trim() !== "") statements.push({ comment, code: code.trim() });
    [comment, code] = ["", ""];
  };
  for (const [token] of text.matchAll(TOKEN)) {
    if (depth === 0 && token.startsWith("/*")) {
      if (code.trim() === "") comment = textOf(token);
      continue;
    }
    if (/^[{([]$/.test(token)) depth++;
    if (/^[})\]]$/.test(token)) depth--;
    code += token;
    if (depth === 0 && (token === ";" || (token === "}" && HAS_BLOCK.test(code.trim())))) end();
  }
  end();
  return statements;
}

function textOf(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^ *\* ?/gm, "")
    .trim();
}

const files: Map<string, readonly Statement[]> = new Map();

function statementsOf(file: string): readonly Statement[] {
  const known = files.get(file) ?? statementsIn(readFileSync(join(OUTPUT, file), "utf8"));
  files.set(file, known);
  return known;
}

/** `{ a, type b as c } from "./d.ts"`, of imports and of exports. */
function listsOf(file: string, word: "import" | "export"): readonly (readonly [string, string])[] {
  const pattern = new RegExp(`^${word} (?:type )?\\{([^}]*)\\} from "(\\.[^"]*)\\.ts"`);
  return statementsOf(file).flatMap(({ code }) => {
    const [, names = "", from = ""] = pattern.exec(code) ?? [];
    const path = join(dirname(file), `${from}.d.ts`);
    const all = names.split(",").map((name) => name.trim().replace(/^type /, ""));
    return all.filter((name) => name !== "").map((name) => [name, path] as const);
  });
}

function find(name: string, file: string): Declaration | undefined {
  const own = statementsOf(file).find(({ code }) => DECLARED.exec(code)?.[1] === name);
  if (own !== undefined) return { ...own, name, file };
  const from = listsOf(file, "import").find(([imported]) => imported === name)?.[1];
  return from === undefined ? undefined : find(name, from);
}

/** Those that it extends, as far as they are ours. */
function basesOf({ code, file }: Declaration): Declaration[] {
  const [, list = ""] = /^[^{]*? extends ([^{]*)\{/.exec(code) ?? [];
  const names = Array.from(list.replace(/<[^<>]*>/g, "").matchAll(/\w+/g), ([name]) => name);
  return names.flatMap((name) => find(name, file) ?? []);
}

function bodiesOf({ code }: Declaration): string[] {
  if (HAS_BLOCK.test(code)) return [code.slice(code.indexOf("{") + 1, code.lastIndexOf("}"))];
  if (!/^(?:export )?type \w+/.test(code)) return [];
  return Array.from(code.matchAll(/\{([^{}]*)\}/g), ([, body]) => body ?? "");
}

function membersOf(declaration: Declaration): Documented[] {
  const isOfClass = /\bclass\b/.test(declaration.code.slice(0, declaration.code.indexOf("{")));
  const own = bodiesOf(declaration)
    .flatMap(statementsIn)
    .flatMap(({ comment, code }): Documented[] => {
      if (/^(?:#|private |protected )/.test(code)) return [];
      const bare = code.replace(MODIFIERS, "");
      const [, name = ""] = /^(\w+|\[[\w.]+\])/.exec(bare) ?? [];
      if (name === "") return [];
      const rest = bare.slice(name.length);
      const isAccessor = /^(?:static )?get /.test(code);
      const isCall = /^\??[(<]/.test(rest) || (isOfClass && /^\??: (?:<[^(]*>)?\(.*=>/.test(rest));
      const kind = isCall && !isAccessor ? "method" : "field";
      const { name: declaredBy } = declaration;
      return [{ name: `${declaredBy}.${name}`, kind, isOfClass, declaredBy, comment, code }];
    });
  const inherited = basesOf(declaration)
    .flatMap(membersOf)
    .map((member) => ({
      ...member,
      name: member.name.replace(/^\w+/, declaration.name),
    }));
  return firstOfEach([...own, ...inherited]);
}

/** Of overloads, variants of a type and what is inherited: whichever is first or explained. */
function firstOfEach(all: readonly Documented[]): Documented[] {
  const first: Map<string, Documented> = new Map();
  for (const each of all) {
    const known = first.get(each.name);
    if (known === undefined || known.comment === "") first.set(each.name, each);
  }
  return [...first.values()];
}

function kindOf(code: string): Documented["kind"] {
  const [, word = ""] =
    /^(?:export )?(?:declare )?(?:abstract )?(class|interface|type|function)/.exec(code) ?? [];
  if (word !== "") return word as Documented["kind"];
  return /=>|\w+: \w+\["\w+"\];$/.test(code) ? "function" : "constant";
}

/** Everything public of an entry: its exports, and their members. */
export function publicOf(entry: "index" | "testing"): Documented[] {
  return listsOf(`${entry}.d.ts`, "export").flatMap(([name, file]) => {
    const declaration = find(name, file) ?? assert.fail(`no declaration of ${name} in ${file}`);
    const { comment, code } = declaration;
    const kind = kindOf(code);
    const isOfClass = false;
    const own = { name, kind, isOfClass, declaredBy: "", comment, code };
    return [own, ...membersOf(declaration)];
  });
}
