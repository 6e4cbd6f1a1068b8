// Node binaries to measure: the one that runs this, and others by path, from the cache, or fetched
// from npm, where plain binaries are published as node-PLATFORM-ARCH.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Options } from "./options.ts";

export interface Runtime {
  /** Such as "node24". */
  readonly name: string;
  readonly major: number;
  readonly version: string;
  readonly path: string;
}

/** The targets name these, so their absence is worth a word. */
const EXPECTED_MAJORS = [20, 24];

function describeRuntime(path: string): Runtime {
  const version = execFileSync(path, ["-p", "process.versions.node"], { encoding: "utf8" }).trim();
  const major = Number(version.split(".")[0]);
  return { name: `node${major}`, major, version, path };
}

function cacheFolder(packageRoot: string, major: number): string {
  return join(packageRoot, "node_modules", ".cache", "overlapped-bench", `node${major}`);
}

function cachedBinary(packageRoot: string, major: number): string {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const binary = platform === "win" ? "node.exe" : "node";
  return join(cacheFolder(packageRoot, major), "node_modules", name, "bin", binary);
}

/** Installs into a folder with a manifest of its own, so that the package's stays as it is. */
function fetchBinary(packageRoot: string, major: number): string {
  const folder = cacheFolder(packageRoot, major);
  const binary = cachedBinary(packageRoot, major);
  if (existsSync(binary)) return binary;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const spec = `node-${platform}-${process.arch}@${major}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  execFileSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", spec], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  return binary;
}

function locate(options: Options, packageRoot: string, major: number): string | null {
  const given = options.nodePaths.get(major);
  if (given !== undefined) return given;
  if (options.fetchMajors.includes(major)) return fetchBinary(packageRoot, major);
  const cached = cachedBinary(packageRoot, major);
  return existsSync(cached) ? cached : null;
}

/** Finds what there is and says what is missing: a run with fewer peers is still a run. */
export function findRuntimes(
  options: Options,
  packageRoot: string,
  say: (line: string) => void,
): Runtime[] {
  const found = [describeRuntime(process.execPath)];
  const majors = new Set([...options.nodePaths.keys(), ...options.fetchMajors, 20, 22, 24, 26]);
  for (const major of majors) {
    try {
      const path = locate(options, packageRoot, major);
      if (path === null) continue;
      const runtime = describeRuntime(path);
      if (found.every((other) => other.major !== runtime.major)) found.push(runtime);
    } catch (error) {
      say(`Node ${major} left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const major of EXPECTED_MAJORS) {
    if (found.some((runtime) => runtime.major === major)) continue;
    say(`Node ${major} left out: no binary; give --node${major} PATH or --fetch ${major}`);
  }
  return found.sort((left, right) => left.major - right.major);
}
