// What is asked of the simulated world is checked before it changes: it is for tests, and a test in
// which a path is `undefined` by a slip would otherwise test something else, or run out of memory.

import { types } from "node:util";

import { rangeError, shown, typeError } from "../../base/errors.ts";

const MODE_MAX = 0o7777;

export function checkText(value: unknown, name: string, call: string): void {
  if (typeof value === "string") return;
  throw typeError(`Cannot ${call}: ${name} is ${shown(value)}, wanted a string`);
}

export function checkMode(value: unknown, call: string): void {
  if (typeof value !== "number") {
    throw typeError(`Cannot ${call}: mode is ${shown(value)}, wanted a number`);
  }
  if (Number.isInteger(value) && value >= 0 && value <= MODE_MAX && !Object.is(value, -0)) return;
  throw rangeError(`Cannot ${call}: mode is ${shown(value)}, wanted 0 to 0o7777`);
}

export function takeBytes(value: unknown, name: string, call: string): Uint8Array {
  if (typeof value === "string") return Buffer.from(value);
  // Also what has been detached, of which no other view can be made.
  if (types.isUint8Array(value)) return value.byteLength === 0 ? new Uint8Array(0) : value;
  throw typeError(`Cannot ${call}: ${name} is ${shown(value)}, wanted a string or a Uint8Array`);
}
