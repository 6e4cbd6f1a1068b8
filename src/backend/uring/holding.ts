// Whether the wake-up of a ring keeps the process alive.
import type { CompletionSink } from "../contract.ts";
import type { Rings } from "./rings.ts";

export class Holding {
  readonly #sink: CompletionSink;
  readonly #rings: Rings;
  #isReleaseScheduled = false;

  constructor(sink: CompletionSink, rings: Rings) {
    this.#sink = sink;
    this.#rings = rings;
  }

  /** Letting go costs a call, and the next operation is often on its way: so not at once. */
  update(): void {
    if (this.#sink.holders() > 0) {
      this.#rings.hold(true);
    } else if (this.#rings.isHeld && !this.#isReleaseScheduled) {
      this.#isReleaseScheduled = true;
      setImmediate(this.#release);
    }
  }

  readonly #release = (): void => {
    this.#isReleaseScheduled = false;
    if (this.#sink.holders() === 0) this.#rings.hold(false);
  };
}
