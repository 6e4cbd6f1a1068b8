// Pseudo-terminals for tests: the test holds the controller, as a terminal program does, and what
// is tested has the follower.

import { closeSync, constants, openSync, writeSync } from "node:fs";
import { after } from "node:test";
import { ReadStream } from "node:tty";
import { type Addon, loadAddon } from "../../src/kernel/addon.ts";
import { loadTerminals, type Terminals } from "../../src/kernel/terminal.ts";
import { MODES_WORDS } from "../../src/kernel/terminal-abi.ts";
import { PtyChild, type PtyChildOptions } from "./pty-child.ts";

/** For the `skip` option: false, or why there are no terminals. */
export const noTerminals: string | false = loadTerminals().reason ?? false;

/** One pseudo-terminal. What is left open is closed after the tests of the file. */
export class TestPty {
  /** The controller's descriptor. Node reads it as soon as `shown` is called, and not before. */
  readonly controller: number;
  /** The path of the follower, which is the terminal. */
  readonly path: string;
  readonly #terminals: Terminals = loadTerminals().terminals as Terminals;
  /** Keeps the terminal and its modes when nobody else has it open. */
  #follower = -1;
  #reader: ReadStream | null = null;
  #text = "";
  readonly #waiting: Set<() => void> = new Set();
  /** Nothing more is shown: it was closed, or everybody has closed the terminal. */
  #isOver = false;
  #isClosed = false;

  constructor() {
    const opened = this.#terminals.openPty();
    if (typeof opened === "number") throw new Error(`No pty: errno ${-opened}`);
    this.controller = opened.controller;
    this.path = opened.follower;
    // Node's from here on, which closes it.
    new Uint32Array((loadAddon().addon as Addon).descriptors)[this.controller] = 0;
    this.#follower = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY);
    after(() => this.hangUp());
  }

  /** A descriptor of the terminal; the test's own, which is not to be closed. */
  get follower(): number {
    return this.#follower;
  }

  /** The modes as they are now: 26 numbers, in the order of `terminal-abi.ts`. */
  modes(): number[] {
    const words = new Uint32Array(MODES_WORDS);
    const answer = this.#terminals.getModes(this.#follower, words);
    if (answer < 0) throw new Error(`No modes: errno ${-answer}`);
    return [...words];
  }

  /** As a person would. */
  type(text: string | Uint8Array): void {
    const bytes = Buffer.from(text);
    const count = writeSync(this.controller, bytes);
    if (count !== bytes.length) throw new Error(`The terminal took ${count} bytes only`);
  }

  /** Waits until the text is on the screen, behind what an earlier call has found. */
  async shown(text: string): Promise<string> {
    this.#reader ??= this.#startReading();
    while (!this.#text.includes(text)) {
      if (this.#isOver) throw new Error(`Closed before ${text}; there was: ${this.#text}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    const end = this.#text.indexOf(text) + text.length;
    const found = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return found;
  }

  /** Tells the processes in the foreground (SIGWINCH). */
  resize(rows: number, columns: number): void {
    const answer = this.#terminals.setSize(this.controller, rows, columns);
    if (answer < 0) throw new Error(`No new size: errno ${-answer}`);
  }

  /** Runs a script with this as its controlling terminal. */
  run(script: URL, args: readonly string[], options: PtyChildOptions = {}): PtyChild {
    return new PtyChild(this.#follower, script, args, options);
  }

  /** From here on a read of the controller ends (EIO) once nobody has the terminal open. */
  closeFollower(): void {
    if (this.#follower !== -1) closeSync(this.#follower);
    this.#follower = -1;
  }

  /** Closes the controller: the terminal is gone, and its session is told (SIGHUP). */
  hangUp(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#reader === null) closeSync(this.controller);
    else this.#reader.destroy();
    this.closeFollower();
    this.#end();
  }

  #startReading(): ReadStream {
    const reader = new ReadStream(this.controller);
    reader.setEncoding("utf8");
    reader.on("data", (text: string) => {
      this.#text += text;
      this.#wake();
    });
    // EIO: everybody has closed the terminal.
    reader.on("error", () => this.#end());
    return reader;
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
