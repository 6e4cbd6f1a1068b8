// The lines of a file, one after the other. Blocks are cut at their last line end before they are
// decoded: no character reaches across a line end, so nothing has to be remembered but bytes.
//
//   block │ rest of a line\n line\n line\n begin of a li│
//           ──────────── batch ───────────              └── kept for the next block
//
// What was not handed out when the iteration stops is given back, to the byte: the file goes on
// with the next line.

import { bug } from "../../base/assert.ts";
import { type IoError, ownError } from "../../base/errors.ts";
import type { Handle } from "../handle.ts";
import { ignore } from "./life.ts";
import { type LinesPlan, planLines } from "./options.ts";
import { Source } from "./source.ts";

/** Lines of text, for `for await`. Leaving the loop early stops reading, as `return()` does. */
export interface LineIterator extends AsyncIterableIterator<string>, AsyncDisposable {
  /** Stops what is in flight, waits until it has ended, and closes the file. */
  return(): Promise<IteratorResult<string>>;
}

export function makeLines(handle: Handle, options: unknown): LineIterator {
  return new Lines(handle, planLines(options, handle, "lines"));
}

type Result = IteratorResult<string>;

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = new Uint8Array(0);
const BYTE_ORDER_MARK = "\ufeff";
const OVER: Result = { done: true, value: undefined };

class Lines implements LineIterator {
  readonly #source: Source;
  readonly #path: string;
  readonly #lineBytesMax: number;
  /** Lines of the batch, and how many of them were handed out. */
  #lines: string[] = [];
  #given = 0;
  /** Bytes of the source that the batch is made of. */
  #batchBytes = 0;
  /** Copies of what the first line of the next batch begins with. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  #isFirst = true;
  #isOver = false;
  #abort: IoError | null = null;
  /** Calls that wait, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(handle: Handle, plan: LinesPlan) {
    this.#source = new Source(handle, plan);
    this.#path = handle.path;
    this.#lineBytesMax = plan.lineBytesMax;
    this.#source.watch((error) => {
      this.#abort = error;
      this.#stop().catch(ignore);
    });
  }

  next(): Promise<Result> {
    if (this.#waiting === 0 && this.#given < this.#lines.length) {
      return Promise.resolve({ done: false, value: this.#take() });
    }
    this.#waiting++;
    const result = this.#turn.then(() => this.#next());
    const done = (): void => void this.#waiting--;
    this.#turn = result.then(done, done);
    return result;
  }

  async return(): Promise<Result> {
    await this.#stop();
    return OVER;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<Result> {
    try {
      while (this.#given === this.#lines.length) {
        if (this.#isOver) return this.#tellAbort();
        if (!(await this.#fill())) await this.#stop();
      }
      return { done: false, value: this.#take() };
    } catch (error) {
      await this.#stop().catch(ignore);
      throw error;
    }
  }

  /** Once: an iterator that has failed is over. */
  #tellAbort(): Result {
    const error = this.#abort;
    this.#abort = null;
    if (error !== null) throw error;
    return OVER;
  }

  #take(): string {
    return this.#lines[this.#given++] ?? bug("lines: none is left");
  }

  /** The next batch, which may be empty; false at the end. */
  async #fill(): Promise<boolean> {
    this.#endBatch();
    const isThere = await this.#source.wait();
    if (this.#isOver) return true;
    if (!isThere) return this.#fillWithLast();
    const { bytes } = this.#source;
    const end = this.#endOfBatch(bytes);
    if (end === 0) {
      this.#keep(bytes);
    } else {
      this.#lines = linesIn(this.#decode(bytes.subarray(0, end - 1)));
      this.#batchBytes = end;
    }
    return true;
  }

  #endBatch(): void {
    if (this.#lines.length === 0) return;
    this.#source.consume(this.#batchBytes);
    this.#lines = [];
    this.#given = this.#batchBytes = this.#begunBytes = 0;
    this.#begun = [];
  }

  /** A last line that has no end. */
  #fillWithLast(): boolean {
    if (this.#begunBytes === 0) return false;
    this.#lines = [this.#decode(NOTHING)];
    return true;
  }

  #keep(bytes: Uint8Array): void {
    this.#begun.push(bytes.slice());
    this.#begunBytes += bytes.byteLength;
    const isReturn = bytes.at(-1) === CR; // Perhaps of the line's end.
    this.#source.consume(bytes.byteLength);
    this.#checkLength(this.#begunBytes - (isReturn ? 1 : 0));
  }

  /** Behind the last line end, or before the first line that is too long; 0 if there is none. */
  #endOfBatch(bytes: Uint8Array): number {
    const end = bytes.lastIndexOf(LF) + 1;
    if (this.#begunBytes + end <= this.#lineBytesMax) return end;
    let from = 0;
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, from)) {
      const before = at > from ? bytes[at - 1] : this.#begun.at(-1)?.at(-1);
      const begunBytes = from === 0 ? this.#begunBytes : 0;
      const lineBytes = begunBytes + at - from - (before === CR ? 1 : 0);
      if (from > 0 && lineBytes > this.#lineBytesMax) break;
      this.#checkLength(lineBytes);
      from = at + 1;
    }
    return from;
  }

  #checkLength(lineBytes: number): void {
    if (lineBytes <= this.#lineBytesMax) return;
    const cause = new RangeError(`The line has ${lineBytes} bytes or more`);
    throw ownError("ERR_LINE_TOO_LONG", { syscall: "read", path: this.#path, cause });
  }

  #decode(bytes: Uint8Array): string {
    const text = Buffer.concat([...this.#begun, bytes]).toString();
    if (!this.#isFirst) return text;
    this.#isFirst = false;
    return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  }

  /** Gives back what was not handed out. */
  #stop(): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      if (this.#given > 0) {
        this.#source.consume(endOfLines(this.#source.bytes, this.#given));
        this.#begun = [];
      }
      this.#lines = [];
      this.#given = 0;
    }
    return this.#source.stop(this.#begun);
  }
}

/** Text without the end of its last line. */
function linesIn(text: string): string[] {
  const lines = text.split("\n");
  if (!text.includes("\r")) return lines;
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** Behind so many line ends. */
function endOfLines(bytes: Uint8Array, count: number): number {
  let end = 0;
  for (let line = 0; line < count; line++) end = bytes.indexOf(LF, end) + 1;
  return end;
}
