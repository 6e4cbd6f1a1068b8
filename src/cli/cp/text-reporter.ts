// What a person sees: messages on stderr, and a bar when it takes longer.

import { type Activity, type Bar, startBar } from "./bar.ts";
import type { Reporter, Stage, Tally } from "./context.ts";
import { BAR_DELAY_MS } from "./limits.ts";

/** A reporter that lasts as long as the command. */
export interface CommandReporter extends Reporter {
  /** Ends the display. `exitCode` is what the command is about to exit with. */
  finish(exitCode: number, heldCount: number): void;
}

export class TextReporter implements CommandReporter {
  readonly #stream: NodeJS.WriteStream;
  readonly #timer: NodeJS.Timeout | null;
  #activity: Activity = { stage: "copying", destination: null };
  #bar: Bar | null = null;
  #isFinished = false;

  constructor(stream: NodeJS.WriteStream, tally: Tally, wantsBar: boolean) {
    this.#stream = stream;
    this.#timer = wantsBar ? setTimeout(() => void this.#showBar(tally), BAR_DELAY_MS) : null;
    // The files at work keep the process alive, the wish for a bar does not.
    this.#timer?.unref();
  }

  stage(stage: Stage, _source: Buffer, destination: Buffer): void {
    this.#activity = { stage, destination };
  }

  failure(message: string): void {
    this.#print(message);
  }

  note(message: string): void {
    this.#print(message);
  }

  finish(_exitCode: number, _heldCount: number): void {
    this.#isFinished = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#bar?.stop();
    this.#bar = null;
  }

  async #showBar(tally: Tally): Promise<void> {
    const bar = await startBar(this.#stream, tally, () => this.#activity);
    if (this.#isFinished) bar.stop();
    else this.#bar = bar;
  }

  #print(message: string): void {
    const line = `overlapped cp: ${message}`;
    if (this.#bar === null) this.#stream.write(`${line}\n`);
    else this.#bar.print(line);
  }
}
