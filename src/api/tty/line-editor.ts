// One line on a terminal, edited by `node:readline`: we hand it one piece of what was typed after
// the other, and pass on what it wants to show.
//
//   typed bytes ─► pieces ─► readline ─► what to show
//                               └──────► the answer: a line, Ctrl-C, Ctrl-D, Ctrl-Z
//
// What it took is remembered, so that it can be taken again by another one if nobody got the line.
// A secret is edited by a readline that shows nothing; another one shows the prompt, and a mask.

import { EventEmitter } from "node:events";
import { createInterface, type Interface, type ReadLineOptions } from "node:readline";

import { assert } from "../../base/assert.ts";
import { shown, typeError } from "../../base/errors.ts";
import { nextPiece, type Piece } from "./keys.ts";

/** What could be meant, and the end of the text before the cursor that it would replace. */
export type Completions = readonly [candidates: readonly string[], replaced: string];

/** Completes the text before the cursor. */
export type Complete = (text: string) => Completions | Promise<Completions>;

export interface LineEditorOptions {
  readonly prompt: string;
  readonly initial: string;
  /** The oldest first. */
  readonly history: readonly string[];
  readonly complete: Complete | undefined;
  readonly isSecret: boolean;
  /** What each character of a secret is shown as; "" for nothing. */
  readonly mask: string;
  readonly columns: number;
  /** It takes no more once it took more than so many. */
  readonly maxBytes: number;
  /** Shows a text, at once or later, but in order. */
  readonly show: (text: string) => void;
  /** It takes bytes again; or its `complete` has failed. */
  readonly onIdle: (error?: unknown) => void;
}

/** How the line has ended, or what the editor cannot do by itself. */
export type Answer =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "end" | "interrupt" | "suspend" };

const TAB = 0x09;
const ESC = 0x1b;
const CTRL_A = "\x01";
const CTRL_B = "\x02";
const CTRL_K = "\x0b";
const NEW_LINE = "\r\n";
const NOTHING = new Uint8Array(0);
const TO_END = { ctrl: true, name: "e" };
const DELETE_TO_BEGIN = { ctrl: true, name: "u" };

const nothing = (): void => {};

/** What readline takes for the input: we tell it what comes, so it has nothing to ask for. */
class Keyboard extends EventEmitter {
  pause(): this {
    return this;
  }

  resume(): this {
    return this;
  }
}

/** What readline takes for the screen. */
class Screen extends EventEmitter {
  columns: number;
  readonly #show: (text: string) => void;

  constructor(columns: number, show: (text: string) => void) {
    super();
    this.columns = columns;
    this.#show = show;
  }

  write(text: string): boolean {
    this.#show(text);
    return true;
  }
}

export class LineEditor {
  readonly #options: LineEditorOptions;
  readonly #keyboard: Keyboard = new Keyboard();
  readonly #screen: Screen;
  /** Has the line. */
  readonly #model: Interface;
  /** Shows it. */
  readonly #view: Interface;
  /** What was taken. */
  #typed: Uint8Array[] = [];
  #typedBytes = 0;
  /** The begin of a piece that is not all there. */
  #rest: Uint8Array = NOTHING;
  #isInKey = false;
  #isCompleting = false;
  #isClosed = false;
  #answer: Answer | null = null;

  constructor(options: LineEditorOptions) {
    this.#options = options;
    const { columns, show, isSecret, prompt, initial } = options;
    this.#screen = new Screen(columns, show);
    if (isSecret) {
      const unseen = new Screen(columns, nothing);
      this.#model = createInterface({ ...both(this.#keyboard, unseen), historySize: 0 });
      this.#view = createInterface({ ...both(new Keyboard(), this.#screen), historySize: 0 });
    } else {
      this.#model = this.#view = createInterface(this.#usual());
    }
    this.#listen();
    this.#view.setPrompt(prompt);
    this.#view.prompt();
    if (initial !== "") this.#insert(initial);
    this.#showMask();
  }

  /** What it was fed and took, as it was typed. */
  get typed(): readonly Uint8Array[] {
    return [...this.#typed, this.#rest];
  }

  /** More was typed than may be. */
  get isFull(): boolean {
    return this.#typedBytes + this.#rest.length > this.#options.maxBytes;
  }

  /** Whether it waits for what follows: an ESC alone is a key, or the begin of one. */
  get hasEscape(): boolean {
    return this.#rest[0] === ESC;
  }

  /** Takes no bytes for now. */
  get isBusy(): boolean {
    return this.#isCompleting;
  }

  /**
   * Takes typed bytes until there is an answer, or no more of them, or it is busy or full.
   *
   * @returns How many it took.
   */
  feed(bytes: Uint8Array): { readonly taken: number; readonly answer: Answer | null } {
    assert(!this.#isCompleting && !this.#isClosed, "line editor: fed at the wrong time");
    const kept = this.#rest.length;
    const all = kept === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = NOTHING;
    let at = 0;
    while (this.#answer === null && !this.#isCompleting && !this.isFull) {
      const piece = nextPiece(all, at, this.#isInKey);
      if (piece === null) {
        this.#rest = all.slice(at);
        at = all.length;
        break;
      }
      this.#take(piece.kind, all.slice(at, piece.end), piece.end === all.length);
      at = piece.end;
    }
    this.#showMask();
    const answer = this.#answer;
    this.#answer = null;
    return { taken: at - kept, answer };
  }

  /** Nothing followed the ESC: it was a key, and one that does nothing. */
  dropEscape(): void {
    if (this.hasEscape) this.#rest = NOTHING;
  }

  /** The terminal has other columns now, and has wrapped anew what it shows. */
  resize(columns: number): void {
    this.#screen.columns = columns;
    this.#refresh(this.#view.getCursorPos().rows);
  }

  /** Shows all of it again, on the row where the screen is now. */
  redraw(): void {
    this.#refresh(0);
  }

  /** Ends the line on the screen, and goes to a new one. */
  leave(text: string): void {
    if (this.#view.line !== "") press(this.#view, TO_END);
    this.#options.show(text + NEW_LINE);
    this.close();
  }

  /** Removes from the screen all that it has shown. */
  erase(): void {
    const { rows } = this.#view.getCursorPos();
    this.#options.show(`${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J`);
    this.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#model.close();
    this.#view.close();
  }

  #usual(): ReadLineOptions {
    const { history, complete } = this.#options;
    return {
      ...both(this.#keyboard, this.#screen),
      history: [...history].reverse(),
      historySize: history.length + 1,
      ...(complete !== undefined && { completer: this.#completer(complete) }),
    };
  }

  #listen(): void {
    const answer = (given: Answer): void => {
      if (!this.#isClosed) this.#answer = given;
    };
    this.#model.on("line", (line) => answer({ kind: "line", line }));
    this.#model.on("close", () => answer({ kind: "end" }));
    this.#model.on("SIGINT", () => answer({ kind: "interrupt" }));
    this.#model.on("SIGTSTP", () => answer({ kind: "suspend" }));
    this.#keyboard.on("keypress", () => {
      this.#isInKey = false;
    });
  }

  #take(kind: Piece["kind"], bytes: Uint8Array, isLast: boolean): void {
    this.#remember(bytes);
    if (kind === "text") this.#insert(Buffer.from(bytes).toString());
    else if (kind === "lineEnd") this.#endLine();
    // One within what was pasted is meant as it is.
    else if (bytes[0] === TAB && !isLast) this.#insert("\t");
    else if (!isIdle(bytes)) this.#press(bytes);
    // It is done with, and must not be done again.
    if (this.#answer?.kind === "suspend") this.#forgetLast();
  }

  #remember(bytes: Uint8Array): void {
    this.#typed.push(bytes);
    this.#typedBytes += bytes.length;
  }

  #forgetLast(): void {
    this.#typedBytes -= this.#typed.pop()?.length ?? 0;
  }

  #insert(text: string): void {
    this.#model.write(text);
  }

  #press(bytes: Uint8Array): void {
    this.#isInKey = true;
    this.#keyboard.emit("data", bytes);
  }

  #endLine(): void {
    this.#press(Buffer.from("\r"));
    // The one that has it is not the one that shows it.
    if (this.#model !== this.#view) this.leave("");
  }

  #refresh(rowsAbove: number): void {
    // Rows that it goes up before it shows all again. It has no other way to be told.
    (this.#view as { prevRows?: number }).prevRows = rowsAbove;
    this.#screen.emit("resize");
  }

  #showMask(): void {
    const [model, view, { mask }] = [this.#model, this.#view, this.#options];
    if (model === view || mask === "" || this.#isClosed) return;
    const masked = mask.repeat([...model.line].length);
    if (view.line !== masked || view.cursor !== masked.length) {
      press(view, TO_END);
      press(view, DELETE_TO_BEGIN);
      view.write(masked);
    }
    const behind = [...model.line.slice(model.cursor)].length;
    for (let count = 0; count < behind; count++) press(view, { name: "left" });
  }

  #completer(complete: Complete): (text: string, done: OnCompleted) => void {
    return (text, done) => {
      this.#isCompleting = true;
      void this.#complete(complete, text, done);
    };
  }

  async #complete(complete: Complete, text: string, done: OnCompleted): Promise<void> {
    let completions: Completions = [[], ""];
    let failure: unknown;
    try {
      completions = checked(await complete(text));
    } catch (error) {
      failure = error;
    }
    if (this.#isClosed) return;
    this.#isCompleting = false;
    done(null, completions as [string[], string]);
    this.#typeAgain();
    this.#options.onIdle(failure);
  }

  /** What was completed has to be typed as it is now: another time it may be another text. */
  #typeAgain(): void {
    const { line, cursor } = this.#model;
    const begin = this.#options.initial === "" ? "" : CTRL_A + CTRL_K;
    const behind = [...line.slice(cursor)].length;
    this.#typed = [];
    this.#typedBytes = 0;
    this.#remember(Buffer.from(begin + line + CTRL_B.repeat(behind)));
  }
}

type OnCompleted = (error: null, completions: [string[], string]) => void;

function both(keyboard: Keyboard, screen: Screen): ReadLineOptions {
  return {
    input: keyboard as unknown as NodeJS.ReadableStream,
    output: screen as unknown as NodeJS.WritableStream,
    terminal: true,
    prompt: "",
  };
}

/** Control characters that have no meaning: readline would insert them. */
function isIdle([byte = 0, ...others]: Uint8Array): boolean {
  return others.length === 0 && (byte === 0x1c || byte === 0x1d);
}

function checked(completions: unknown): Completions {
  if (Array.isArray(completions)) {
    const [candidates, replaced] = completions as [unknown, unknown];
    const isText = (value: unknown): boolean => typeof value === "string";
    if (Array.isArray(candidates) && candidates.every(isText) && isText(replaced)) {
      return [candidates as string[], replaced as string];
    }
  }
  throw typeError(`Cannot ask: complete gave ${shown(completions)}, wanted [strings, string]`);
}

interface Key {
  readonly ctrl?: boolean;
  readonly name: string;
}

function press(view: Interface, key: Key): void {
  view.write(null as unknown as string, key);
}
