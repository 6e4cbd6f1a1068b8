// Goal: what is said about `overlapped/testing` is so: every program in its page and in comments of
// its exports compiles against the published types and runs, and the page lists every fault.
// Method: the programs are taken out of the text, compiled in a folder of their own, and imported
// one after the other in a child process.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { status } from "../../../src/index.ts";
import { type FaultSet, faultsIn } from "../../../src/testing/fault-sets.ts";
import { FAULTS } from "../../../src/testing.ts";
import { runScript } from "../../support/children.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/testing.md"), "utf8");
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

/** In dist/, so that the package finds itself by its name. */
const folder = mkdtempSync(join(ROOT, "dist/programs-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS = {
  extends: "../../tsconfig.json",
  compilerOptions: {
    rootDir: ".",
    outDir: "compiled",
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    skipLibCheck: true,
  },
  include: ["*.ts"],
};

/** Some run on the real kernel. */
const noRing: string | false = status().backend === null ? `no ring: ${status().reason}` : false;

function programsIn(text: string): string[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
}

/** Text of the comments of a source file, without their stars. */
function commentsOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^ *\* ?/gm, "");
}

function sourcesOf(): string[] {
  const sources = join(ROOT, "src/testing");
  const names = readdirSync(sources).filter((name) => name.endsWith(".ts"));
  return names.map((name) => commentsOf(join(sources, name)));
}

describe("documents of overlapped/testing", () => {
  test("every program compiles and runs", { skip: noRing }, async () => {
    const programs = [PAGE, ...sourcesOf()].flatMap(programsIn);
    assert.ok(programs.length >= 10, `only ${programs.length} programs were found`);
    for (const [at, program] of programs.entries()) {
      writeFileSync(join(folder, `program-${at}.ts`), program);
    }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(OPTIONS));
    const imports = programs.map((_, at) => `await import("./compiled/program-${at}.js");\n`);
    writeFileSync(join(folder, "all.js"), `${imports.join("")}console.log("all have run");\n`);
    const run = promisify(execFile);
    await run(process.execPath, [COMPILER, "-p", folder]).catch((error: { stdout: string }) => {
      assert.fail(`a program does not compile:\n${error.stdout}`);
    });
    const all = pathToFileURL(join(folder, "all.js"));
    const { exitCode, out, err } = await runScript(all, [], { env: { NODE_TEST_CONTEXT: "" } });
    assert.equal(exitCode, 0, err + out);
    assert.match(out, /all have run/);
  });

  test("the page has every fault, what it means, and the first set that has it", () => {
    const rows = PAGE.matchAll(/^\| `(\w+)` \| ([^|]+) \| `"(\w+)"` \|$/gm);
    const listed = Array.from(rows, ([, name, meaning, set]) => [name, meaning, set]);
    const sets: readonly FaultSet[] = ["benign", "failures", "all"];
    const known = Object.entries(FAULTS).map(([name, meaning]) => {
      const has = (set: FaultSet): boolean => (faultsIn(set) as readonly string[]).includes(name);
      return [name, meaning, sets.find(has)];
    });
    assert.deepEqual(listed, known);
  });
});
