// `overlapped cp` as a user runs it: in a process of its own, with what it prints.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** Who runs the command, if not the user who runs the tests. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
}

/** How a copy ended. */
export interface CopyEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Somebody who is not root, or the reason why nobody can be: root may read everything. */
export function findPlainUser(): User | string {
  if (process.getuid?.() !== 0) return {};
  const nobody = { uid: 65_534, gid: 65_534 };
  const child = spawnSync(process.execPath, [main, "cp", "--help"], { ...nobody, cwd: "/" });
  return child.status === 0 ? nobody : "the tests run as root, and nobody else can run the command";
}

export class CopyProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<CopyEnd>;
  readonly #waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  #err = "";

  constructor(args: readonly string[], cwd: string, user: User = {}) {
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const options = { cwd, stdio: [...stdio], ...user };
    this.#child = spawn(process.execPath, [main, "cp", ...args], options);
    let out = "";
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#onError(text));
    this.#ended = once(this.#child, "close").then(([exitCode, signal]) => {
      for (const { resolve } of this.#waiting.splice(0)) resolve();
      return { exitCode, signal, out, err: this.#err };
    });
  }

  /** What it printed to stderr so far. */
  get err(): string {
    return this.#err;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it printed the text, or ended. */
  async printed(text: string): Promise<void> {
    if (this.#err.includes(text)) return;
    await Promise.race([
      new Promise<void>((resolve) => this.#waiting.push({ text, resolve })),
      this.#ended,
    ]);
  }

  ended(): Promise<CopyEnd> {
    return this.#ended;
  }

  #onError(text: string): void {
    this.#err += text;
    const isDue = (it: { readonly text: string }): boolean => this.#err.includes(it.text);
    for (const { resolve } of this.#waiting.filter(isDue)) resolve();
  }
}

export function runCopyCommand(
  args: readonly string[],
  cwd: string,
  user?: User,
): Promise<CopyEnd> {
  return new CopyProcess(args, cwd, user).ended();
}
