// Shows texts on a terminal, in order, one write at a time.

import type { IoError } from "../../base/errors.ts";
import type { Operation } from "../operation.ts";
import type { StreamHandle } from "../stream-handle.ts";

export class Display {
  readonly #handle: StreamHandle | null;
  readonly #onFailed: (error: IoError) => void;
  #pending = "";
  #writing: Operation<number> | null = null;
  #flushed: Promise<void> = Promise.resolve();
  #isOver = false;

  /** Without a handle nothing is shown. */
  constructor(handle: StreamHandle | null, onFailed: (error: IoError) => void) {
    this.#handle = handle;
    this.#onFailed = onFailed;
  }

  show(text: string): void {
    if (this.#handle === null || this.#isOver || text === "") return;
    this.#pending += text;
    // What is shown in the same breath goes in one write.
    if (this.#writing === null && this.#pending === text) {
      this.#flushed = this.#flushed.then(() => this.#write(this.#handle as StreamHandle));
    }
  }

  /** Resolves when all has been shown, or cannot be; never rejects. */
  flushed(): Promise<void> {
    return this.#flushed;
  }

  /** Nothing more is shown; what is being written is asked to stop. */
  stop(): void {
    this.#isOver = true;
    this.#pending = "";
    this.#writing?.cancel();
  }

  async #write(handle: StreamHandle): Promise<void> {
    while (this.#pending !== "") {
      const text = this.#pending;
      this.#pending = "";
      try {
        this.#writing = handle.writeAll(text);
        await this.#writing;
      } catch (error) {
        if (!this.#isOver) this.#onFailed(error as IoError);
        this.stop();
      } finally {
        this.#writing = null;
      }
    }
  }
}
