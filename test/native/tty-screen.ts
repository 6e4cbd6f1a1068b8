// A terminal program, as small as can be: it types, and knows what the screen looks like.

import { type Io, IoBuffer, openPty, openTty, type Tty } from "../../src/index.ts";

const SEQUENCE = /^\x1b\[(\d*)([A-Za-z])/;
const UNFINISHED = /^\x1b(?:\[\d*)?$/;
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uff00-\uff60]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{Mark}/u;
const TAB = 8;

/** Rows of characters; of one that is two columns wide, the second is empty. */
export class Screen {
  columns: number;
  readonly rows: number;
  #cells: string[][] = [[]];
  #row = 0;
  #column = 0;
  #rest = "";

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
  }

  /** What it shows, without what is blank at the ends of rows and at the bottom. */
  get text(): string {
    const lines = this.#cells.map((cells) => Array.from(cells, (cell) => cell ?? " ").join(""));
    return lines
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  }

  /** Where the cursor is, from 0. */
  get cursor(): readonly [row: number, column: number] {
    return [this.#row, this.#column];
  }

  write(text: string): void {
    let left = this.#rest + text;
    while (left !== "" && !UNFINISHED.test(left)) {
      const [sequence, count, letter] = SEQUENCE.exec(left) ?? [];
      const [character = ""] = left;
      if (sequence !== undefined) this.#command(letter ?? "", count ?? "");
      else this.#put(character);
      left = left.slice((sequence ?? character).length);
    }
    this.#rest = left;
  }

  #command(letter: string, digits: string): void {
    const count = digits === "" ? 1 : Number(digits);
    if (letter === "A") this.#row = Math.max(0, this.#row - count);
    else if (letter === "B") this.#row = Math.min(this.rows - 1, this.#row + count);
    else if (letter === "C") this.#column = Math.min(this.columns - 1, this.#column + count);
    else if (letter === "D") this.#column = Math.max(0, this.#column - count);
    else if (letter === "G") this.#column = count - 1;
    else if (letter === "H") this.#row = this.#column = 0;
    else if (letter === "J") this.#eraseBehind();
    else if (letter === "K") this.#cut();
    else if (letter !== "m") throw new Error(`The screen does not know ${digits}${letter}`);
  }

  #put(character: string): void {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#down();
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character === "\t") this.#column += TAB - (this.#column % TAB);
    else if (character === "\x07") return;
    else if (COMBINING.test(character)) this.#combine(character);
    else this.#show(character, WIDE.test(character) ? 2 : 1);
  }

  #show(character: string, width: number): void {
    // A full row is left only with the next character, as terminals do.
    if (this.#column + width > this.columns) {
      this.#column = 0;
      this.#down();
    }
    const cells = this.#line();
    cells[this.#column] = character;
    if (width === 2) cells[this.#column + 1] = "";
    this.#column += width;
  }

  #combine(mark: string): void {
    const cells = this.#line();
    const at = cells[this.#column - 1] === "" ? this.#column - 2 : this.#column - 1;
    cells[at] += mark;
  }

  #down(): void {
    if (this.#row < this.rows - 1) this.#row++;
    else this.#cells.shift();
    this.#line();
  }

  #line(): string[] {
    while (this.#cells.length <= this.#row) this.#cells.push([]);
    return this.#cells[this.#row]!;
  }

  #cut(): void {
    this.#line().length = Math.min(this.#line().length, this.#column);
  }

  #eraseBehind(): void {
    this.#cut();
    this.#cells.length = this.#row + 1;
  }
}

/** Somebody at a terminal. */
export class Person {
  readonly tty: Tty;
  readonly screen: Screen;
  readonly #controller: Tty;
  readonly #waiting: Set<() => void> = new Set();
  #seen = "";
  #isOver = false;

  constructor(controller: Tty, tty: Tty, screen: Screen) {
    this.#controller = controller;
    this.tty = tty;
    this.screen = screen;
    void this.#look();
  }

  /** All that was ever written to the screen. */
  get seen(): string {
    return this.#seen;
  }

  async type(keys: string | Uint8Array): Promise<void> {
    await this.#controller.writeAll(typeof keys === "string" ? keys : new Uint8Array(keys));
  }

  /** Waits until the screen has the text. */
  sees(text: string): Promise<void> {
    return this.seesThat(() => this.screen.text.includes(text), text);
  }

  async seesThat(isSo: () => boolean, what: string): Promise<void> {
    while (!isSo()) {
      if (this.#isOver) throw new Error(`Never saw ${what}; the screen is: ${this.screen.text}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Waits until somebody has read all that was typed. */
  async isRead(): Promise<void> {
    while (this.tty.waiting().input > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  resize(rows: number, columns: number): void {
    this.screen.columns = columns;
    this.#controller.setSize(rows, columns);
  }

  async hangUp(): Promise<void> {
    await this.#controller.close();
  }

  async leave(): Promise<void> {
    await this.tty.close();
    await this.hangUp();
  }

  async #look(): Promise<void> {
    const buffer = new IoBuffer(4096);
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const count = await this.#controller.read(buffer);
        const text = decoder.decode(buffer.bytes.subarray(0, count), { stream: true });
        this.#seen += text;
        this.screen.write(text);
        this.#wake();
      }
    } catch {
      // Nobody has the terminal open any more, or it was hung up.
    } finally {
      this.#isOver = true;
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Whose terminal it is, and how big. */
export interface Place {
  readonly rows?: number;
  readonly columns?: number;
  readonly io?: Io;
}

/** Somebody at a new terminal, which is not that of the process. */
export async function newPerson({ rows = 24, columns = 80, io }: Place = {}): Promise<Person> {
  const { controller, path } = io === undefined ? openPty() : io.openPty();
  controller.setSize(rows, columns);
  const tty = await (io === undefined ? openTty(path) : io.openTty(path));
  return new Person(controller, tty, new Screen(rows, columns));
}

/** Who leaves when that is over, however it ends. */
export async function withPerson(
  use: (person: Person) => Promise<void>,
  place?: Place,
): Promise<void> {
  const person = await newPerson(place);
  try {
    await use(person);
  } finally {
    await person.leave();
  }
}
