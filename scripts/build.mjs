// Compiles everything to dist/, first removing outputs whose source is gone, so that no deleted
// test or module lives on there. Plain JavaScript because it runs before anything is compiled.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");

function removeStale() {
  if (!existsSync(dist)) return;
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const match = /^(.+?)(\.js|\.js\.map|\.d\.ts)$/.exec(entry.name);
    if (match === null || !entry.isFile()) continue;
    const folder = entry.parentPath;
    const source = join(root, relative(dist, folder), `${match[1]}.ts`);
    if (!existsSync(source)) rmSync(join(folder, entry.name), { force: true });
  }
}

if (existsSync(compiler)) {
  removeStale();
  const result = spawnSync(process.execPath, [compiler, "-p", root], { stdio: "inherit" });
  process.exitCode = result.status ?? 1;
} else {
  console.error("Cannot build: TypeScript is not installed, run `npm ci` without --omit=dev");
  process.exitCode = 1;
}
