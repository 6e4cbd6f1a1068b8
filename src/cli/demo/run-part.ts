/**
 * The parent's side: runs one part in a process of its own, and sees what that process cannot say.
 *
 * A frozen pool or a hanging exit shows only from outside, as something that does not happen. So
 * the parent waits for a bounded time, then lets one byte into a FIFO: what comes only then was
 * waiting for that read. The child is killed, by its process id, if even that does not end it.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { blockedReads } from "./kernel-view.ts";
import {
  type DemoEvent,
  type Fact,
  type LibraryName,
  type Line,
  PLAY_ARGUMENT,
  parseLine,
} from "./protocol.ts";
import type { Part, PartOutcome } from "./scene.ts";

/** Long for what takes milliseconds when it works, short for who watches it hang. */
const PATIENCE_MS = 1500;
/** Between the byte that releases one read and the end of file that releases all. */
const RELEASE_STEP_MS = 100;
/** A part that threw may have left a read behind that holds its process. */
const FAILURE_STEP_MS = 500;
/** Node's start on a slow and busy machine included. */
const BOUND_MS = 20_000;

export interface PartRun {
  readonly sceneNumber: number;
  readonly partIndex: number;
  readonly part: Part;
  readonly library: LibraryName;
  readonly directory: string;
  readonly signal: AbortSignal;
}

export async function runPart(run: PartRun): Promise<PartOutcome> {
  const writers = run.part.fifos.map((name) => openSync(join(run.directory, name), "r+"));
  try {
    return await new PartObserver(run, writers).done;
  } finally {
    for (const descriptor of writers) closeSync(descriptor);
  }
}

class PartObserver {
  readonly done: Promise<PartOutcome>;
  readonly #child: ChildProcess;
  readonly #writers: number[];
  readonly #facts: Record<string, Fact> = {};
  readonly #events: DemoEvent[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #stderr = "";
  #failure: string | null = null;
  /** The child's clock zero on the parent's clock. */
  #zero: number = performance.now();
  #heard = false;
  #exitedAt = 0;
  #markedAtMs: number | null = null;
  #releasedAtMs: number | null = null;

  constructor(run: PartRun, writers: number[]) {
    this.#writers = writers;
    this.#child = spawnPlayer(run);
    this.done = this.#observe(run.signal);
  }

  #observe(signal: AbortSignal): Promise<PartOutcome> {
    const child = this.#child;
    const kill = (): void => {
      child.kill("SIGKILL");
    };
    signal.addEventListener("abort", kill);
    if (signal.aborted) kill();
    this.#after(BOUND_MS, () => {
      this.#failure = `did not end within ${BOUND_MS} ms and was killed`;
      kill();
    });
    createInterface({ input: child.stdout! }).on("line", (text) => this.#hear(parseLine(text)));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    child.on("exit", () => {
      this.#exitedAt = performance.now();
    });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, exitSignal) => {
        signal.removeEventListener("abort", kill);
        for (const timer of this.#timers) clearTimeout(timer);
        resolve(this.#outcome(code, exitSignal));
      });
    });
  }

  #hear(line: Line | null): void {
    if (line === null) return;
    if (!this.#heard) this.#zero = performance.now() - line.atMs;
    this.#heard = true;
    if (line.type === "fact") this.#facts[line.name] = line.value;
    if (line.type === "event") this.#events.push(line);
    if (line.type === "failure") {
      this.#failure = line.text;
      this.#after(FAILURE_STEP_MS, () => this.#child.kill("SIGKILL"));
    }
    if (line.type === "mark") {
      this.#markedAtMs = line.atMs;
      this.#after(PATIENCE_MS, () => this.#release());
    }
  }

  #release(): void {
    this.#releasedAtMs = this.#now();
    const held = blockedReads(this.#child.pid)?.length ?? 0;
    if (held > 0) this.#tell("kernel", `threads that still wait in read(): ${held}`);
    this.#tell("app", `nothing for ${PATIENCE_MS} ms`);
    this.#tell("kernel", "the writer sends one byte: one read ends");
    writeSync(this.#writers[0]!, "x");
    this.#after(RELEASE_STEP_MS, () => {
      for (const descriptor of this.#writers.splice(0)) closeSync(descriptor);
    });
  }

  #outcome(exitCode: number | null, exitSignal: string | null): PartOutcome {
    const exitedAtMs = this.#now(this.#exitedAt);
    if (this.#markedAtMs !== null) {
      const how = exitCode === null ? `by ${exitSignal}` : `with exit code ${exitCode}`;
      this.#tell("kernel", `the process ends ${how}`, exitedAtMs);
    }
    const silent = this.#heard ? null : `said nothing; exit ${exitCode ?? exitSignal}`;
    const crashed = exitSignal === null ? null : `ended by ${exitSignal}`;
    const failure = this.#failure ?? silent ?? crashed;
    return {
      facts: this.#facts,
      events: this.#events.toSorted((a, b) => a.atMs - b.atMs),
      failure: failure === null ? null : `${failure}\n${this.#stderr}`.trim(),
      exitCode,
      exitSignal,
      markedAtMs: this.#markedAtMs,
      exitedAtMs,
      releasedAtMs: this.#releasedAtMs,
      patienceMs: PATIENCE_MS,
    };
  }

  #now(at: number = performance.now()): number {
    return Math.round((at - this.#zero) * 10) / 10;
  }

  #tell(side: DemoEvent["side"], text: string, atMs: number = this.#now()): void {
    this.#events.push({ side, atMs, text });
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms));
  }
}

function spawnPlayer(run: PartRun): ChildProcess {
  const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));
  const args = [PLAY_ARGUMENT, run.sceneNumber, run.partIndex, run.library, run.directory];
  return spawn(process.execPath, [main, ...args.map(String)], {
    stdio: ["ignore", "pipe", "pipe"],
    // Node's default, said aloud: the scenes fill the pool, whatever the user's shell sets.
    env: { ...process.env, UV_THREADPOOL_SIZE: "4" },
  });
}
