// What a person sees: messages on stderr, and bars when it takes longer.

import type { Snapshot } from "./account.ts";
import { type Bars, startBars } from "./bars.ts";
import { BARS_DELAY_MS } from "./limits.ts";
import type { Failure } from "./messages.ts";
import type { End, Reporter } from "./reporter.ts";

export interface TextOptions {
  readonly wantsBars: boolean;
  readonly look: () => Snapshot;
}

export class TextReporter implements Reporter {
  readonly wantsEntries = false;
  readonly #stream: NodeJS.WriteStream;
  readonly #timer: NodeJS.Timeout | null;
  #bars: Bars | null = null;
  #isFinished = false;

  constructor(stream: NodeJS.WriteStream, { wantsBars, look }: TextOptions) {
    this.#stream = stream;
    this.#timer = wantsBars ? setTimeout(() => void this.#showBars(look), BARS_DELAY_MS) : null;
    // The files at work keep the process alive, the wish for bars does not.
    this.#timer?.unref();
  }

  entry(): void {
    // Like cp(1): no news is good news.
  }

  verified(): void {}

  failure({ message }: Failure): void {
    this.note(message);
  }

  note(message: string): void {
    const line = `overlapped cp: ${message}`;
    if (this.#bars === null) this.#stream.write(`${line}\n`);
    else this.#bars.print(line);
  }

  finish({ exitCode }: End): Promise<number> {
    this.#isFinished = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#bars?.stop();
    this.#bars = null;
    return new Promise((resolve) => this.#stream.write("", () => resolve(exitCode)));
  }

  async #showBars(look: () => Snapshot): Promise<void> {
    const bars = await startBars(this.#stream, look);
    if (this.#isFinished) bars.stop();
    else this.#bars = bars;
  }
}
