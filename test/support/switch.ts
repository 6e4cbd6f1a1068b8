// A switch of the whole machine, such as a sysctl: set for a while, and set back whatever ends this
// process, SIGKILL included, since another process waits for its end.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";

/** Reads until nobody can write any more. */
const GUARD = 'cat > /dev/null; printf %s "$1" > "$2"';

export class Switch {
  readonly #path: string;
  readonly #before: string;
  readonly #guard: ChildProcess;

  /** Guarded from here on. */
  constructor(path: string) {
    this.#path = path;
    this.#before = readFileSync(path, "utf8");
    // In a group of its own, lest a signal from the terminal ends it, too.
    this.#guard = spawn("sh", ["-c", GUARD, "sh", this.#before.trim(), path], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
  }

  set(value: string): void {
    writeFileSync(this.#path, value);
  }

  /** Sets it back, here and now; its value then. */
  async restore(): Promise<string> {
    this.set(this.#before.trim());
    const ended = once(this.#guard, "close");
    this.#guard.stdin?.end();
    await ended;
    return readFileSync(this.#path, "utf8");
  }

  get before(): string {
    return this.#before;
  }
}

/** Why it cannot be set; null if it can. */
export function whyNotSet(path: string): string | null {
  try {
    writeFileSync(path, readFileSync(path, "utf8").trim());
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
