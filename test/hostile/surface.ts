// Every public call with its parameters, as the published declarations have them: so a call that is
// added is tried, too, and a parameter whose right value is not known fails the test.

import { publicOf } from "../support/declarations.ts";

export interface Parameter {
  readonly name: string;
  /** Names of the options that it may have; empty if it is no object of options. */
  readonly options: readonly string[];
}

export interface Call {
  /** Such as `File.read`, `IoBuffer.from`, or `new IoBuffer`. */
  readonly name: string;
  /** The class that declares it; empty of a function. */
  readonly declaredBy: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  /** Whether what it returns tells later, so that only wrong arguments are thrown. */
  readonly isAsync: boolean;
}

const PUBLIC = publicOf("index");

const OPTIONS: ReadonlyMap<string, readonly string[]> = new Map(
  PUBLIC.filter(({ kind }) => kind === "interface").map(({ name }) => [
    name,
    PUBLIC.filter((it) => it.name.startsWith(`${name}.`)).map((it) => it.name.split(".")[1] ?? ""),
  ]),
);

const MODES = OPTIONS.get("TtyModes") ?? [];

/** Splits at commas that are in no brackets. */
function splitList(list: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of list.replaceAll("=>", "  ")) {
    if ("([{<".includes(character)) depth++;
    if (")]}>".includes(character)) depth--;
    if (character === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function parametersOf(code: string): Parameter[] {
  const begin = code.indexOf("(") + 1;
  let [depth, end] = [1, begin];
  for (; depth > 0 && end < code.length; end++) {
    if (code[end] === "(") depth++;
    if (code[end] === ")") depth--;
  }
  return splitList(code.slice(begin, end - 1)).map((part) => {
    const [, name = "", type = ""] = /^(\w+)\??:\s*([\s\S]*)$/.exec(part) ?? [];
    const [, word = ""] = /^(?:(?:Omit|Partial|Pick)<)*(\w+)/.exec(type) ?? [];
    const options = OPTIONS.get(word) ?? [];
    // A type that is made of another one's parts, all of which may be absent.
    return { name, options: word === "TtyModeChanges" ? [...options, ...MODES] : options };
  });
}

/** Public calls of the classes that declare them: `Tty.read` is `StreamHandle.read`. */
export const CALLS: readonly Call[] = PUBLIC.filter(
  ({ kind, isOfClass, name, declaredBy }) =>
    kind === "method" && isOfClass && name.startsWith(`${declaredBy}.`),
).map(({ name, declaredBy, code }) => {
  const method = name.slice(declaredBy.length + 1);
  const isConstructor = method === "constructor";
  return {
    name: isConstructor ? `new ${declaredBy}` : name,
    declaredBy,
    method,
    parameters: parametersOf(code),
    isAsync: /: (?:Operation|Promise)</.test(code.slice(code.lastIndexOf(")"))),
  };
});

export const FUNCTIONS: readonly string[] = PUBLIC.filter(({ kind }) => kind === "function").map(
  ({ name }) => name,
);
