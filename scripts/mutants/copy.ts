// A private copy of the repository, in which code can be wrong without harm to anybody. What is not
// changed, packages and the built shim, is linked.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What runs, and what a changed file is built from. */
const COPIED = [
  "dist",
  "src",
  "test",
  "native",
  "binding.gyp",
  "scripts/install.mjs",
  "package.json",
  "tsconfig.json",
];

export function makeCopy(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const filter = (path: string): boolean => !/\.(?:map|d\.ts)$/.test(path);
  for (const name of COPIED) {
    if (!existsSync(join(from, name))) continue;
    cpSync(join(from, name), join(to, name), { recursive: true, filter });
  }
  for (const name of ["node_modules", "build"]) symlinkSync(join(from, name), join(to, name));
}

/**
 * Compiles one file, and checks it with all that it imports: a fifth of the work of compiling
 * everything. What the compiler says, or undefined if all is well.
 */
export function compile(copy: string, file: string): Promise<string | undefined> {
  // A mistake may leave a name unused.
  const compilerOptions = { noUnusedLocals: false, sourceMap: false };
  const config = { extends: "./tsconfig.json", compilerOptions, include: [], files: [file] };
  const project = join(copy, "tsconfig.mutant.json");
  writeFileSync(project, JSON.stringify(config));
  const compiler = join(copy, "node_modules", "typescript", "bin", "tsc");
  return complaintOf(copy, [compiler, "-p", project]);
}

/** Builds the shim in the copy, instead of the link to the one that was built. */
export function buildShim(copy: string): Promise<string | undefined> {
  rmSync(join(copy, "build"));
  return complaintOf(copy, [join(copy, "scripts", "install.mjs"), "--must"]);
}

function complaintOf(cwd: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? undefined : said.trim()));
  });
}
