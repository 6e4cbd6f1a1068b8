// What is tried of a call: each parameter and each option with each value, the others being right.

import assert from "node:assert/strict";

import { RIGHT } from "./right.ts";
import type { Call } from "./surface.ts";
import { HOSTILE } from "./values.ts";

export interface Try {
  /** In words. */
  readonly what: string;
  readonly args: readonly unknown[];
}

function rightFor(call: Call): unknown[] {
  return call.parameters.map(({ name }) => {
    const make = RIGHT[name] ?? assert.fail(`${call.name}: what is right for ${name}?`);
    return make();
  });
}

export function* triesOf(call: Call): Generator<Try> {
  for (const [at, { name, options }] of call.parameters.entries()) {
    for (const [value, make] of HOSTILE) {
      yield { what: `${name} is ${value}`, args: rightFor(call).with(at, make()) };
      for (const option of options) {
        const args = rightFor(call).with(at, { [option]: make() });
        yield { what: `${name}.${option} is ${value}`, args };
      }
    }
  }
}

/** As many arguments as it has, each drawn from all values; sometimes the options of it, too. */
export function drawn(call: Call, draw: (below: number) => number): Try {
  const makers = [...HOSTILE];
  const value = (): readonly [string, () => unknown] =>
    makers[draw(makers.length)] ?? assert.fail("no value");
  const words: string[] = [];
  const args = call.parameters.map(({ name, options }) => {
    const right = RIGHT[name];
    if (right !== undefined && draw(2) === 0) {
      words.push(`${name} is right`);
      return right();
    }
    if (options.length === 0 || draw(4) === 0) {
      const [word, make] = value();
      words.push(`${name} is ${word}`);
      return make();
    }
    const given: Record<string, unknown> = {};
    for (const option of options) {
      if (draw(2) === 0) continue;
      const [word, make] = value();
      words.push(`${name}.${option} is ${word}`);
      given[option] = make();
    }
    return given;
  });
  return { what: words.join(", "), args };
}
