// Whoever listens to the channels of operations, and notes all that is said there.

import assert from "node:assert/strict";
import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";

import type { OperationTrace } from "../../../src/index.ts";

export const CHANNEL: TracingChannel<unknown, OperationTrace> =
  tracingChannel("overlapped.operation");
export const NAMES = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;
export type Name = (typeof NAMES)[number];

/** An event, with what the object said at that moment. */
export interface Event {
  readonly name: Name;
  readonly trace: OperationTrace;
  readonly said: OperationTrace;
}

/** Notes all events from here on, until it is disposed of. */
export class Listener implements Disposable {
  readonly events: Event[] = [];
  readonly #subscribers: readonly (readonly [Name, (message: unknown) => void])[];

  constructor(names: readonly Name[] = NAMES) {
    this.#subscribers = names.map((name) => [
      name,
      (message) => {
        const trace = message as OperationTrace;
        this.events.push({ name, trace, said: { ...trace } });
      },
    ]);
    for (const [name, note] of this.#subscribers) CHANNEL[name].subscribe(note);
  }

  get names(): string[] {
    return this.events.map(({ name, trace }) => `${name} ${trace.operation}`);
  }

  /** What the last event said. */
  get last(): OperationTrace {
    const last = this.events.at(-1);
    assert.ok(last !== undefined, "nothing was published");
    return last.said;
  }

  [Symbol.dispose](): void {
    for (const [name, note] of this.#subscribers) CHANNEL[name].unsubscribe(note);
  }
}
