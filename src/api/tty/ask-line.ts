// A question on a terminal: its modes, its screen, and the editor of one line between them.
//
//   modes found ─► edited ─► line | Ctrl-D | Ctrl-C | canceled | hung up ─► shown ─► modes found
//                   ▲    │
//                   └────┘ Ctrl-Z: stopped, continued, shown again

import { isMainThread } from "node:worker_threads";

import type { Timer } from "../../base/clock.ts";
import { IoError, ownError } from "../../base/errors.ts";
import { COLUMNS, ESCAPE_MS, LAST_WORDS_MS } from "../../base/limits.ts";
import type { StreamHandle } from "../stream-handle.ts";
import { type AskPlan, offered, remember } from "./ask-options.ts";
import type { AskSession } from "./ask-session.ts";
import { Display } from "./display.ts";
import { type Answer, LineEditor } from "./line-editor.ts";
import { raw, translatesEnter } from "./modes.ts";
import { ModesHold } from "./modes-hold.ts";
import { hear } from "./process-signals.ts";

/** Where a question is shown. */
export interface Shown {
  /** Null if nothing can show it. */
  readonly on: StreamHandle | null;
  /** 0 if nobody knows. */
  readonly columns: () => number;
}

const CALL = "ask";
const CR = 0x0d;
const LF = 0x0a;

/** Resolves with the line, or null at the end of the input. */
export async function askLine(
  session: AskSession,
  shown: Shown,
  plan: AskPlan,
): Promise<string | null> {
  const { handle } = session;
  let hold: ModesHold | null = null;
  let question: LineQuestion;
  try {
    hold = new ModesHold(handle, { call: CALL, path: handle.path }, true);
    question = new LineQuestion(session, shown, plan, hold);
  } catch (error) {
    hold?.end();
    if (isEio(error)) return null;
    throw error;
  }
  return question.run();
}

class LineQuestion {
  readonly #session: AskSession;
  readonly #shown: Shown;
  readonly #plan: AskPlan;
  readonly #hold: ModesHold;
  readonly #words: Uint32Array;
  readonly #display: Display;
  readonly #history: readonly string[];
  #editor: LineEditor;
  /** Read, and not yet typed into the editor. */
  #bytes: Uint8Array = new Uint8Array(0);
  #escapeTimer: Timer | null = null;
  #onIdle: () => void = () => {};
  #failure: unknown = null;
  #isOver = false;

  constructor(session: AskSession, shown: Shown, plan: AskPlan, hold: ModesHold) {
    this.#session = session;
    this.#shown = shown;
    this.#plan = plan;
    this.#hold = hold;
    this.#words = raw(hold.found);
    this.#history = offered(plan.history);
    this.#display = new Display(shown.on, (error) => this.#fail(error));
    this.#editor = this.#newEditor();
  }

  async run(): Promise<string | null> {
    const stops = [
      hear("SIGWINCH", () => this.#editor.resize(this.#columns())),
      hear("SIGCONT", () => this.#takeAgain()),
    ];
    try {
      this.#hold.set(this.#words);
      return await this.#conclude(await this.#untilAnswer());
    } catch (error) {
      return await this.#giveUp(this.#failure ?? error);
    } finally {
      for (const stop of stops) stop();
      this.#escapeTimer?.cancel();
    }
  }

  /** The last answer that ends the question; null if the terminal was hung up. */
  async #untilAnswer(): Promise<Answer | null> {
    for (;;) {
      const answer = await this.#nextAnswer();
      if (answer?.kind === "suspend") this.#suspend();
      else if (answer?.kind === "interrupt" && this.#raises) await this.#interrupt();
      else return answer;
    }
  }

  async #nextAnswer(): Promise<Answer | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      this.#session.checkGoesOn();
      if (this.#editor.isBusy) {
        await this.#idle();
        continue;
      }
      if (this.#bytes.length === 0) this.#bytes = await this.#session.reader.next();
      if (this.#bytes.length === 0) return null;
      const answer = this.#feed();
      if (answer !== null) return answer;
    }
  }

  #feed(): Answer | null {
    this.#escapeTimer?.cancel();
    const { taken, answer } = this.#editor.feed(this.#bytes);
    this.#bytes = this.#bytes.subarray(taken);
    if (answer !== null) return answer;
    if (this.#editor.isFull) throw this.#session.error("ERR_LINE_TOO_LONG");
    if (this.#editor.hasEscape) this.#watchEscape();
    return null;
  }

  /** A process may have slept meanwhile: what has come by then is read before the second timer. */
  #watchEscape(): void {
    const { clock } = this.#session.handle.table;
    this.#escapeTimer = clock.after(ESCAPE_MS, () => {
      this.#escapeTimer = clock.after(0, () => this.#editor.dropEscape());
    });
  }

  /** Nobody pressed Enter before a hang-up: what was typed is no answer, and goes back. */
  async #conclude(answer: Answer | null): Promise<string | null> {
    if (answer === null) {
      this.#end(this.#editor.typed);
      return null;
    }
    if (answer.kind !== "line") this.#editor.leave(answer.kind === "interrupt" ? "^C" : "");
    // Completed is completed: a cancel from here on only means that nobody waits for the screen.
    await Promise.race([this.#display.flushed(), this.#session.canceled]);
    this.#display.stop();
    this.#end([]);
    if (answer.kind === "line") return this.#lineOf(answer.line);
    if (answer.kind === "end") return null;
    const { path } = this.#session.handle;
    const cause = ownError("ERR_INTERRUPTED", { syscall: CALL, path });
    throw this.#session.error("ABORT_ERR", cause);
  }

  #lineOf(line: string): string {
    const { isTrimmed, isSecret, history } = this.#plan;
    const answer = isTrimmed ? line.trim() : line;
    if (!isSecret) remember(history, answer);
    return answer;
  }

  async #giveUp(error: unknown): Promise<null> {
    if (this.#isOver) throw error;
    const { typed } = this.#editor;
    if (this.#plan.isCleared) this.#editor.erase();
    else this.#editor.leave("");
    await this.#lastWords();
    const isGone = isEio(error) && this.#isGone();
    this.#end(typed);
    if (isGone) return null;
    throw error;
  }

  /** A terminal that takes nothing must not keep a question that is to end. */
  async #lastWords(): Promise<void> {
    const { clock } = this.#session.handle.table;
    let timer: Timer | null = null;
    const late = new Promise<void>((resolve) => {
      timer = clock.after(LAST_WORDS_MS, resolve, true);
    });
    await Promise.race([this.#display.flushed(), late]);
    (timer as Timer | null)?.cancel();
    this.#display.stop();
    await this.#display.flushed();
  }

  /** What was typed behind the line is for the next one, as the modes that it will have say. */
  #end(typed: readonly Uint8Array[]): void {
    this.#isOver = true;
    const isEnterNewLine = typed.length === 0 && translatesEnter(this.#hold.found);
    const rest = isEnterNewLine ? withNewLines(this.#bytes) : this.#bytes;
    this.#editor.close();
    this.#hold.end();
    this.#session.reader.end([...typed, rest]);
  }

  #newEditor(): LineEditor {
    const { prompt, initial, complete, isSecret, mask, maxBytes } = this.#plan;
    return new LineEditor({
      prompt,
      initial,
      complete,
      isSecret,
      mask,
      maxBytes,
      history: this.#history,
      columns: this.#columns(),
      show: (text) => this.#display.show(text),
      onIdle: (error) => {
        if (error !== undefined) this.#failure ??= error;
        this.#onIdle();
      },
    });
  }

  #columns(): number {
    return this.#shown.columns() || COLUMNS;
  }

  async #idle(): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    await Promise.race([idle, this.#session.canceled]);
  }

  /** Nothing can be shown any more. */
  #fail(error: IoError): void {
    this.#failure ??= error;
    this.#session.reader.cancel({ code: "ABORT_ERR", cause: error, isOwn: false });
    this.#onIdle();
  }

  /** Keys make signals only in the terminal of our session: elsewhere they are not meant for us. */
  get #raises(): boolean {
    return this.#plan.interrupt === "signal" && this.#hold.isOfSession;
  }

  async #interrupt(): Promise<void> {
    this.#editor.leave("^C");
    await Promise.race([this.#display.flushed(), this.#session.canceled]);
    this.#raise("SIGINT");
    this.#editor = this.#newEditor();
  }

  #suspend(): void {
    if (!this.#hold.isOfSession) return;
    this.#raise("SIGTSTP");
    if (!isMainThread) this.#editor.redraw();
  }

  /** For all processes in the foreground, as the terminal itself does it. */
  #raise(signal: "SIGINT" | "SIGTSTP"): void {
    this.#setModes(this.#hold.found);
    process.kill(0, signal);
    // After it was continued, or if it was not stopped at all.
    this.#setModes(this.#words);
  }

  /** The process was stopped, and others may have had the terminal. */
  #takeAgain(): void {
    this.#setModes(this.#words);
    this.#editor.redraw();
  }

  /** If the terminal is gone, the next read tells it. */
  #setModes(words: Uint32Array): void {
    try {
      this.#hold.set(words);
    } catch (error) {
      if (!isEio(error)) throw error;
    }
  }

  #isGone(): boolean {
    if (this.#session.handle.state !== "open") return false;
    try {
      this.#hold.read();
      return false;
    } catch (error) {
      return isEio(error);
    }
  }
}

/** What a terminal says that was hung up; and to a process in the background that has no shell. */
function isEio(error: unknown): boolean {
  return error instanceof IoError && error.code === "EIO";
}

function withNewLines(bytes: Uint8Array): Uint8Array {
  const kept = bytes.filter((byte, at) => byte !== LF || bytes[at - 1] !== CR);
  return kept.map((byte) => (byte === CR ? LF : byte));
}
