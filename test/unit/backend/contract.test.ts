// Goal: ids, capabilities, scratch memory and queues of entries keep what they promise.
// Method: each by itself; ids are drawn at random.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { URING_OPCODES, uringCapabilities } from "../../../src/backend/capabilities.ts";
import { generationOf, operationId, SLOT_BITS, slotOf } from "../../../src/backend/contract.ts";
import { ScratchPool } from "../../../src/backend/scratch.ts";
import { Entry, EntryQueue, entryAt } from "../../../src/backend/uring/entry.ts";
import {
  IN_FLIGHT_MAX,
  SCRATCH_BIG_BYTES,
  SCRATCH_FILE_BYTES,
  SCRATCH_SMALL_BYTES,
  SMALL_FILE_BYTES,
  VECTOR_BUFFERS_MAX,
} from "../../../src/base/limits.ts";

describe("ids", () => {
  test("slot and generation come back out of any id, which is a safe integer", () => {
    const slot = fc.integer({ min: 0, max: 2 ** SLOT_BITS - 1 });
    const generation = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(slot, generation, (s, g) => {
        const id = operationId(s, g);
        assert.ok(Number.isSafeInteger(id));
        assert.equal(slotOf(id), s);
        assert.equal(generationOf(id), g);
      }),
      { examples: [[2 ** SLOT_BITS - 1, 0xffff_ffff]] },
    );
  });

  test("every slot that the table may use has room beside the mark of cancels", () => {
    assert.ok(IN_FLIGHT_MAX <= 2 ** SLOT_BITS);
    assert.ok(SLOT_BITS < 31);
  });
});

test("uringCapabilities() declares native what the kernel knows, absent what not", () => {
  const none = uringCapabilities(() => false);
  const all = uringCapabilities(() => true);
  for (const kind of Object.keys(URING_OPCODES) as (keyof typeof URING_OPCODES)[]) {
    assert.equal(none[kind], "absent");
    assert.equal(all[kind], "native");
    const only = uringCapabilities((opcode) => opcode === URING_OPCODES[kind]);
    assert.equal(only[kind], "native");
    assert.equal(only.readFile, "absent", "it takes several");
  }
  assert.deepEqual([none.readFile, all.readFile], ["absent", "native"]);
});

describe("ScratchPool", () => {
  test("two blocks that are out at once are never the same", () => {
    const pool = new ScratchPool();
    const out = [10, 10, 2000, SCRATCH_BIG_BYTES, 20_000].map((bytes) => pool.take(bytes));
    assert.equal(new Set(out).size, 5);
    const [small, big] = [SCRATCH_SMALL_BYTES, SCRATCH_BIG_BYTES];
    assert.deepEqual(
      out.map((each) => each.bytes.byteLength),
      [small, small, big, big, SMALL_FILE_BYTES],
    );
    for (const each of out) pool.give(each);
    const again = [1, 1, 5000, 5000, SMALL_FILE_BYTES].map((bytes) => pool.take(bytes));
    assert.deepEqual(new Set(again), new Set(out), "they are used again");
    for (const each of again) pool.give(each);
  });

  test("the longest vector fits", () => {
    assert.ok(VECTOR_BUFFERS_MAX * 16 <= SCRATCH_BIG_BYTES);
  });

  test("more than the biggest block is our bug", () => {
    assert.throws(() => new ScratchPool().take(SCRATCH_FILE_BYTES + 1), { name: "InvariantError" });
  });
});

function slotsOf(queue: EntryQueue): number[] {
  const slots: number[] = [];
  for (let entry = queue.first; entry !== null; entry = entry.next) slots.push(entry.slot);
  return slots;
}

describe("EntryQueue", () => {
  test("first in, first out; any entry can be dropped; foreign ones are left alone", () => {
    const entries = Array.from({ length: 5 }, (_, slot) => new Entry(slot));
    const queue = new EntryQueue();
    const other = new EntryQueue();
    for (const entry of entries) queue.push(entry);
    other.drop(entries[2]!);
    const drop = (slot: number): void => queue.drop(entries[slot]!);
    drop(2);
    drop(2);
    drop(4);
    const rest: number[] = [];
    for (let entry = queue.first; entry !== null; entry = queue.first) {
      rest.push(entry.slot);
      queue.drop(entry);
    }
    assert.deepEqual(rest, [0, 1, 3]);
    queue.push(entries[4]!);
    assert.equal(queue.first, entries[4]);
    assert.throws(() => other.push(entries[4]!), { name: "InvariantError" });
  });

  test("behaves as a list under any sequence of pushes and drops", () => {
    const slot = fc.integer({ min: 0, max: 7 });
    const step = fc.record({ what: fc.constantFrom("push", "pushFirst", "drop"), slot });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const entries = Array.from({ length: 8 }, (_, index) => new Entry(index));
        const queue = new EntryQueue();
        let model: number[] = [];
        for (const { what, slot: at } of steps) {
          if (what !== "drop" && !model.includes(at)) {
            queue[what as "push" | "pushFirst"](entries[at]!);
            model = what === "push" ? [...model, at] : [at, ...model];
          } else {
            queue.drop(entries[at]!);
            model = model.filter((each) => each !== at);
          }
          assert.deepEqual(slotsOf(queue), model);
        }
      }),
    );
  });
});

describe("Entry", () => {
  const NOP = { kind: "nop" } as const;

  test("wrong orders are our bug", () => {
    const entry = new Entry(0);
    const throws = (act: () => unknown): void => assert.throws(act, { name: "InvariantError" });
    throws(() => entry.onFilled(null as never, null));
    throws(() => entry.end());
    throws(() => entry.ring);
    throws(() => entry.onPendingAgain());
    entry.begin(1, NOP);
    throws(() => entry.begin(2, NOP));
    throws(() => entry.onPendingAgain());
    entry.end();
    throws(() => entry.end());
  });

  test("entryAt() makes an entry once for each slot", () => {
    const entries: Entry[] = [];
    const entry = entryAt(entries, 3);
    assert.equal(entry.slot, 3);
    assert.equal(entryAt(entries, 3), entry);
    assert.notEqual(entryAt(entries, 1), entry);
  });
});
