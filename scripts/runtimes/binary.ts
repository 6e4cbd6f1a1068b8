// Runtimes as binaries from npm, where plain ones are published: Node as node-PLATFORM-ARCH, Bun
// and Deno likewise. Nothing of a package is run while it is installed.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A package of npm that is a binary. */
export interface BinaryPackage {
  /** Folder in the cache, such as "node24". */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** In the package. */
  readonly path: string;
}

const CACHE = join("node_modules", ".cache", "overlapped-runtimes");
const { platform, arch } = process;
const isWindows = platform === "win32";
const exe = isWindows ? ".exe" : "";

export function nodePackage(major: number): BinaryPackage {
  const name = `node-${isWindows ? "win" : platform}-${arch}`;
  return { folder: `node${major}`, name, version: `${major}`, path: join("bin", `node${exe}`) };
}

export function bunPackage(): BinaryPackage {
  const system = isWindows ? "windows" : platform;
  const name = `@oven/bun-${system}-${arch === "arm64" ? "aarch64" : arch}`;
  return { folder: "bun", name, version: "latest", path: join("bin", `bun${exe}`) };
}

export function denoPackage(): BinaryPackage {
  const name = `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
  return { folder: "deno", name, version: "latest", path: `deno${exe}` };
}

/** Where it is once it was fetched. */
export function cachedBinary(root: string, { folder, name, path }: BinaryPackage): string {
  return join(root, CACHE, folder, "node_modules", name, path);
}

/** Installs into a folder with a manifest of its own, so that the package's stays as it is. */
export function fetchBinary(root: string, wanted: BinaryPackage): string {
  const binary = cachedBinary(root, wanted);
  if (existsSync(binary)) return binary;
  const cwd = join(root, CACHE, wanted.folder);
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, "package.json"), '{ "private": true }\n');
  const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  execFileSync("npm", ["install", ...flags, `${wanted.name}@${wanted.version}`], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
    shell: isWindows,
  });
  return binary;
}
