// A program in a window of tmux, which is a whole terminal: what it shows is what a person would
// see. tmux tells of each change over its control mode, so nobody has to look again and again.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** For the `skip` option: false, or why there is no tmux. What CI runs installs it. */
export const noTmux: string | false =
  spawnSync("tmux", ["-V"]).status === 0 ? false : "tmux is not installed";

/** An answer of tmux, between two marks. */
interface Answer {
  readonly lines: string[];
  readonly resolve: (lines: readonly string[]) => void;
  readonly reject: (error: Error) => void;
}

let count = 0;

export class TmuxWindow {
  readonly #tmux: ChildProcess;
  readonly #answers: Answer[] = [];
  #isInAnswer = false;
  #isOver = false;
  readonly #waiting: Set<() => void> = new Set();

  constructor(columns: number, rows: number, command: readonly string[]) {
    const socket = `overlapped-${process.pid}-${count++}`;
    const line = ["-L", socket, "-f", "/dev/null", "-C", "new-session"];
    const size = ["-x", `${columns}`, "-y", `${rows}`];
    const env = { ...process.env, LC_ALL: "C.UTF-8", TMUX: "" };
    const stdio = ["pipe", "pipe", "inherit"] as const;
    this.#tmux = spawn("tmux", [...line, ...size, "--", ...command], { env, stdio: [...stdio] });
    // tmux itself answers the command that it was started with.
    this.#answers.push({ lines: [], resolve: () => {}, reject: () => {} });
    createInterface({ input: this.#tmux.stdout! }).on("line", (text) => this.#onLine(text));
    this.#tmux.on("close", () => this.#onEnd());
    // Whatever becomes of the test, nothing is left running.
    this.#command("set-option -g destroy-unattached on").catch(() => {});
  }

  /** The screen, without what is blank at the ends of rows and at the bottom. */
  async screen(): Promise<string> {
    const lines = await this.#command("capture-pane -p");
    return lines.join("\n").trimEnd();
  }

  /** Where the cursor is, from 0. */
  async cursor(): Promise<string> {
    return (await this.#command("display-message -p '#{cursor_y},#{cursor_x}'")).join();
  }

  /** Waits until it is so. */
  async shows(isSo: (screen: string, cursor: string) => boolean, what: string): Promise<void> {
    for (;;) {
      const changed = new Promise<void>((resolve) => this.#waiting.add(resolve));
      const [screen, cursor] = [await this.screen(), await this.cursor()];
      if (isSo(screen, cursor)) return;
      if (this.#isOver) throw new Error(`tmux has ended; never saw ${what}: ${screen}`);
      await changed;
    }
  }

  /** Waits until the screen is this, and the cursor there, if that is given: `row,column`. */
  is(text: string, place?: string): Promise<void> {
    const isThere = (cursor: string): boolean => place === undefined || cursor === place;
    return this.shows((screen, cursor) => screen === text && isThere(cursor), text);
  }

  /** Waits until the screen ends so. */
  ends(text: string): Promise<void> {
    return this.shows((screen) => screen.endsWith(text), text);
  }

  async type(keys: string): Promise<void> {
    const bytes = [...Buffer.from(keys)].map((byte) => byte.toString(16));
    await this.#command(`send-keys -H ${bytes.join(" ")}`);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#command(`refresh-client -C ${columns}x${rows}`);
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    const closed = once(this.#tmux, "close");
    this.#tmux.stdin!.write("kill-server\n");
    await closed;
  }

  #command(text: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) throw new Error(`tmux has ended before: ${text}`);
      this.#answers.push({ lines: [], resolve, reject });
      this.#tmux.stdin!.write(`${text}\n`);
    });
  }

  #onLine(text: string): void {
    const [first] = this.#answers;
    if (/^%(?:end|error) \d+ \d+ \d+$/.test(text) && this.#isInAnswer) {
      this.#isInAnswer = false;
      this.#answers.shift();
      if (text.startsWith("%end")) first?.resolve(first.lines);
      else first?.reject(new Error(`tmux: ${first.lines.join()}`));
    } else if (this.#isInAnswer) first?.lines.push(text);
    else if (text.startsWith("%begin ")) this.#isInAnswer = true;
    else this.#wake();
  }

  #onEnd(): void {
    this.#isOver = true;
    for (const { reject } of this.#answers.splice(0)) reject(new Error("tmux has ended"));
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
