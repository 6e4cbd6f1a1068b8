/** Where a scene plays, in the child: its clock, its directory, and its voice to the parent. */

import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Fact, Line, Side } from "./protocol.ts";

export class Stage {
  readonly directory: string;
  #startedAt: number | null = null;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Milliseconds since the part said its first word: loading a library is no part of it. */
  now(): number {
    this.#startedAt ??= performance.now();
    return Math.round((performance.now() - this.#startedAt) * 10) / 10;
  }

  kernel(text: string): void {
    this.#event("kernel", text);
  }

  app(text: string): void {
    this.#event("app", text);
  }

  fact(name: string, value: Fact): void {
    this.#tell({ type: "fact", atMs: this.now(), name, value });
  }

  /** The parent waits from here on; what has not happened when its patience ends is a hang. */
  mark(): void {
    this.#tell({ type: "mark", atMs: this.now() });
  }

  fail(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#tell({ type: "failure", atMs: this.now(), text });
  }

  /** The writer at the other end of a FIFO: a party of its own that knows nothing of the reader. */
  writer(name: string, text: string): void {
    const descriptor = openSync(this.path(name), "r+");
    writeSync(descriptor, text);
    closeSync(descriptor);
    this.kernel(`the writer sends "${text}"`);
  }

  #event(side: Side, text: string): void {
    this.#tell({ type: "event", side, atMs: this.now(), text });
  }

  #tell(line: Line): void {
    // Synchronous: a frozen thread pool or a hanging exit must not swallow what was seen before it.
    writeSync(1, `${JSON.stringify(line)}\n`);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The code of an error, as a program matches it. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.name : String(error);
}
