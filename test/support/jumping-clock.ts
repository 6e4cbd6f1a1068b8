// The environment of a process whose wall clock jumps by days: jumping-clock.c.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../../test/support/jumping-clock.c", import.meta.url));

interface JumpingClock {
  readonly env: Readonly<Record<"LD_PRELOAD", string>>;
  /** For the `skip` option: false, or why the clock cannot be had here. */
  readonly skip: string | false;
}

/** Built in `directory`. */
export function makeClockJump(directory: string): JumpingClock {
  const path = join(directory, "jumping-clock.so");
  const args = ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", path, SOURCE];
  const { status, stderr, error } = spawnSync("cc", args, { encoding: "utf8" });
  const env = { LD_PRELOAD: path };
  if (error !== undefined) return { env, skip: `no C compiler: ${error.message}` };
  if (status !== 0) throw new Error(`Cannot build the clock: ${stderr}`);
  return { env, skip: false };
}
