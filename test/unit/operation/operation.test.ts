// Goal: the lives of single operations that the orders of events do not cover: wholes of several
// parts, aborted signals, orphans of each kind, errors and what they tell.
// Method: a table on a backend that answers when the test says so.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { QUARANTINE_BYTES_MAX } from "../../../src/base/limits.ts";
import { IoBuffer } from "../../../src/operation/buffer.ts";
import { CANCELED_BY_CALL } from "../../../src/operation/cancel.ts";
import { Bed, PatientOwner, readInto, writeOf } from "./harness.ts";

describe("begin()", () => {
  test("with an aborted signal: settled, nothing lent, nothing admitted", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(8);
    const reason = { why: "tired" };
    const signal = AbortSignal.abort(reason);
    const started = bed.start({ request: readInto(buffer), buffers: [buffer], signal });
    assert.equal(started.state, "settled");
    assert.equal(started.code, "ABORT_ERR");
    assert.equal(started.rejected[0]?.error.cause, reason);
    assert.equal(started.rejected[0]?.isOwn, false);
    assert.equal(buffer.isLent, false);
    assert.equal(bed.table.liveCount, 0);
    assert.equal(bed.backend.log.length, 0);
    assert.equal(bed.clock.timerCount, 0);
  });

  test("without an owner: submitted at once", () => {
    const bed = new Bed();
    const started = bed.start();
    assert.equal(started.state, "submitted");
    assert.equal(bed.table.holders(), 1);
    bed.backend.done(0);
    assert.deepEqual(started.resolved, [["done", 0]]);
  });
});

describe("a whole", () => {
  test("goes on until all bytes have moved, each part under its own id", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(100);
    const started = bed.start({ request: writeOf(buffer), buffers: [buffer], isWhole: true });
    for (const count of [30, 1, 69]) bed.backend.done(count);
    assert.deepEqual(started.resolved, [["done", 100]]);
    const parts = bed.backend.log.map(({ snapshot }) =>
      snapshot.kind === "write" ? [snapshot.offset, snapshot.length, snapshot.position] : [],
    );
    assert.deepEqual(parts, [
      [0, 100, 100],
      [30, 70, 130],
      [31, 69, 131],
    ]);
    assert.equal(new Set(bed.backend.log.map((each) => each.id)).size, 3);
    assert.equal(bed.table.liveCount, 0);
  });

  test("of a read ends at the end of the file", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(100);
    const started = bed.start({ request: readInto(buffer), buffers: [buffer], isWhole: true });
    bed.backend.done(30);
    assert.equal(started.state, "submitted");
    bed.backend.done(0);
    assert.deepEqual(started.resolved, [["done", 30]]);
  });

  test("of a write that moves nothing fails, since it would never end", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(100);
    const started = bed.start({ request: writeOf(buffer), buffers: [buffer], isWhole: true });
    bed.backend.done(30);
    bed.backend.done(0);
    assert.equal(started.code, "ERR_NO_PROGRESS");
    assert.equal(started.rejected[0]?.error.bytesTransferred, 30);
  });

  for (const [name, completion] of [
    ["canceled", { kind: "canceled" }],
    ["bytes", { kind: "done", value: 20 }],
  ] as const) {
    test(`asked to stop between its parts, and answered with ${name}: tells what moved`, () => {
      const bed = new Bed();
      const buffer = new IoBuffer(100);
      const started = bed.start({ request: writeOf(buffer), buffers: [buffer], isWhole: true });
      bed.backend.done(30);
      started.record.cancel(CANCELED_BY_CALL);
      assert.equal(bed.backend.canceled.at(-1), bed.backend.pending[0]?.id);
      bed.backend.answer(completion);
      const moved = name === "bytes" ? 50 : 30;
      assert.equal(started.status, "canceled");
      assert.equal(started.outcomes[0]?.bytesTransferred, moved);
      assert.equal(started.rejected[0]?.error.bytesTransferred, moved);
      assert.equal(bed.backend.pending.length, 0);
    });
  }

  test("asked to stop, but all bytes moved: completed wins", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(100);
    const started = bed.start({ request: writeOf(buffer), buffers: [buffer], isWhole: true });
    bed.backend.done(30);
    started.record.cancel(CANCELED_BY_CALL);
    bed.backend.done(70);
    assert.deepEqual(started.resolved, [["done", 100]]);
    assert.equal(started.rejected.length, 0);
  });

  test("that fails in a later part tells what moved before", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(100);
    const started = bed.start({ request: writeOf(buffer), buffers: [buffer], isWhole: true });
    bed.backend.done(30);
    bed.backend.answer({ kind: "failed", errno: 28 });
    assert.equal(started.code, "ENOSPC");
    assert.equal(started.rejected[0]?.error.bytesTransferred, 30);
    assert.equal(started.rejected[0]?.error.errno, -28);
  });

  test("its timeout is for the whole, not for each part", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(100);
    const request = readInto(buffer);
    const started = bed.start({ request, buffers: [buffer], isWhole: true, timeoutMs: 100 });
    bed.clock.step(60);
    bed.backend.done(10);
    bed.clock.step(40);
    assert.equal(started.state, "canceling");
    bed.backend.answer({ kind: "canceled" });
    assert.equal(started.code, "ETIMEDOUT");
    assert.equal(started.outcomes[0]?.bytesTransferred, 10);
  });

  test("abandoned, it does not go on with the next part", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(100);
    const started = bed.start({ request: readInto(buffer), buffers: [buffer], isWhole: true });
    started.record.abandon();
    bed.backend.done(10);
    assert.equal(started.status, "abandoned");
    assert.equal(bed.backend.pending.length, 0);
    assert.equal(buffer.isLent, false);
  });
});

describe("an orphan", () => {
  test("rejects at once, counts as handled, and ends with the kernel's answer", () => {
    const bed = new Bed();
    const buffer = new IoBuffer(4096);
    const started = bed.start({ request: readInto(buffer), buffers: [buffer], timeoutMs: 10 });
    started.record.abandon();
    assert.equal(started.code, "ERR_ABANDONED");
    assert.equal(started.rejected[0]?.isOwn, true);
    assert.equal(buffer.isLent, true);
    assert.equal(bed.backend.canceled.length, 1, "the sooner it ends the better");
    assert.equal(bed.clock.timerCount, 0, "nobody waits for it any more");
    bed.backend.done(100);
    assert.equal(started.status, "abandoned");
    assert.equal(started.outcomes[0]?.bytesTransferred, 100);
    assert.equal(started.rejected.length, 1);
    assert.equal(buffer.isLent, false);
  });

  test("of an open that succeeded: its descriptor is closed, once", () => {
    const bed = new Bed();
    const started = bed.start({ request: { kind: "open", path: "a", flags: 0, mode: 0 } });
    started.record.abandon();
    bed.backend.answer({ kind: "opened", fd: 9, isStream: false });
    assert.equal(started.status, "abandoned");
    assert.deepEqual(
      bed.backend.pending.map((each) => each.request),
      [{ kind: "close", fd: 9 }],
    );
    bed.backend.done(0);
    assert.equal(bed.table.liveCount, 0);
    assert.equal(bed.backend.log.length, 2);
  });

  test("of an open that failed or was canceled: nothing is closed", () => {
    for (const completion of [{ kind: "canceled" }, { kind: "failed", errno: 2 }] as const) {
      const bed = new Bed();
      const started = bed.start({ request: { kind: "open", path: "a", flags: 0, mode: 0 } });
      started.record.abandon();
      bed.backend.answer(completion);
      assert.equal(started.status, "abandoned");
      assert.equal(bed.backend.log.length, 1);
    }
  });

  test("after a cancel: it is abandoned from then on", () => {
    const bed = new Bed();
    const started = bed.start();
    started.record.cancel(CANCELED_BY_CALL);
    started.record.abandon();
    assert.equal(started.state, "abandoned");
    bed.backend.answer({ kind: "canceled" });
    assert.equal(started.status, "abandoned");
    assert.equal(started.rejected.length, 1);
  });

  test("with a backend that answers cancels at once: settled in the same breath", () => {
    const bed = new Bed();
    bed.backend.isQuick = true;
    const buffer = new IoBuffer(64);
    const started = bed.start({ request: readInto(buffer), buffers: [buffer] });
    started.record.abandon();
    assert.equal(started.state, "settled");
    assert.equal(started.code, "ERR_ABANDONED");
    assert.equal(started.rejected.length, 1);
    assert.equal(buffer.isLent, false);
    assert.deepEqual([bed.table.quarantine.bytes, bed.table.quarantine.operations], [0, 0]);
  });

  test("the quarantine is full: abandon() throws and is a cancel", () => {
    const bed = new Bed();
    bed.table.quarantine.add(QUARANTINE_BYTES_MAX - 63);
    const buffer = new IoBuffer(64);
    const started = bed.start({ request: readInto(buffer), buffers: [buffer] });
    assert.throws(() => started.record.abandon(), { code: "ERR_QUARANTINE_FULL" });
    assert.equal(started.state, "canceling");
    assert.equal(started.rejected.length, 0);
    assert.equal(bed.backend.canceled.length, 1);
    bed.backend.answer({ kind: "canceled" });
    assert.equal(started.code, "ABORT_ERR");
    bed.table.quarantine.remove(QUARANTINE_BYTES_MAX - 63);
  });

  test("the quarantine is filled to the last byte, not beyond", () => {
    const bed = new Bed();
    bed.table.quarantine.add(QUARANTINE_BYTES_MAX - 64);
    const buffer = new IoBuffer(64);
    const started = bed.start({ request: readInto(buffer), buffers: [buffer] });
    started.record.abandon();
    assert.equal(started.state, "abandoned");
    bed.backend.done(0);
  });

  test("an operation without buffers can always be abandoned", () => {
    const bed = new Bed();
    bed.table.quarantine.add(QUARANTINE_BYTES_MAX);
    const started = bed.start();
    started.record.abandon();
    assert.equal(started.state, "abandoned");
    bed.backend.done(0);
  });
});

describe("errors", () => {
  test("name the request, the path and the kernel's errno", () => {
    const bed = new Bed();
    const started = bed.start();
    bed.backend.answer({ kind: "failed", errno: 5 });
    const { error, isOwn } = started.rejected[0] ?? assert.fail("not rejected");
    assert.equal(error.message, 'Cannot fsync "/path": input/output error (EIO)');
    assert.deepEqual([error.errno, error.syscall, error.path], [-5, "fsync", "/path"]);
    assert.equal(isOwn, false);
  });

  test("what the kernel does not offer is ERR_NOT_SUPPORTED", () => {
    const bed = new Bed();
    const started = bed.start();
    bed.backend.answer({ kind: "unsupported" });
    assert.equal(started.code, "ERR_NOT_SUPPORTED");
    assert.equal(started.status, "failed");
  });

  test("canceled by nobody is a failure of its own, not an abort", () => {
    const bed = new Bed();
    const started = bed.start();
    bed.backend.answer({ kind: "canceled" });
    assert.equal(started.code, "ECANCELED");
    assert.equal(started.status, "failed");
  });

  test("the first request to stop names the error", () => {
    const bed = new Bed();
    const controller = new AbortController();
    const started = bed.start({ signal: controller.signal, timeoutMs: 5 });
    bed.clock.step(5);
    controller.abort("later");
    started.record.cancel(CANCELED_BY_CALL);
    bed.backend.answer({ kind: "canceled" });
    assert.equal(started.code, "ETIMEDOUT");
    assert.equal(started.rejected[0]?.error.cause, undefined);
    assert.equal(started.rejected[0]?.isOwn, false);
    assert.equal(bed.backend.canceled.length, 1);
  });
});

describe("an owner", () => {
  test("that deals with the cancel itself is not bypassed", () => {
    const bed = new Bed();
    const owner = new PatientOwner();
    owner.onCancelRequested = () => true;
    const started = bed.start({ owner, request: { kind: "close", fd: 3 } });
    started.record.cancel(CANCELED_BY_CALL);
    assert.equal(started.state, "queued");
    bed.table.submit(started.record);
    started.record.cancel(CANCELED_BY_CALL);
    assert.equal(started.state, "submitted");
    assert.equal(bed.backend.canceled.length, 0);
    bed.backend.done(0);
    assert.deepEqual(started.resolved, [["done", 0]]);
  });

  test("hears of an orphan's end before of the end", () => {
    const bed = new Bed();
    const owner = new PatientOwner();
    const started = bed.start({ owner });
    bed.table.submit(started.record);
    started.record.abandon();
    bed.backend.done(0);
    assert.deepEqual(owner.log, [
      "begun",
      "admitted",
      "abandoned",
      "orphan ended",
      "ended done as orphan",
    ]);
  });

  test("a close that is abandoned while it waits goes on to its end", () => {
    const bed = new Bed();
    const owner = new PatientOwner();
    const started = bed.start({ owner, request: { kind: "close", fd: 3 } });
    started.record.abandon();
    assert.equal(started.state, "abandoned");
    assert.equal(bed.table.holders(), 0);
    bed.table.submit(started.record);
    assert.equal(bed.backend.kinds[0], "close");
    bed.backend.done(0);
    assert.equal(started.status, "abandoned");
  });
});
