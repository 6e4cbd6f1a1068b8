// Goal: what must compile compiles, what must not does not; and no export is left out.
// Method: the files of this folder are compiled with everything else, where a line that should not
// compile and does is an error. Here it is counted whether they speak of every export, and whether
// they refuse something of every function, method and constructor, and say why.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import * as library from "../../src/index.ts";
import * as testing from "../../src/testing.ts";
import "./buffers.ts";
import "./copying.ts";
import "./everyday.ts";
import "./files.ts";
import "./observing.ts";
import "./paths.ts";
import "./scopes.ts";
import "./simulating.ts";
import "./streaming.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = join(ROOT, "test/types");
const TEXTS: readonly string[] = readdirSync(FOLDER)
  .filter((name) => !name.endsWith(".test.ts"))
  .map((name) => readFileSync(join(FOLDER, name), "utf8"));

/** Lines that must not compile, each below the reason. */
const REFUSED: readonly (readonly [reason: string, line: string])[] = TEXTS.flatMap((text) =>
  Array.from(text.matchAll(/^ *\/\/ @ts-expect-error(.*)\n(.*)$/gm), ([, reason, line]) => {
    return [reason?.trim() ?? "", line ?? ""] as const;
  }),
);

/** Names that an entry exports, types included. */
function exportsOf(entry: string): string[] {
  const text = readFileSync(join(ROOT, entry), "utf8");
  const lists = Array.from(text.matchAll(/^export (?:type )?\{([^}]*)\}/gm), ([, list]) => list);
  return lists
    .flatMap((list) => (list ?? "").split(","))
    .map((name) => name.trim().replace(/^type /, ""))
    .filter((name) => name !== "");
}

type Named = readonly [name: string, value: unknown];

function isClass(value: unknown): value is new () => object {
  return typeof value === "function" && value.prototype !== undefined && isNoPlainOne(value);
}

function isNoPlainOne(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** How each function, method and constructor is called. */
function callsOf([name, value]: Named): string[] {
  if (typeof value !== "function") return [];
  if (!isClass(value)) return [`${name}(`];
  const statics = Object.getOwnPropertyNames(value).filter((key) => {
    return typeof (value as unknown as Record<string, unknown>)[key] === "function";
  });
  const methods = Object.entries(Object.getOwnPropertyDescriptors(value.prototype))
    .filter(([key, { value: method }]) => key !== "constructor" && typeof method === "function")
    .map(([key]) => key);
  return [`new ${name}(`, ...statics.map((key) => `${name}.${key}(`), ...methods.map(withParen)];
}

function withParen(name: string): string {
  return `${name}(`;
}

describe("test/types", () => {
  for (const entry of ["src/index.ts", "src/testing.ts"]) {
    test(`speaks of every export of ${entry}`, () => {
      const names = exportsOf(entry);
      assert.ok(names.length >= 10, `only ${names.length} exports were found`);
      const missing = names.filter(
        (name) => !TEXTS.some((text) => new RegExp(`\\b${name}\\b`).test(text)),
      );
      assert.deepEqual(missing, []);
    });
  }

  test("refuses something of every function, method and constructor", () => {
    const calls = [library, testing].flatMap((entry) => Object.entries(entry).flatMap(callsOf));
    assert.ok(calls.length >= 80, `only ${calls.length} calls were found`);
    const missing = calls.filter((call) => !REFUSED.some(([, line]) => line.includes(call)));
    assert.deepEqual(missing, []);
  });

  test("says why each of them is refused", () => {
    assert.ok(REFUSED.length >= 100, `only ${REFUSED.length} lines were found`);
    assert.deepEqual(
      REFUSED.filter(([reason]) => reason.length < 8),
      [],
    );
  });
});
