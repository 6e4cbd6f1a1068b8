// File systems of a test's own, which need root: each is an image, or memory, that is mounted.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Mounts a file system of that kind in an image; returns why it cannot be, or null. */
export function mountImage(kind: string, path: string, byteCount: number): string | null {
  const image = `${path}.img`;
  mkdirSync(path);
  return runAll([
    ["truncate", "-s", `${byteCount}`, image],
    [`mkfs.${kind}`, "-q", image],
    ["mount", "-t", kind, "-o", "loop", image, path],
  ]);
}

/** The same in memory, of a bounded size. */
export function mountMemory(path: string, byteCount: number): string | null {
  mkdirSync(path);
  return runAll([["mount", "-t", "tmpfs", "-o", `size=${byteCount}`, "overlapped-test", path]]);
}

/** Lazily: the kernel takes a moment to drop what a process that was killed had in flight. */
export function unmount(path: string): void {
  assert.equal(spawnSync("umount", ["-l", path]).status, 0);
}

function runAll(commands: readonly (readonly string[])[]): string | null {
  for (const [command = "", ...args] of commands) {
    const { status, stderr, error } = spawnSync(command, args);
    if (status !== 0) return `cannot ${command}: ${error?.message ?? stderr.toString().trim()}`;
  }
  return null;
}
