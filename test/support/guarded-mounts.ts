// File systems that a test mounts and may freeze, and that are gone in the end whatever becomes of
// it: a shell beside us waits for that end, and cleans up if we do not.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

import { mountImage, mountMemory } from "./mounts.ts";

/** Who waits for a frozen file system cannot be killed: then this is how long that lasts. */
const LIFE_SECONDS = 240;

const GUARD = `
  timeout ${LIFE_SECONDS} cat > /dev/null
  fsfreeze --unfreeze "$1" 2> /dev/null
  umount -l "$1"
`;

export class GuardedMount {
  readonly path: string;
  readonly #guard: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(path: string) {
    this.path = path;
    // Of a group of its own, lest who kills ours kills it, too.
    this.#guard = spawn("sh", ["-c", GUARD, "guard", path], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.#ended = once(this.#guard, "close");
    this.#guard.stdin!.on("error", () => {}); // It has ended: `#ended` tells.
  }

  /** In memory, of a bounded size; or why it cannot be. */
  static memory(path: string, byteCount: number): GuardedMount | string {
    return mountMemory(path, byteCount) ?? new GuardedMount(path);
  }

  /** An image of ext4; or why it cannot be. */
  static image(path: string, byteCount: number): GuardedMount | string {
    return mountImage("ext4", path, byteCount) ?? new GuardedMount(path);
  }

  /** Everything that writes to it waits from here on. Returns why it cannot be frozen, or null. */
  freeze(): string | null {
    return run("--freeze", this.path);
  }

  thaw(): string | null {
    return run("--unfreeze", this.path);
  }

  /** Thawed, if it is frozen, and unmounted. */
  async end(): Promise<void> {
    this.#guard.stdin!.end();
    await this.#ended;
  }
}

function run(option: string, path: string): string | null {
  const { status, stderr, error } = spawnSync("fsfreeze", [option, path], { encoding: "utf8" });
  return status === 0 ? null : `cannot fsfreeze: ${error?.message ?? stderr.trim()}`;
}
