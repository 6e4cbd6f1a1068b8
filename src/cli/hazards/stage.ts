/** Where a program plays: its clock, its directory, and its voice to whoever started it. */

import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { blockedReads, describeRead, eventually, readsInRings } from "./kernel-view.ts";
import type { Fact, Line, Side } from "./protocol.ts";

/** Of a longer text only the length is told. */
const SHOWN_MAX = 40;

export class Stage {
  readonly directory: string;
  /** For what may never come, before a program goes on; milliseconds. */
  readonly patienceMs: number;
  #startedAt: number | null = null;
  #isEnding = false;

  constructor(directory: string, patienceMs: number) {
    this.directory = directory;
    this.patienceMs = patienceMs;
  }

  /** The end of the process is expected. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Milliseconds since the program said its first word: loading a library is no part of it. */
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

  /** Patience runs from here on; what has not happened when it ends is a hang. */
  expect(text: string): void {
    this.#tell({ type: "expect", atMs: this.now(), text, isEnd: false });
  }

  /** What is expected is the end of the process. */
  expectEnd(text: string): void {
    this.#isEnding = true;
    this.#tell({ type: "expect", atMs: this.now(), text, isEnd: true });
  }

  met(): void {
    this.#tell({ type: "met", atMs: this.now() });
  }

  cannot(text: string): void {
    this.#tell({ type: "cannot", atMs: this.now(), text });
  }

  done(): void {
    this.#tell({ type: "done", atMs: this.now() });
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
    const what = text.length < SHOWN_MAX ? `"${text}"` : `${text.length} bytes`;
    this.kernel(`the writer sends ${what}`);
  }

  /** Gives the kernel time to get `count` reads, tells of them, and returns how many it has. */
  async held(count: number): Promise<number> {
    await eventually(() => (this.#reads() >= count ? true : null));
    const threads = blockedReads() ?? [];
    if (threads.length === 1) this.kernel(describeRead(threads[0]!));
    if (threads.length > 1) this.kernel(`${threads.length} threads wait in read()`);
    const inRings = readsInRings() ?? 0;
    const reads = inRings === 1 ? "1 read" : `${inRings} reads`;
    if (inRings > 0) this.kernel(`a ring holds ${reads}, waiting for data`);
    return threads.length + inRings;
  }

  /** Whether the system shows what threads wait in. */
  get seesKernel(): boolean {
    return blockedReads() !== null;
  }

  /** What the kernel has by now, without waiting for more. */
  holdsNow(): number {
    const count = this.#reads();
    const what = count === 1 ? "1 read" : `${count === 0 ? "no" : count} reads`;
    if (this.seesKernel) this.kernel(`holds ${what}`);
    return count;
  }

  #reads(): number {
    return (blockedReads()?.length ?? 0) + (readsInRings() ?? 0);
  }

  #event(side: Side, text: string): void {
    this.#tell({ type: "event", side, atMs: this.now(), text });
  }

  #tell(line: Line): void {
    // Synchronous: a frozen thread pool or a hanging exit must not swallow what was seen before it.
    writeSync(1, `${JSON.stringify(line)}\n`);
  }
}
