// Every call in every state: which have been looked at, so that a test can say what was left out.

import assert from "node:assert/strict";
import { test } from "node:test";

/** The states of a handle, of an operation and of a caller in which a call may be made or be. */
export const STATES = [
  "open",
  "closing",
  "closed",
  "canceled before submit",
  "canceled in flight",
  "canceled after completion",
  "timed out",
  "abandoned",
  "shutting down",
] as const;

interface Option {
  readonly skip: false | string;
}

export class Matrix {
  readonly #seen: Set<string> = new Set();

  /** A test of a call in one of the states, with which its name begins. */
  test(
    call: string,
    name: string,
    body: () => Promise<void>,
    option: Option = { skip: false },
  ): void {
    const state = STATES.find((each) => name.startsWith(each));
    assert.ok(state !== undefined, `${name}: wanted a name that begins with a state`);
    if (option.skip === false) this.#seen.add(`${call}, ${state}`);
    test(name, option, body);
  }

  /** What no test looks at. */
  missing(calls: readonly string[]): string[] {
    return calls
      .flatMap((call) => STATES.map((state) => `${call}, ${state}`))
      .filter((each) => !this.#seen.has(each));
  }
}
