// Programs in pages and comments: compiled against the published types, and run.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { runScript } from "./children.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

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

/** The programs in a file of the repository: a page, or comments of a source. */
export function programsIn(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8").replace(/^ *\* ?/gm, (star) =>
    path.endsWith(".ts") ? "" : star,
  );
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? "");
}

/**
 * Compiles all, then runs one after the other in a process of their own; but for those that need
 * what not every machine has.
 */
export async function runPrograms(
  programs: readonly string[],
  onlyCompiled: readonly string[] = [],
): Promise<void> {
  // In dist/, so that the package finds itself by its name.
  const folder = mkdtempSync(join(ROOT, "dist/programs-"));
  try {
    for (const [at, program] of [...programs, ...onlyCompiled].entries()) {
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
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
