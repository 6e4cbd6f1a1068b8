// Goal: names of modes and the kernel's words for them are the same thing, also for those that a
// pseudo-terminal does not take, and nothing else is changed. Method: words that nobody could set
// here, with bits all around that must stay.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  changed,
  isRaw,
  missing,
  modesOf,
  raw,
  type TtyModeChanges,
  translatesEnter,
} from "../../../src/api/tty/modes.ts";
import * as abi from "../../../src/kernel/terminal-abi.ts";

/** As a usual terminal has them. */
function usual(): Uint32Array {
  const words = new Uint32Array(abi.MODES_WORDS);
  words[abi.INPUT_FLAGS] = abi.ICRNL | abi.IXON | abi.IUTF8;
  words[abi.OUTPUT_FLAGS] = abi.OPOST | abi.ONLCR;
  words[abi.CONTROL_FLAGS] = 0o17 | abi.CS8 | abi.CREAD;
  words[abi.LOCAL_FLAGS] = abi.ISIG | abi.ICANON | abi.ECHO | abi.ECHOE | abi.IEXTEN;
  words[abi.INPUT_SPEED] = words[abi.OUTPUT_SPEED] = 38_400;
  words[abi.CHARACTERS + abi.VMIN] = 1;
  words[abi.CHARACTERS + abi.VEOF] = 4;
  return words;
}

const CHANGES: readonly TtyModeChanges[] = [
  ...([5, 6, 7, 8] as const).map((dataBits) => ({ dataBits })),
  ...(["none", "even", "odd", "mark", "space"] as const).map((parity) => ({ parity })),
  ...([1, 2] as const).map((stopBits) => ({ stopBits })),
  ...(["none", "rtscts", "xonxoff"] as const).map((flow) => ({ flow })),
  ...[0, 50, 38_400, 57_600, 4_000_000, 31_250, 2_147_483_647].map((speed) => ({ speed })),
  ...[true, false].flatMap((isOn) => [
    { canonical: isOn },
    { echo: isOn },
    { signals: isOn },
    { translateInput: isOn },
    { translateOutput: isOn },
    { ignoreCarrier: isOn },
    { hangUpOnClose: isOn },
  ]),
  { vmin: 0, vtime: 255 },
];

describe("modes", () => {
  for (const from of CHANGES) {
    test(`from ${JSON.stringify(from)} to each other, and no other with it`, () => {
      const words = changed(usual(), from);
      for (const to of CHANGES) {
        const next = changed(words, to);
        assert.deepEqual(modesOf(next), { ...modesOf(words), ...to });
        assert.deepEqual(missing(next, to), []);
      }
    });
  }

  test("what is as asked stays as it is, to the bit", () => {
    const words = usual();
    assert.deepEqual(changed(words, modesOf(words)), words);
  });

  test("usual speeds have their codes, others are told in numbers", () => {
    const codeOf = (speed: number): number =>
      (changed(usual(), { speed })[abi.CONTROL_FLAGS] ?? 0) & (abi.CBAUD | abi.CIBAUD);
    assert.deepEqual([0, 50, 9600, 19_200].map(codeOf), [0, 1, 0o15, 0o16]);
    assert.deepEqual([57_600, 115_200, 4_000_000].map(codeOf), [0o10001, 0o10002, 0o10017]);
    assert.deepEqual([51, 31_250].map(codeOf), [abi.BOTHER, abi.BOTHER]);
  });

  test("a little faster or slower is what was asked for", () => {
    const words = changed(usual(), { speed: 115_942 });
    assert.deepEqual(missing(words, { speed: 115_200 }), []);
    assert.deepEqual(missing(words, { speed: 100_000, parity: "odd" }), ["parity", "speed"]);
    assert.deepEqual(missing(words, { speed: 0 }), ["speed"]);
  });

  test("raw is for input only, and gives each key at once", () => {
    const words = changed(usual(), { dataBits: 7, parity: "even", vmin: 0, vtime: 9 });
    const { translateOutput, speed } = modesOf(words);
    const modes = modesOf(raw(words));
    assert.equal(isRaw(words), false);
    assert.equal(isRaw(raw(words)), true);
    assert.equal(translatesEnter(words), true);
    assert.equal(translatesEnter(raw(words)), false);
    assert.deepEqual([modes.translateOutput, modes.speed], [translateOutput, speed]);
    assert.deepEqual([modes.vmin, modes.vtime, modes.dataBits], [1, 0, 8]);
    assert.equal(raw(words)[abi.CHARACTERS + abi.VEOF], 4);
    assert.equal((raw(words)[abi.INPUT_FLAGS] ?? 0) & abi.IUTF8, abi.IUTF8);
  });

  test("transparent comes before all others", () => {
    const words = changed(usual(), { flow: "rtscts" });
    const modes = modesOf(changed(words, { flow: "xonxoff", transparent: true, echo: true }));
    const { flow, echo, canonical, translateOutput, translateInput, signals } = modes;
    assert.deepEqual([flow, echo], ["xonxoff", true]);
    assert.deepEqual(
      [canonical, translateOutput, translateInput, signals],
      [false, false, false, false],
    );
    assert.equal(modesOf(changed(words, { transparent: true })).flow, "none");
  });
});
