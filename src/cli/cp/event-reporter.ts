// What a program sees with --json: one JSON object on each line of stderr.

import type { Stage, Tally } from "./context.ts";
import { EVENT_MS } from "./limits.ts";
import type { CommandReporter } from "./text-reporter.ts";

export class EventReporter implements CommandReporter {
  readonly #stream: NodeJS.WriteStream;
  readonly #tally: Tally;
  readonly #timer: NodeJS.Timeout;

  constructor(stream: NodeJS.WriteStream, tally: Tally) {
    this.#stream = stream;
    this.#tally = tally;
    this.#timer = setInterval(() => this.#write("progress", this.#tally), EVENT_MS);
    this.#timer.unref();
  }

  stage(stage: Stage, source: Buffer, destination: Buffer): void {
    const paths = { source: source.toString(), destination: destination.toString() };
    this.#write("stage", { stage, ...paths });
  }

  failure(message: string): void {
    this.#write("failure", { message });
  }

  note(message: string): void {
    this.#write("note", { message });
  }

  finish(exitCode: number, heldCount: number): void {
    clearInterval(this.#timer);
    this.#write("end", { exitCode, heldCount, ...this.#tally });
  }

  /** On a pipe, too, Node writes to stderr at once, so a line is out before the stage begins. */
  #write(event: string, fields: object): void {
    this.#stream.write(`${JSON.stringify({ event, ...fields })}\n`);
  }
}
