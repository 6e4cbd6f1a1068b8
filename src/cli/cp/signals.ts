// Signals: the first one asks the copy to stop and waits for it, the second one leaves.

import { SAME_PRESS_MS } from "./limits.ts";
import { Interruption } from "./messages.ts";

/** What a shell expects of a process that a signal ended: 128 and the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type SignalName = keyof typeof EXIT_CODES;

const NAMES: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export interface SignalActions {
  /** The first signal: the abort follows. */
  readonly onFirst: (name: NodeJS.Signals) => void;
  /** A second signal: leave. */
  readonly onSecond: (name: NodeJS.Signals, exitCode: number) => void;
  /** SIGUSR1: say how far it is. */
  readonly onStatus: () => void;
}

/** The signal that asked to stop. */
export interface Stop {
  readonly name: NodeJS.Signals;
  readonly exitCode: number;
}

/** Turns signals into one abort and into an exit code. */
export class SignalWatch {
  readonly #controller: AbortController = new AbortController();
  readonly #actions: SignalActions;
  readonly #nowMs: () => number;
  #stop: Stop | null = null;
  #firstMs = 0;

  constructor(actions: SignalActions, nowMs: () => number = () => performance.now()) {
    this.#actions = actions;
    this.#nowMs = nowMs;
    for (const name of NAMES) process.on(name, this.#onSignal);
    // Node's own answer to it would be to start its debugger.
    process.on("SIGUSR1", actions.onStatus);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first signal that came; null if none did. */
  get stop(): Stop | null {
    return this.#stop;
  }

  end(): void {
    for (const name of NAMES) process.off(name, this.#onSignal);
    process.off("SIGUSR1", this.#actions.onStatus);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const exitCode = EXIT_CODES[name as SignalName];
    const nowMs = this.#nowMs();
    if (this.#stop === null) {
      this.#stop = { name, exitCode };
      this.#firstMs = nowMs;
      this.#actions.onFirst(name);
      this.#controller.abort(new Interruption(name));
    } else if (nowMs - this.#firstMs > SAME_PRESS_MS) {
      this.#actions.onSecond(name, exitCode);
    }
  };
}
