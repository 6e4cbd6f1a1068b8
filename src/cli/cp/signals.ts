// Ctrl-C: the first one asks the copy to stop and waits for it, the second one leaves.

import { SAME_PRESS_MS } from "./limits.ts";
import { Interruption } from "./messages.ts";

type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What a shell expects of a process that a signal ended: 128 and the signal's number. */
const exitCodes: Readonly<Record<SignalName, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

const signalNames: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export interface SignalActions {
  /** The first signal: the abort follows. */
  readonly onFirst: (name: NodeJS.Signals) => void;
  /** A second signal: leave. */
  readonly onSecond: (exitCode: number) => void;
}

/** Turns signals into one abort and into an exit code. */
export class SignalWatch {
  readonly #controller: AbortController = new AbortController();
  readonly #actions: SignalActions;
  readonly #nowMs: () => number;
  #exitCode: number | null = null;
  #firstMs = 0;

  constructor(actions: SignalActions, nowMs: () => number = () => performance.now()) {
    this.#actions = actions;
    this.#nowMs = nowMs;
    for (const name of signalNames) process.on(name, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code that the first signal asks for; null when none came. */
  get exitCode(): number | null {
    return this.#exitCode;
  }

  stop(): void {
    for (const name of signalNames) process.off(name, this.#onSignal);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    const code = exitCodes[name as SignalName];
    const nowMs = this.#nowMs();
    if (this.#exitCode === null) {
      this.#exitCode = code;
      this.#firstMs = nowMs;
      this.#actions.onFirst(name);
      this.#controller.abort(new Interruption(name));
    } else if (nowMs - this.#firstMs > SAME_PRESS_MS) {
      this.#actions.onSecond(code);
    }
  };
}
