// Goal: a ring takes the kinds of entry that the library writes, and no others; nothing can be
// registered with it any more.
// Method: entries of all kinds written into a real ring that was made as the backend makes it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { URING_OPCODES } from "../../src/backend/capabilities.ts";
import { Rings } from "../../src/backend/uring/rings.ts";
import { loadAddon } from "../../src/kernel/addon.ts";
import { errno } from "../../src/kernel/errno.ts";
import {
  ENTER_GETEVENTS,
  IOSQE_ASYNC,
  OP_ASYNC_CANCEL,
  OP_NOP,
  REGISTER_ENABLE_RINGS,
  REGISTER_IOWQ_MAX_WORKERS,
  REGISTER_PROBE,
  SQE_WORDS,
} from "../../src/kernel/uring-abi.ts";
import { noRing } from "./ring-available.ts";

const OPCODES = 64;
const IOSQE_IO_DRAIN = 1 << 1;
const IOSQE_IO_LINK = 1 << 2;
const REFUSED = -errno("EACCES");

/** An entry with nothing in it but its opcode and flags, and what the kernel answers. */
function makeAsk(): { ask: (opcode: number, flags?: number) => number; rings: Rings } {
  const { addon } = loadAddon();
  assert.ok(addon !== null);
  const rings = new Rings(addon, () => {});
  const ring = rings.current;
  const ask = (opcode: number, flags = 0): number => {
    const at = ring.next();
    ring.sqes.fill(0, at, at + SQE_WORDS);
    ring.sqes[at] = opcode | (flags << 8);
    ring.sqes[at + 1] = -1; // No descriptor.
    ring.push();
    ring.enter();
    let result: number | null = null;
    while (result === null) {
      addon.enter(ring.index, 0, 1, ENTER_GETEVENTS);
      ring.reap(
        (_low, _high, answer) => {
          result = answer;
        },
        () => result === null,
      );
    }
    return result;
  };
  return { ask, rings };
}

describe("a ring", { skip: noRing }, () => {
  test("refuses every opcode that the library does not write", () => {
    const { ask } = makeAsk();
    const own = new Set([...Object.values(URING_OPCODES), OP_ASYNC_CANCEL]);
    const foreign = Array.from({ length: OPCODES }, (_, opcode) => opcode).filter(
      (opcode) => !own.has(opcode),
    );
    for (const opcode of foreign) {
      const answer = ask(opcode);
      // A kernel that does not have it at all says EINVAL.
      assert.ok(answer === REFUSED || answer === -errno("EINVAL"), `${opcode}: ${answer}`);
    }
    assert.equal(ask(OP_NOP), 0);
  });

  test("refuses every flag of an entry but the one in use", () => {
    const { ask } = makeAsk();
    assert.equal(ask(OP_NOP, IOSQE_ASYNC), 0);
    for (const flag of [IOSQE_IO_DRAIN, IOSQE_IO_LINK]) {
      assert.equal(ask(OP_NOP, flag), REFUSED);
    }
  });

  test("takes nothing that would be registered", () => {
    const { rings } = makeAsk();
    const { addon } = loadAddon();
    const { index } = rings.current;
    const register = (opcode: number, bytes: number, count: number): number | undefined =>
      addon?.register(index, opcode, bytes === 0 ? null : new Uint8Array(bytes), count);
    assert.equal(register(REGISTER_PROBE, 16 + 8 * 256, 256), REFUSED);
    assert.equal(register(REGISTER_IOWQ_MAX_WORKERS, 8, 2), REFUSED);
    assert.ok((register(REGISTER_ENABLE_RINGS, 0, 0) ?? 0) < 0);
  });
});
