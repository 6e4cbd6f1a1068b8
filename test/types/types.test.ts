// Goal: what must compile compiles, what must not does not, for the reason that is given; and no
// export and no member is left out.
// Method: the files of this folder are compiled with everything else, where a line that should not
// compile and does is an error. Here it is counted whether they speak of everything public, and
// whether they refuse something of every function, method and constructor. Then they are compiled
// once more without leave to fail: each refused line must have one error, of a kind that a slip of
// the pen has not.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { type Documented, publicOf } from "../support/declarations.ts";
import "./buffers.ts";
import "./copying.ts";
import "./everyday.ts";
import "./files.ts";
import "./observing.ts";
import "./paths.ts";
import "./pipes.ts";
import "./scopes.ts";
import "./simulating.ts";
import "./streaming.ts";
import "./terminals.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = join(ROOT, "test/types");
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

const MARK = "// @ts-expect-error";

/** Each with its lines, where a refused one stands below the reason. */
const FILES: ReadonlyMap<string, readonly string[]> = new Map(
  readdirSync(FOLDER)
    .filter((name) => !name.endsWith(".test.ts"))
    .map((name) => [name, readFileSync(join(FOLDER, name), "utf8").split("\n")]),
);

interface Refused {
  readonly place: string;
  readonly reason: string;
  readonly line: string;
}

const REFUSED: readonly Refused[] = [...FILES].flatMap(([name, lines]) =>
  lines.flatMap((text, at) => {
    if (!text.trim().startsWith(MARK)) return [];
    const reason = text.trim().slice(MARK.length).trim();
    return [{ place: `${name}:${at + 2}`, reason, line: lines[at + 1] ?? "" }];
  }),
);

/** What is neither imported nor refused. */
const ACCEPTED: string = [...FILES.values()]
  .map((lines) => lines.filter((_, at) => !lines[at - 1]?.trim().startsWith(MARK)).join("\n"))
  .join("\n")
  .replace(/^import\b[^;]*;$/gm, "");

const PUBLIC: readonly Documented[] = [...publicOf("index"), ...publicOf("testing")];
const FUNCTIONS: ReadonlySet<string> = new Set(
  PUBLIC.filter(({ kind }) => kind === "function").map(({ name }) => name),
);

/** What the files call something of the class; what is static is called by the class. */
const RECEIVERS: Readonly<Record<string, string>> = {
  BufferPool: "pool",
  EventCounter: "counter",
  EverydayCalls: "calls",
  File: "file",
  FileAttributes: "file",
  FileStreams: "file",
  FileWatcher: "watcher",
  Io: "io",
  KernelTimer: "ticks",
  Operation: "operation",
  PathCalls: "calls",
  Scope: "scope",
  SimPeer: "peer",
  SimulatedWorld: "world",
  SimWorld: "world",
  StreamCalls: "calls",
  StreamHandle: "stream",
  Tty: "tty",
};

/** Those whose methods are functions, too, of the same name and types. */
const CALLS: ReadonlySet<string> = new Set(["PathCalls", "EverydayCalls", "StreamCalls", "Io"]);

/**
 * How it is called: a method that is also a function is called as that, and one that is inherited
 * as one of the class that declares it.
 */
function callOf({ name, kind, isOfClass, declaredBy }: Documented): RegExp | null {
  const [, member] = /^\w+(?:\.(.*))?$/.exec(name) ?? [];
  if (kind === "function") return new RegExp(`(?<![.\\w])${name}\\(`);
  if (kind !== "method" || !isOfClass || member === undefined || member.startsWith("["))
    return null;
  if (member === "constructor") return null;
  if (FUNCTIONS.has(member) && CALLS.has(declaredBy)) return new RegExp(`(?<![.\\w])${member}\\(`);
  const receiver = RECEIVERS[declaredBy] ?? declaredBy;
  return new RegExp(`(?<![.\\w])(?:${receiver}|${declaredBy})\\.${member}\\(`);
}

describe("test/types", () => {
  test("speaks of everything that is public", () => {
    assert.ok(PUBLIC.length >= 450, `only ${PUBLIC.length} were found`);
    const missing = PUBLIC.filter((each) => {
      const word = each.name.slice(each.name.indexOf(".") + 1);
      if (word === "constructor" || word.startsWith("[")) return false;
      return !(callOf(each) ?? new RegExp(`\\b${word}\\b`)).test(ACCEPTED);
    });
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  test("refuses something of every function and method", () => {
    const calls = PUBLIC.flatMap((each) => [[each.name, callOf(each)] as const]);
    assert.ok(calls.filter(([, call]) => call !== null).length >= 120);
    const missing = calls.filter(
      ([, call]) => call !== null && !REFUSED.some(({ line }) => call.test(line)),
    );
    assert.deepEqual(
      missing.map(([name]) => name),
      [],
    );
  });

  test("refuses something of every constructor that a program can call", () => {
    const index = readFileSync(join(ROOT, "src/index.ts"), "utf8");
    const testing = readFileSync(join(ROOT, "src/testing.ts"), "utf8");
    const missing = PUBLIC.filter(({ kind, name }) => {
      const isValue = !new RegExp(`export type \\{[^}]*\\b${name}\\b`).test(index + testing);
      return (
        kind === "class" && isValue && !REFUSED.some(({ line }) => line.includes(`new ${name}(`))
      );
    });
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  test("says why each of them is refused", () => {
    assert.ok(REFUSED.length >= 140, `only ${REFUSED.length} lines were found`);
    assert.deepEqual(
      REFUSED.filter(({ reason }) => reason.length < 8),
      [],
    );
  });

  test("each is refused for that reason: by one error, which is no slip of the pen", async () => {
    const errors = await errorsWithoutLeave();
    for (const { place, line } of REFUSED) {
      const codes = errors.get(place) ?? [];
      assert.equal(codes.length, 1, `${place} has ${codes.length} errors: ${line}`);
      assert.ok(MEANT.has(codes[0] ?? ""), `${place} has ${codes[0]}: ${line}`);
      errors.delete(place);
    }
    assert.deepEqual([...errors], []);
  });
});

/** Wrong type, number of arguments, unknown or missing property, read-only, private. */
const MEANT: ReadonlySet<string> = new Set([
  ...["TS2322", "TS2339", "TS2345", "TS2353", "TS2488", "TS2540", "TS2554", "TS2559", "TS2561"],
  ...["TS2673", "TS2739", "TS2740", "TS2741", "TS2769", "TS7053"],
]);

/** Codes of the compiler by place, such as `files.ts:60`. */
async function errorsWithoutLeave(): Promise<Map<string, string[]>> {
  // Two levels below the root, as the files are.
  const folder = mkdtempSync(join(ROOT, "dist/types-"));
  try {
    for (const [name, lines] of FILES) {
      const text = lines.map((line) => line.replace(MARK, "// Refused:")).join("\n");
      writeFileSync(join(folder, name), text);
    }
    const compilerOptions = { rootDir: "../..", noEmit: true, declaration: false };
    const config = {
      extends: "../../tsconfig.json",
      compilerOptions: { ...compilerOptions, isolatedDeclarations: false },
      include: ["*.ts"],
      exclude: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const run = promisify(execFile);
    const args = [COMPILER, "-p", folder, "--pretty", "false"];
    const { stdout } = await run(process.execPath, args).catch(
      (error: { stdout: string }) => error,
    );
    const errors: Map<string, string[]> = new Map();
    for (const [, place = "", code = ""] of stdout.matchAll(
      /^\S*?([\w.]+\(\d+),\d+\): error (TS\d+):/gm,
    )) {
      const key = place.replace("(", ":");
      errors.set(key, [...(errors.get(key) ?? []), code]);
    }
    return errors;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
