// `overlapped cp` as a user runs it: in a process of its own, with what it prints.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const MAIN: string = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** Who runs the command, if not the user who runs the tests; and what the environment has more. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a copy ended. */
export interface CopyEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A line of --json. */
export interface Line {
  readonly event: "progress" | "entry" | "error" | "summary";
  readonly [field: string]: unknown;
}

/** Somebody who is not root, or the reason why nobody can be: root may read everything. */
export function findPlainUser(): User | string {
  if (process.getuid?.() !== 0) return {};
  const nobody = { uid: 65_534, gid: 65_534 };
  const child = spawnSync(process.execPath, [MAIN, "cp", "--help"], { ...nobody, cwd: "/" });
  return child.status === 0 ? nobody : "the tests run as root, and nobody else can run the command";
}

export class CopyProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<CopyEnd>;
  readonly #waiting: { readonly isDue: () => boolean; readonly resolve: () => void }[] = [];
  #out = "";
  #err = "";

  constructor(args: readonly string[], cwd: string, user: User = {}) {
    const options = { cwd, ...user, env: { ...process.env, ...user.env } };
    this.#child = spawn(process.execPath, [MAIN, "cp", ...args], {
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.#out += text;
      this.#wake();
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#err += text;
      this.#wake();
    });
    this.#ended = once(this.#child, "close").then(([exitCode, signal]) => {
      for (const { resolve } of this.#waiting.splice(0)) resolve();
      return { exitCode, signal, out: this.#out, err: this.#err };
    });
  }

  /** What it printed so far. */
  get text(): string {
    return `${this.#out}${this.#err}`;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Reads no more of what it prints to stdout: whoever did has gone. */
  hangUp(): void {
    this.#child.stdout!.destroy();
  }

  /** Waits until it printed the text, so many times, or ended. */
  async printed(text: string, times = 1): Promise<void> {
    const isDue = (): boolean => this.text.split(text).length > times;
    if (isDue()) return;
    await Promise.race([
      new Promise<void>((resolve) => this.#waiting.push({ isDue, resolve })),
      this.#ended,
    ]);
  }

  ended(): Promise<CopyEnd> {
    return this.#ended;
  }

  #wake(): void {
    for (const { isDue, resolve } of this.#waiting) if (isDue()) resolve();
  }
}

export function runCopyCommand(
  args: readonly string[],
  cwd: string,
  user?: User,
): Promise<CopyEnd> {
  return new CopyProcess(args, cwd, user).ended();
}

/** The lines of --json; throws at the first that is none. */
export function linesOf({ out }: CopyEnd): Line[] {
  if (!out.endsWith("\n")) throw new Error(`the last line does not end: ${out.slice(-200)}`);
  const lines = out.slice(0, -1).split("\n");
  return lines.map((line) => JSON.parse(line) as Line);
}

/** The last line of --json. */
export function summaryOf(end: CopyEnd): Line {
  const last = linesOf(end).at(-1);
  if (last?.event !== "summary") throw new Error(`no summary: ${end.out}${end.err}`);
  return last;
}
