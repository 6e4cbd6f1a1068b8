// Scripts in processes of their own, which may crash or hang without harm to the test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A child that runs longer counts as hanging and is killed. Far above what it needs. */
  readonly boundMs?: number;
  /** Told of each whole line of its output, as it comes. */
  readonly onLine?: (line: string) => void;
}

/** How a child ended. */
export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly isHanging: boolean;
  readonly out: string;
  readonly err: string;
}

const BOUND_MS = 60_000;

/** Runs a compiled script; see `ChildScript` to talk to it while it runs. */
export function runScript(
  script: URL,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<ChildEnd> {
  return new ChildScript(script, args, options).ended();
}

export class ChildScript {
  readonly #child: ChildProcess;
  readonly #ended: Promise<ChildEnd>;
  readonly #waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  #out = "";
  #err = "";
  #isHanging = false;
  readonly #onLine: ((line: string) => void) | undefined;
  #lineStart = 0;

  constructor(script: URL, args: readonly string[], options: ChildOptions = {}) {
    const { nodeFlags = [], env = {}, boundMs = BOUND_MS } = options;
    this.#onLine = options.onLine;
    const line = ["--enable-source-maps", ...nodeFlags, fileURLToPath(script), ...args];
    this.#child = spawn(process.execPath, line, {
      env: { ...process.env, NODE_OPTIONS: "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => this.#onOutput(text));
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#err += text;
    });
    const bound = setTimeout(() => {
      this.#isHanging = true;
      this.#child.kill("SIGKILL");
    }, boundMs);
    this.#ended = once(this.#child, "close").then(([exitCode, signal]) => {
      clearTimeout(bound);
      for (const { resolve } of this.#waiting.splice(0)) resolve();
      const [isHanging, out, err] = [this.#isHanging, this.#out, this.#err];
      return { exitCode, signal, isHanging, out, err };
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it printed the text, or ended. */
  async printed(text: string): Promise<void> {
    if (this.#out.includes(text)) return;
    const printed = new Promise<void>((resolve) => this.#waiting.push({ text, resolve }));
    await Promise.race([printed, this.#ended]);
  }

  ended(): Promise<ChildEnd> {
    return this.#ended;
  }

  #onOutput(text: string): void {
    this.#out += text;
    if (this.#onLine !== undefined) this.#tellLines(this.#onLine);
    const due = this.#waiting.filter((it) => this.#out.includes(it.text));
    for (const { resolve } of due) resolve();
  }

  #tellLines(tell: (line: string) => void): void {
    for (;;) {
      const end = this.#out.indexOf("\n", this.#lineStart);
      if (end < 0) return;
      tell(this.#out.slice(this.#lineStart, end));
      this.#lineStart = end + 1;
    }
  }
}
