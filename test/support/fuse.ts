// A file system whose server hangs, fails and comes back as a test tells it: fuse-server.c.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../../../test/support/fuse-server.c", import.meta.url));

/** How fuse-server.c ends then. */
const CANNOT_MOUNT = 125;

interface Expectation {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Calls of the kernel's protocol, as fuse-server.c names them. */
export type FuseCall =
  | "lookup"
  | "getattr"
  | "setattr"
  | "open"
  | "create"
  | "read"
  | "write"
  | "fsync"
  | "flush"
  | "release"
  | "unlink"
  | "rename"
  | "opendir"
  | "readdir"
  | "statfs"
  | "fallocate";

export type FuseRule = "pass" | "hold" | "last" | `error ${number}` | `short ${number}`;

/** Builds the server; its path, or why it cannot be built here. */
export function buildFuseServer(directory: string): { path: string; skip: string | false } {
  const path = join(directory, "fuse-server");
  const args = ["-Wall", "-Wextra", "-Werror", "-O1", "-o", path, SOURCE];
  const { status, stderr, error } = spawnSync("cc", args, { encoding: "utf8" });
  if (error !== undefined) return { path, skip: `no C compiler: ${error.message}` };
  if (status !== 0) throw new Error(`Cannot build the server: ${stderr}`);
  return { path, skip: false };
}

export class FuseServer {
  readonly directory: string;
  readonly #child: ChildProcess;
  readonly #asked: Map<string, number> = new Map();
  readonly #expectations: Set<Expectation> = new Set();
  #doneCount = 0;
  #commandCount = 0;
  #isMounted = false;
  /** Why, when it has ended. */
  #end: Error | null = null;
  readonly #ended: Promise<void>;

  private constructor(server: string, directory: string) {
    mkdirSync(directory, { recursive: true });
    this.directory = directory;
    // Of a group of its own: who kills ours leaves it the time to unmount.
    this.#child = spawn(server, [directory], { stdio: ["pipe", "pipe", "pipe"], detached: true });
    let reason = "";
    this.#child.stderr!.on("data", (data) => {
      reason += data;
    });
    this.#child.stdin!.on("error", () => {}); // It has ended: `#ended` tells.
    createInterface(this.#child.stdout!).on("line", (line) => this.#hear(line));
    this.#ended = once(this.#child, "close").then(() => {
      this.#end = new Error(reason.trim() || "the server ended");
      for (const { reject } of this.#expectations) reject(this.#end);
    });
  }

  /** False, or why nothing can be mounted here. Any other failure throws. */
  static async refusal(server: string, directory: string): Promise<string | false> {
    const started = new FuseServer(server, directory);
    const mounted = started.#until(() => started.#isMounted);
    try {
      await mounted;
    } catch (error) {
      if (started.#child.exitCode !== CANNOT_MOUNT) throw error;
      return (error as Error).message;
    }
    await started.stop();
    return false;
  }

  static async start(server: string, directory: string): Promise<FuseServer> {
    const started = new FuseServer(server, directory);
    await started.#until(() => started.#isMounted);
    return started;
  }

  /** Sends a command, and waits until it is obeyed. */
  async tell(command: string): Promise<void> {
    const number = ++this.#commandCount;
    this.#child.stdin!.write(`${command}\n`);
    await this.#until(() => this.#doneCount >= number);
  }

  rule(call: FuseCall | "all", rule: FuseRule): Promise<void> {
    return this.tell(`rule ${call} ${rule}`);
  }

  /** The server is back: nothing is held any more, and what was is answered. */
  async comeBack(): Promise<void> {
    await this.rule("all", "pass");
    await this.tell("listen");
    await this.tell("release");
  }

  /** How many requests of a kind have come so far. */
  countOf(call: FuseCall): number {
    return this.#asked.get(call) ?? 0;
  }

  /** Waits until so many requests of a kind have come in all. */
  asked(call: FuseCall, count = 1): Promise<void> {
    return this.#until(() => this.countOf(call) >= count);
  }

  /** Unmounts, and ends: whatever waits for it fails then. Never throws. */
  async stop(): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended;
    // Only if the server was killed is there anything left.
    spawnSync("umount", ["-l", this.directory]);
  }

  #hear(line: string): void {
    const [word = "", call = ""] = line.split(" ");
    if (word === "asked") this.#asked.set(call, (this.#asked.get(call) ?? 0) + 1);
    else if (word === "done") this.#doneCount++;
    else if (word === "mounted") this.#isMounted = true;
    for (const each of this.#expectations) {
      if (!each.isMet()) continue;
      this.#expectations.delete(each);
      each.resolve();
    }
  }

  #until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    if (this.#end !== null) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      this.#expectations.add({ isMet, resolve, reject });
    });
  }
}
