/**
 * Runs one program in a process of its own, and sees what that process cannot say.
 *
 * A frozen pool or a hanging exit shows only from outside, as something that does not happen. So
 * this waits for what is expected for a bounded time, looks what holds the process, and kills it by
 * its process id.
 */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { duration, type Hazard } from "./hazard.ts";
import type { Hang, Observation } from "./judge.ts";
import { blockedReads } from "./kernel-view.ts";
import type { LibraryName } from "./library.ts";
import { type Fact, type HazardEvent, type Line, parseLine } from "./protocol.ts";

/** Long for what takes milliseconds when it works, short for who watches it hang. */
export const PATIENCE_MS = 2000;
/** For a process that has told all it has to tell. */
const END_MS = 500;
/** The start of a runtime on a slow and busy machine included. */
const BOUND_MS = 30_000;

/** Who plays: a library, and the runtime that it plays on. */
export interface Player {
  readonly library: LibraryName;
  /** The runtime's binary, and its arguments before the program. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Plays it in `directory`, which is made. What is expected has `patienceMs` to happen. */
export async function runHazard(
  hazard: Hazard,
  player: Player,
  directory: string,
  signal: AbortSignal,
  patienceMs: number = PATIENCE_MS,
): Promise<Observation> {
  furnish(directory, hazard);
  const writers = hazard.fifos.map((name) => openSync(join(directory, name), "r+"));
  try {
    const observer = new Observer(spawnPlayer(hazard, player, directory, patienceMs), patienceMs);
    return await observer.observe(signal);
  } finally {
    for (const descriptor of writers) closeSync(descriptor);
  }
}

function furnish(directory: string, { fifos, files }: Hazard): void {
  mkdirSync(directory, { recursive: true });
  const paths = fifos.map((name) => join(directory, name));
  if (paths.length > 0) execFileSync("mkfifo", paths, { stdio: ["ignore", "ignore", "pipe"] });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

function spawnPlayer(
  hazard: Hazard,
  player: Player,
  directory: string,
  patienceMs: number,
): ChildProcess {
  const child = fileURLToPath(new URL("./child.js", import.meta.url));
  // Half of ours, since a program goes on when it has waited, and we end it.
  const play = [hazard.name, player.library, directory, String(patienceMs / 2)];
  const args = [...player.args, child, ...play];
  // The programs fill the pool that a runtime has by default, whatever the user's shell says.
  const { UV_THREADPOOL_SIZE: _, ...env } = process.env;
  return spawn(player.command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, ...player.env },
  });
}

class Observer {
  readonly #child: ChildProcess;
  readonly #patienceMs: number;
  readonly #facts: Record<string, Fact> = {};
  readonly #waits: Record<string, number> = {};
  readonly #events: HazardEvent[] = [];
  #stderr = "";
  #failure: string | null = null;
  #cannot: string | null = null;
  #hang: Hang | null = null;
  #expected: (Line & { type: "expect" }) | null = null;
  #expectedAtMs = 0;
  #patience: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  /** The zero of the child's clock, on ours. */
  #zero: number = performance.now();
  #hasSpoken = false;
  #isDone = false;
  #isKilled = false;
  #exitedAtMs = 0;

  constructor(child: ChildProcess, patienceMs: number) {
    this.#child = child;
    this.#patienceMs = patienceMs;
  }

  async observe(signal: AbortSignal): Promise<Observation> {
    const child = this.#child;
    const kill = (): void => this.#kill();
    signal.addEventListener("abort", kill);
    if (signal.aborted) kill();
    const bound = setTimeout(() => {
      this.#failure = `did not end within ${duration(BOUND_MS)} and was killed`;
      kill();
    }, BOUND_MS);
    createInterface({ input: child.stdout! }).on("line", (text) => this.#hear(parseLine(text)));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    child.on("exit", () => {
      this.#exitedAtMs = this.#now();
    });
    try {
      const [code, exitSignal] = await new Promise<[number | null, string | null]>(
        (resolve, reject) => {
          child.on("error", reject);
          child.on("close", (...end) => resolve(end));
        },
      );
      return this.#observation(code, exitSignal);
    } finally {
      signal.removeEventListener("abort", kill);
      for (const timer of [bound, this.#patience, this.#end]) clearTimeout(timer);
    }
  }

  #hear(line: Line | null): void {
    if (line === null) return;
    if (!this.#hasSpoken) this.#zero = performance.now() - line.atMs;
    this.#hasSpoken = true;
    if (line.type === "fact") this.#facts[line.name] = line.value;
    if (line.type === "event") this.#events.push(line);
    if (line.type === "cannot") this.#cannot = line.text;
    if (line.type === "expect") this.#expect(line);
    if (line.type === "met") this.#meet(line.atMs);
    if (line.type === "done") this.#isDone = true;
    if (line.type === "failure") this.#failure = line.text;
    // Whatever it left behind may hold it.
    if (line.type === "done" || line.type === "failure") {
      this.#end = setTimeout(() => this.#kill(), END_MS);
    }
  }

  #expect(line: Line & { type: "expect" }): void {
    this.#expected = line;
    this.#expectedAtMs = line.isEnd ? this.#now() : line.atMs;
    this.#patience = setTimeout(() => this.#giveUp(line.text), this.#patienceMs);
  }

  #meet(atMs: number): void {
    if (this.#expected !== null) this.#waits[this.#expected.text] = atMs - this.#expectedAtMs;
    this.#expected = null;
    clearTimeout(this.#patience);
  }

  #giveUp(text: string): void {
    const threads = blockedReads(this.#child.pid)?.length ?? null;
    this.#hang = { text, patienceMs: this.#patienceMs, threads };
    this.#tell("app", `nothing for ${duration(this.#patienceMs)}`);
    if (threads !== null) this.#tell("kernel", `threads that still wait in read(): ${threads}`);
    this.#kill();
  }

  #kill(): void {
    this.#isKilled = true;
    this.#child.kill("SIGKILL");
  }

  #observation(exitCode: number | null, exitSignal: string | null): Observation {
    const expected = this.#expected;
    if (expected?.isEnd && !this.#isKilled) this.#meet(this.#exitedAtMs);
    if (expected !== null) {
      const how = this.#isKilled ? "is killed" : `ends with ${exitSignal ?? `code ${exitCode}`}`;
      this.#tell("kernel", `the process ${how}`, this.#exitedAtMs);
    }
    const failure = this.#failure ?? this.#unexpected(exitCode);
    return {
      facts: this.#facts,
      waits: this.#waits,
      events: this.#events.toSorted((a, b) => a.atMs - b.atMs),
      cannot: this.#cannot,
      hang: this.#hang,
      failure: failure === null ? null : `${failure}\n${this.#stderr}`.trim(),
      exitCode,
      exitSignal,
      isKilled: this.#isKilled,
    };
  }

  /** A process that went before it had told everything, or not with success. */
  #unexpected(exitCode: number | null): string | null {
    if (this.#hang !== null) return null;
    if (!this.#hasSpoken) return `said nothing; exit code ${exitCode}`;
    if (this.#isKilled) return this.#isDone ? null : "was interrupted";
    if (exitCode !== 0) return `ended with exit code ${exitCode}`;
    if (this.#expected !== null) return `ended before ${this.#expected.text} came`;
    return null;
  }

  #now(): number {
    return Math.round((performance.now() - this.#zero) * 10) / 10;
  }

  #tell(side: HazardEvent["side"], text: string, atMs: number = this.#now()): void {
    this.#events.push({ side, atMs, text });
  }
}
