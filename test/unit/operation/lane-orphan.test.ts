// Goal: turns are taken in order; bytes are put back in order and none is lost; the fence holds
// while an abandoned write is in the kernel; the quarantine counts what enters and leaves.
// Method: each piece by itself, against plain lists, with random steps.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { QUARANTINE_BYTES_MAX } from "../../../src/base/limits.ts";
import { Lane } from "../../../src/operation/lane.ts";
import type { OperationRecord } from "../../../src/operation/operation.ts";
import { Fence, PushBack, Quarantine } from "../../../src/operation/orphan.ts";
import { RecordList } from "../../../src/operation/record-list.ts";
import { Bed, PatientOwner } from "./harness.ts";

function records(count: number): OperationRecord[] {
  const bed = new Bed();
  // The owner's list is not used here: these are for lists of the test's own.
  return Array.from({ length: count }, () => bed.start({ owner: new PatientOwner() }).record);
}

describe("Lane", () => {
  test("one at a time, first come first served, whoever leaves early", () => {
    const slot = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 50 }), (steps) => {
        const lane = new Lane();
        const all = records(6);
        let model: OperationRecord[] = [];
        for (const at of steps) {
          const record = all[at]!;
          if (model.includes(record)) {
            const wasCurrent = model[0] === record;
            model = model.filter((each) => each !== record);
            assert.equal(lane.leave(record), wasCurrent ? (model[0] ?? null) : null);
          } else {
            assert.equal(lane.enter(record), model.length === 0);
            model.push(record);
          }
          for (const each of all) assert.equal(lane.isCurrent(each), model[0] === each);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("leave() of one that never entered changes nothing", () => {
    const [one, two] = records(2) as [OperationRecord, OperationRecord];
    const lane = new Lane();
    lane.enter(one);
    assert.equal(lane.leave(two), null);
    assert.equal(lane.isCurrent(one), true);
  });

  test("entering twice is our bug", () => {
    const [one] = records(1) as [OperationRecord];
    const lane = new Lane();
    lane.enter(one);
    assert.throws(() => lane.enter(one), { name: "InvariantError" });
  });
});

describe("PushBack", () => {
  test("gives the bytes in the order in which they came, none twice, none lost", () => {
    const step = fc.oneof(
      fc.record({ add: fc.uint8Array({ maxLength: 9 }) }),
      fc.record({ take: fc.integer({ min: 0, max: 12 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pushBack = new PushBack();
        let model: number[] = [];
        for (const each of steps) {
          if ("add" in each) {
            pushBack.add(each.add);
            model.push(...each.add);
          } else {
            const target = new Uint8Array(each.take + 1);
            const count = pushBack.takeInto(target);
            assert.equal(count, Math.min(target.length, model.length));
            assert.deepEqual([...target.subarray(0, count)], model.slice(0, count));
            assert.ok(target.subarray(count).every((byte) => byte === 0));
            model = model.slice(count);
          }
          assert.equal(pushBack.isEmpty, model.length === 0);
        }
      }),
    );
  });

  test("keeps a copy: the memory goes back to its owner", () => {
    const pushBack = new PushBack();
    for (const bytes of [new Uint8Array([1, 2, 3]), Buffer.from([1, 2, 3])]) {
      pushBack.add(bytes);
      pushBack.addFirst([bytes]);
      bytes.fill(9);
      const target = new Uint8Array(6);
      pushBack.takeInto(target);
      assert.deepEqual([...target], [1, 2, 3, 1, 2, 3]);
    }
  });

  test("takes any number of chunks at once", () => {
    const pushBack = new PushBack();
    const chunk = new Uint8Array([1, 2]);
    pushBack.addFirst(Array.from({ length: 1_000_000 }, () => chunk));
    assert.equal(pushBack.byteLength, 2_000_000);
    pushBack.addFirst([]);
    pushBack.addFirst([new Uint8Array(0)]);
    assert.equal(pushBack.byteLength, 2_000_000);
  });
});

describe("Fence", () => {
  test("is up until the last orphan has ended, then lets all go in order", () => {
    const fence = new Fence();
    const [one, two, three] = records(3) as [OperationRecord, OperationRecord, OperationRecord];
    assert.equal(fence.isUp, false);
    assert.throws(() => fence.hold(one), { name: "InvariantError" });
    fence.raise();
    fence.raise();
    for (const record of [one, two, three]) fence.hold(record);
    fence.drop(two);
    assert.deepEqual(fence.lower(), []);
    assert.equal(fence.isUp, true);
    assert.deepEqual(fence.lower(), [one, three]);
    assert.equal(fence.isUp, false);
    fence.raise();
    assert.deepEqual(fence.lower(), [], "they have gone");
  });

  test("lowered more often than raised is our bug", () => {
    assert.throws(() => new Fence().lower(), { name: "InvariantError" });
  });
});

describe("Quarantine", () => {
  test("counts operations and bytes, and knows its bound", () => {
    const quarantine = new Quarantine();
    assert.equal(quarantine.hasRoomFor(QUARANTINE_BYTES_MAX), true);
    assert.equal(quarantine.hasRoomFor(QUARANTINE_BYTES_MAX + 1), false);
    quarantine.add(10);
    quarantine.add(0);
    assert.deepEqual([quarantine.bytes, quarantine.operations], [10, 2]);
    assert.equal(quarantine.hasRoomFor(QUARANTINE_BYTES_MAX - 10), true);
    assert.equal(quarantine.hasRoomFor(QUARANTINE_BYTES_MAX - 9), false);
    quarantine.remove(10);
    quarantine.remove(0);
    assert.deepEqual([quarantine.bytes, quarantine.operations], [0, 0]);
    assert.throws(() => quarantine.remove(0), { name: "InvariantError" });
  });
});

describe("RecordList", () => {
  test("is a list under any sequence of entering and leaving", () => {
    const slot = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 50 }), (steps) => {
        const list = new RecordList();
        const all = records(6);
        const model = new Set<OperationRecord>();
        for (const at of steps) {
          const record = all[at]!;
          if (model.delete(record)) list.remove(record);
          else {
            list.add(record);
            model.add(record);
          }
          assert.equal(list.count, model.size);
          assert.deepEqual(new Set(list.snapshot()), model);
          assert.equal(list.snapshot().length, model.size);
        }
      }),
      { numRuns: 60 },
    );
  });
});
