// Programs that are denied what containers and administrators deny: denied.c starts them.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../../test/support/denied.c", import.meta.url));
const CANNOT = 125;
const TIME_MS_MAX = 240_000;

export interface DeniedEnd {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

export class Launcher {
  readonly path: string;
  /** For the `skip` option: false, or why nothing can be denied here. */
  readonly skip: string | false;

  /** Built in `directory`. */
  constructor(directory: string) {
    this.path = join(directory, "denied");
    this.skip = this.#build() ?? this.#try();
  }

  /** Runs this Node with `args`, denied by `options`. */
  run(options: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv = {}): DeniedEnd {
    const { status, stdout, stderr } = spawnSync(
      this.path,
      [...options, "--", process.execPath, ...args],
      {
        encoding: "utf8",
        // What the runner of this test tells its own children is none of theirs.
        env: { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: undefined, ...env },
        timeout: TIME_MS_MAX,
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    return { exitCode: status, out: stdout, err: stderr };
  }

  #build(): string | null {
    const args = ["-Wall", "-Wextra", "-Werror", "-O1", "-o", this.path, SOURCE];
    const { status, stderr, error } = spawnSync("cc", args, { encoding: "utf8" });
    if (error !== undefined) return `no C compiler: ${error.message}`;
    if (status !== 0) throw new Error(`Cannot build the launcher: ${stderr}`);
    return null;
  }

  #try(): string | false {
    const { exitCode, err } = this.run(["--deny", "setup=EPERM"], ["--version"]);
    return exitCode === CANNOT ? err.trim() : false;
  }
}
