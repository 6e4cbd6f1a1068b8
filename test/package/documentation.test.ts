// Goal: everything that an entry exports is explained where it stands: each symbol and each member
// has a text; each class, function and method an example; each call says what it throws or rejects
// with; each option says its range and what is so if it is absent.
// Method: the published declarations are read, and the comments in them. That the examples compile,
// run and print what they say is for programs.test.ts.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Documented, publicOf } from "../support/declarations.ts";

/** What users call. Of symbols the language says how, and of constructors the class. */
function isCall({ kind, isOfClass, name }: Documented): boolean {
  if (kind === "function") return true;
  return kind === "method" && isOfClass && !/\.(?:constructor|\[Symbol\.\w+\])$/.test(name);
}

function isOption({ kind, name, code }: Documented): boolean {
  return kind === "field" && /^\w*Options\./.test(name) && /\?:/.test(code);
}

/** A hook that is absent is not called, and needs not say so. */
function isHook({ code }: Documented): boolean {
  return /=>/.test(code);
}

/** A count and a seed are numbers, and the third is a share. */
const BARE_NUMBERS: Readonly<Record<"index" | "testing", readonly string[]>> = {
  index: ["EventCounterOptions.initial"],
  testing: ["SimulateOptions.seed", "SimulateOptions.disorder"],
};

for (const [entry, symbolsMin] of [
  ["index", 400],
  ["testing", 50],
] as const) {
  const all = publicOf(entry);
  const named = new Map(all.map((each) => [each.name, each]));

  /** Its comment, with that of what it refers to: `stat` is told of at `PathCalls.stat`. */
  const commentOf = ({ comment }: Documented): string => {
    const [, target = ""] = /\{@link ([\w.]+)\}/.exec(comment) ?? [];
    return `${comment}\n${named.get(target)?.comment ?? ""}`;
  };

  const without = (which: (each: Documented) => boolean, pattern: RegExp): string[] =>
    all.filter((each) => which(each) && !pattern.test(commentOf(each))).map(({ name }) => name);

  describe(`src/${entry}.ts`, () => {
    test("every symbol and every member has a text", () => {
      assert.ok(all.length >= symbolsMin, `only ${all.length} were found`);
      assert.deepEqual(
        all.filter(({ comment }) => !/^\w|^`|^@param/.test(comment)).map(({ name }) => name),
        [],
      );
    });

    test("every class, function and method has an example", () => {
      const needs = (each: Documented): boolean => each.kind === "class" || isCall(each);
      assert.ok(all.filter(needs).length >= symbolsMin / 5);
      assert.deepEqual(without(needs, /^@example.*\n```ts\n/m), []);
    });

    test("every function and method says what it throws or rejects with", () => {
      assert.deepEqual(
        without(isCall, /@throws|\b[Rr]ejects?\b|[Nn]ever throws|Otherwise like/),
        [],
      );
    });

    test("every option says what is so if it is absent", () => {
      const needs = (each: Documented): boolean => isOption(each) && !isHook(each);
      assert.ok(all.filter(needs).length >= 4);
      assert.deepEqual(without(needs, /\b[Aa]bsent\b/), []);
    });

    test("every option that is a number says its range and its unit", () => {
      const isNumber = (each: Documented): boolean =>
        /Options\./.test(each.name) && /: number\b/.test(each.code);
      assert.ok(all.filter(isNumber).length >= 3);
      assert.deepEqual(without(isNumber, /\b\d/), []);
      const unit = /\b(?:[Bb]ytes?|[Mm]illiseconds|[Ff]iles|[Bb]locks|[Bb]uffers|[Pp]ermissions)\b/;
      const bare = without(isNumber, unit);
      assert.deepEqual(bare, BARE_NUMBERS[entry]);
    });
  });
}
