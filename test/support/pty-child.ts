// A process that has a pseudo-terminal as its controlling terminal, as the leader of a session. It
// talks to the test over descriptor 3, which no modes of a terminal disturb.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface PtyChildOptions {
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A shell's script that runs "$@", which is Node with the script and its arguments. */
  readonly shell?: string;
  /** A child that runs longer counts as hanging and is killed. Far above what it needs. */
  readonly boundMs?: number;
}

/** How a child ended. */
export interface PtyChildEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly isHanging: boolean;
  /** All that came over descriptor 3. */
  readonly said: string;
}

const BOUND_MS = 60_000;

export class PtyChild {
  readonly #child: ChildProcess;
  readonly #ended: Promise<PtyChildEnd>;
  readonly #waiting: Set<() => void> = new Set();
  #said = "";
  #isHanging = false;
  #hasEnded = false;

  constructor(
    follower: number,
    script: URL,
    args: readonly string[],
    { nodeFlags = [], env = {}, shell, boundMs = BOUND_MS }: PtyChildOptions,
  ) {
    const node = [process.execPath, "--enable-source-maps", ...nodeFlags];
    const line = [...node, fileURLToPath(script), ...args];
    const command = shell === undefined ? line : ["sh", "-c", shell, "sh", ...line];
    // Is no leader of a group, so setsid does not fork: the child's end is the program's.
    this.#child = spawn("setsid", ["--ctty", ...command], {
      env: { ...process.env, NODE_OPTIONS: "", ...env },
      stdio: [follower, follower, follower, "pipe"],
    });
    (this.#child.stdio[3] as Readable).setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
      this.#wake();
    });
    const bound = setTimeout(() => {
      this.#isHanging = true;
      this.#child.kill("SIGKILL");
    }, boundMs);
    this.#ended = once(this.#child, "close").then(([exitCode, signal]) => {
      clearTimeout(bound);
      this.#hasEnded = true;
      this.#wake();
      return { exitCode, signal, isHanging: this.#isHanging, said: this.#said };
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until the text came over descriptor 3; throws if the child ends before. */
  async said(text: string): Promise<string> {
    while (!this.#said.includes(text)) {
      if (this.#hasEnded) throw new Error(`It ended before "${text}"; it said: ${this.#said}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.#said;
  }

  ended(): Promise<PtyChildEnd> {
    return this.#ended;
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
