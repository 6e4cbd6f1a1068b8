// Goal: each operation has a slot of its own while it lives; what does not fit waits, in order, or
// is refused; nothing is delivered to the next user of a slot.
// Method: a table on a backend that answers when the test says so. The bounds are the real ones,
// so a table is filled for once.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";

import { slotOf } from "../../../src/backend/contract.ts";
import { IN_FLIGHT_MAX, QUEUED_MAX } from "../../../src/base/limits.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { IoBuffer } from "../../../src/operation/buffer.ts";
import { CANCELED_BY_CALL } from "../../../src/operation/cancel.ts";
import { OperationRecord } from "../../../src/operation/operation.ts";
import { OperationTable } from "../../../src/operation/table.ts";
import { FakeBackend } from "../../support/fake-kernel-backend.ts";
import { Bed, PatientOwner, readInto } from "./harness.ts";

const FSYNC = { kind: "fsync", fd: 3 } as const;

describe("slots", () => {
  test("no two live operations share one, and none is used beyond need", () => {
    const action = fc.oneof(fc.constant(-1), fc.nat({ max: 20 }));
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const bed = new Bed();
        let most = 0;
        for (const at of actions) {
          if (at < 0 || bed.backend.pending.length === 0) bed.start();
          else bed.backend.done(0, at % bed.backend.pending.length);
          const slots = bed.backend.pending.map((each) => slotOf(each.id));
          assert.equal(new Set(slots).size, slots.length);
          most = Math.max(most, slots.length);
          assert.ok(slots.every((slot) => slot < most));
          assert.equal(bed.table.liveCount, slots.length);
        }
        assert.equal(new Set(bed.backend.log.map((each) => each.id)).size, bed.backend.log.length);
      }),
    );
  });

  test("a completion of a former user of the slot is our bug, and reaches nobody", () => {
    const bed = new Bed();
    bed.start();
    const [{ id: first } = assert.fail()] = bed.backend.log;
    bed.backend.done(0);
    const second = bed.start();
    assert.equal(slotOf(second.record.id), slotOf(first));
    assert.notEqual(second.record.id, first);
    assert.throws(() => bed.table.complete(first, { kind: "done", value: 0 }), {
      name: "InvariantError",
    });
    assert.throws(() => bed.table.complete(99, { kind: "done", value: 0 }), {
      name: "InvariantError",
    });
    assert.equal(second.state, "submitted");
  });

  test("a table is connected once, and not used before", () => {
    const table = new OperationTable(new StepClock());
    assert.throws(() => table.backend, { name: "InvariantError" });
    const backend = new FakeBackend(table);
    table.connect(backend);
    assert.equal(table.backend, backend);
    assert.throws(() => table.connect(backend), { name: "InvariantError" });
  });
});

describe("holders", () => {
  test("the backend looks again when the first comes and when the last goes", () => {
    const bed = new Bed();
    assert.equal(bed.table.holders(), 0);
    const one = bed.start();
    bed.start();
    assert.equal(bed.table.holders(), 2);
    assert.equal(bed.backend.refreshes, 1);
    bed.table.stopHolding(one.record);
    bed.table.stopHolding(one.record);
    assert.equal(bed.table.holders(), 1);
    bed.table.startHolding(one.record);
    bed.table.startHolding(one.record);
    assert.equal(bed.table.holders(), 2);
    bed.backend.done(0);
    bed.backend.done(0);
    assert.equal(bed.table.holders(), 0);
    assert.equal(bed.backend.refreshes, 2);
  });

  test("operations of an owner that does not hold do not hold", () => {
    const bed = new Bed();
    const owner = new PatientOwner();
    owner.isHolding = false;
    bed.start({ owner });
    assert.equal(bed.table.holders(), 0);
  });
});

describe("whenQuiet()", () => {
  test("calls once nothing is live, at once if so, and once", () => {
    const bed = new Bed();
    let calls = 0;
    bed.table.whenQuiet(() => calls++);
    assert.equal(calls, 1);
    bed.start();
    bed.start();
    bed.table.whenQuiet(() => calls++);
    bed.backend.done(0);
    assert.equal(calls, 1);
    bed.backend.done(0);
    assert.equal(calls, 2);
    bed.start();
    bed.backend.done(0);
    assert.equal(calls, 2);
  });
});

describe("records()", () => {
  test("are those that have begun and not ended, wherever they stand", () => {
    const bed = new Bed();
    const owner = new PatientOwner();
    const one = bed.start({ owner });
    const two = bed.start();
    assert.deepEqual(new Set(bed.table.records()), new Set([one.record, two.record]));
    bed.backend.done(0);
    assert.deepEqual(bed.table.records(), [one.record]);
    one.record.cancel(CANCELED_BY_CALL);
    assert.deepEqual(bed.table.records(), []);
  });

  test("cancelWhere() asks those that are meant", () => {
    const bed = new Bed();
    bed.start();
    bed.start({ request: { kind: "nop" } });
    bed.table.cancelWhere(CANCELED_BY_CALL, (record) => record.request.kind === "nop");
    assert.deepEqual(bed.backend.canceled, [bed.backend.pending[1]?.id]);
  });
});

test("captureStack() tells where, only when asked to", () => {
  const bed = new Bed();
  assert.equal(bed.start().record.stack, undefined);
  bed.table.isCapturingStacks = true;
  assert.match(bed.start().record.stack ?? "", /table\.test/);
});

describe("a full table", () => {
  test("what does not fit waits in order, is canceled unseen, or is refused", () => {
    const bed = new Bed();
    const fill = (count: number): void => {
      for (let index = 0; index < count; index++) {
        new OperationRecord(
          bed.table,
          {
            request: FSYNC,
            owner: null,
            path: undefined,
            buffers: [],
            isWhole: false,
            isCopy: false,
          },
          { finish: () => undefined, resolve: () => {}, reject: () => {} },
        ).begin(undefined, undefined);
      }
    };
    fill(IN_FLIGHT_MAX);
    assert.equal(bed.backend.pending.length, IN_FLIGHT_MAX);
    const buffer = new IoBuffer(64);
    const first = bed.start({ request: readInto(buffer), buffers: [buffer], timeoutMs: 9 });
    const second = bed.start();
    assert.deepEqual([first.state, second.state], ["queued", "queued"]);
    assert.equal(buffer.isLent, true, "lent from the call on");
    assert.equal(bed.table.liveCount, IN_FLIGHT_MAX + 2);
    assert.equal(bed.backend.log.length, IN_FLIGHT_MAX);

    bed.backend.done(0, IN_FLIGHT_MAX - 1);
    assert.deepEqual([first.state, second.state], ["submitted", "queued"]);
    const third = bed.start();
    third.record.cancel(CANCELED_BY_CALL);
    assert.equal(third.code, "ABORT_ERR");
    bed.backend.done(0, IN_FLIGHT_MAX - 2);
    assert.equal(second.state, "submitted");

    fill(QUEUED_MAX);
    const refusedBuffer = new IoBuffer(64);
    const refused = bed.start({
      request: readInto(refusedBuffer),
      buffers: [refusedBuffer],
      timeoutMs: 5,
    });
    assert.equal(refused.code, "ERR_QUEUE_FULL");
    assert.equal(refused.status, "failed");
    assert.equal(refused.state, "settled");
    assert.equal(refusedBuffer.isLent, false);
    assert.equal(bed.clock.timerCount, 1, "the one of the first read");
    // A close is never refused: its descriptor would stay open for good.
    const close = bed.start({ request: { kind: "close", fd: 4 } });
    assert.equal(close.state, "queued");
  });
});
