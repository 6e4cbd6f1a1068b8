// Calls of the native part check what they are given, and throw.

import assert from "node:assert/strict";

const WRONG: readonly unknown[] = [
  undefined,
  null,
  "1",
  Symbol("1"),
  1n,
  {},
  [],
  new Float32Array(99),
];

/** Each call of `shim` by its name, with too few arguments and with wrong ones. */
export function assertArgumentsChecked<Shim extends object>(
  shim: Shim,
  right: Readonly<Record<keyof Shim & string, readonly unknown[]>>,
): void {
  for (const [name, given] of Object.entries<readonly unknown[]>(right)) {
    const call = shim[name as keyof Shim] as (...args: readonly unknown[]) => unknown;
    for (let at = 0; at < given.length; at += 1) {
      assert.throws(() => call(...given.slice(0, at)), Error, `${name} with ${at} arguments`);
      for (const value of WRONG) {
        const what = `${name}, argument ${at}: ${String(value)}`;
        assert.throws(() => call(...given.with(at, value)), Error, what);
      }
    }
  }
}
