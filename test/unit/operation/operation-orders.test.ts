// Goal: whatever the order of turn, cancel, timeout, abandon and answer, an operation settles once,
// with the kernel's answer or because the kernel never saw it, and its buffer is the caller's again
// with that and not before (P1, P2, P5, P6).
// Method: all orders of up to six events are driven by hand; a second, simpler account of the rules
// says after each event what must be true.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Completion } from "../../../src/backend/contract.ts";
import { IoBuffer } from "../../../src/operation/buffer.ts";
import { CANCELED_BY_CALL } from "../../../src/operation/cancel.ts";
import { type OperationState, TRANSITIONS } from "../../../src/operation/operation.ts";
import { Bed, PatientOwner, readInto, type Started } from "./harness.ts";

const EVENTS = [
  "turn",
  "cancel",
  "abort",
  "time",
  "abandon",
  "done",
  "canceled",
  "failed",
] as const;
type Event = (typeof EVENTS)[number];

const ANSWERS: Readonly<Partial<Record<Event, Completion>>> = {
  done: { kind: "done", value: 5 },
  canceled: { kind: "canceled" },
  failed: { kind: "failed", errno: 5 },
};

/** The rules once more, as plainly as can be. */
class Model {
  kernel: "unseen" | "has it" | "let go" = "unseen";
  /** The first request to stop, which names the error. */
  asked: "ABORT_ERR" | "ETIMEDOUT" | null = null;
  isAsksOwn = false;
  isAbandoned = false;
  isEnded = false;
  answer: Event | null = null;

  /** Whether the event can happen now. */
  allows(event: Event): boolean {
    if (event === "turn") return this.kernel === "unseen" && !this.isEnded;
    return ANSWERS[event] === undefined || this.kernel === "has it";
  }

  apply(event: Event): void {
    if (event === "turn") {
      this.kernel = "has it";
    } else if (ANSWERS[event] !== undefined) {
      this.kernel = "let go";
      this.isEnded = true;
      this.answer = event;
    } else if (!this.isEnded && !this.isAbandoned) {
      if (event === "abandon") this.isAbandoned = true;
      else if (this.asked === null) {
        this.asked = event === "time" ? "ETIMEDOUT" : "ABORT_ERR";
        this.isAsksOwn = event === "cancel";
      }
      if (this.kernel === "unseen") this.isEnded = true;
    }
  }

  get state(): OperationState {
    if (this.isEnded) return "settled";
    if (this.isAbandoned) return "abandoned";
    if (this.kernel === "unseen") return "queued";
    return this.asked === null ? "submitted" : "canceling";
  }

  /** What the caller has heard: at most one thing. */
  get code(): string | undefined {
    if (this.isAbandoned) return "ERR_ABANDONED";
    if (!this.isEnded || this.answer === "done") return undefined;
    if (this.answer === "failed") return "EIO";
    return this.asked ?? "ECANCELED";
  }

  get status(): string | undefined {
    if (!this.isEnded) return undefined;
    if (this.isAbandoned) return "abandoned";
    if (this.answer === "done") return "completed";
    if (this.answer === "failed" || this.asked === null) return "failed";
    return this.asked === "ETIMEDOUT" ? "timedOut" : "canceled";
  }
}

class Run {
  readonly bed: Bed = new Bed();
  readonly owner: PatientOwner = new PatientOwner();
  readonly buffer: IoBuffer = new IoBuffer(64);
  readonly controller: AbortController = new AbortController();
  readonly started: Started;
  readonly model: Model = new Model();

  constructor() {
    this.buffer.bytes.fill(7);
    const { owner, buffer, controller } = this;
    const request = readInto(buffer);
    const signal = controller.signal;
    this.started = this.bed.start({ request, owner, buffers: [buffer], signal, timeoutMs: 50 });
  }

  do(event: Event): void {
    const { record } = this.started;
    const answer = ANSWERS[event];
    if (event === "turn") this.bed.table.submit(record);
    else if (event === "cancel") record.cancel(CANCELED_BY_CALL);
    else if (event === "abort") this.controller.abort(new Error("reason"));
    else if (event === "time") this.bed.clock.step(50);
    else if (event === "abandon") record.abandon();
    else if (answer !== undefined) this.bed.backend.answer(answer);
    this.model.apply(event);
  }

  check(trail: string): void {
    const { started, model, buffer, bed } = this;
    assert.equal(started.state, model.state, trail);
    assert.equal(started.code, model.code, trail);
    assert.equal(started.status, model.status, trail);
    const heard = started.resolved.length + started.rejected.length;
    assert.equal(heard, model.code !== undefined || model.answer === "done" ? 1 : 0, trail);
    assert.equal(started.outcomes.length, model.isEnded ? 1 : 0, trail);
    assert.equal(buffer.isLent, !model.isEnded, trail);
    assert.equal(bed.table.liveCount, model.isEnded ? 0 : 1, trail);
    const isOrphan = model.isAbandoned && !model.isEnded;
    assert.equal(bed.table.quarantine.operations, isOrphan ? 1 : 0, trail);
    assert.equal(bed.table.quarantine.bytes, isOrphan ? 64 : 0, trail);
    assert.equal(bed.table.holders(), model.isEnded || model.isAbandoned ? 0 : 1, trail);
    if (model.isEnded) this.checkEnd(trail);
  }

  checkEnd(trail: string): void {
    const { started, model, buffer, bed, owner } = this;
    assert.equal(buffer.bytes[0], 7, trail);
    assert.equal(bed.clock.timerCount, 0, trail);
    assert.equal(owner.log.filter((line) => line.startsWith("ended")).length, 1, trail);
    const [outcome] = started.outcomes;
    assert.equal(outcome?.bytesTransferred, model.answer === "done" ? 5 : 0, trail);
    if (started.rejected[0] === undefined) return;
    const isOwn = model.isAbandoned || (model.asked !== null && model.isAsksOwn);
    if (model.answer !== "failed") assert.equal(started.rejected[0].isOwn, isOwn, trail);
  }
}

function everyOrder(lengthMax: number): { readonly orders: number; readonly states: Set<string> } {
  let orders = 0;
  const states = new Set<string>();
  const visit = (events: readonly Event[]): void => {
    const run = new Run();
    const trail = events.join(" → ");
    let before = run.model.state;
    run.check("begun");
    for (const event of events) {
      run.do(event);
      run.check(trail);
      states.add(`${before} → ${run.model.state}`);
      before = run.model.state;
    }
    orders++;
    if (events.length === lengthMax) return;
    for (const event of EVENTS) if (run.model.allows(event)) visit([...events, event]);
  };
  visit([]);
  return { orders, states };
}

describe("an operation", () => {
  test("keeps its promises in all orders of six events", (t) => {
    const { orders, states } = everyOrder(6);
    t.diagnostic(`${orders} orders, transitions: ${[...states].sort().join(", ")}`);
    assert.ok(orders > 10_000, `${orders}`);
    // What was seen is what the table allows; abandoned while queued is for a close alone.
    const seen = new Set(
      [...states].filter((each) => each.split(" → ")[0] !== each.split(" → ")[1]),
    );
    for (const each of seen) {
      const [from, to] = each.split(" → ") as [OperationState, OperationState];
      assert.ok(TRANSITIONS[from].includes(to), each);
    }
    for (const [from, list] of Object.entries(TRANSITIONS)) {
      for (const to of list) {
        if (from === "queued" && to === "abandoned") continue;
        assert.ok(seen.has(`${from} → ${to}`), `never seen: ${from} → ${to}`);
      }
    }
  });

  test("an answer without a submission, or a second one, is our bug", () => {
    const run = new Run();
    assert.throws(() => run.started.record.complete({ kind: "canceled" }), {
      name: "InvariantError",
    });
    run.do("turn");
    const { id } = run.started.record;
    run.do("done");
    for (const again of [
      () => run.started.record.complete({ kind: "canceled" }),
      () => run.bed.table.complete(id, { kind: "done", value: 5 }),
      () => run.bed.table.submit(run.started.record),
    ]) {
      assert.throws(again, { name: "InvariantError" });
    }
    run.check("after bugs");
  });

  test("submitted twice is our bug", () => {
    const run = new Run();
    run.do("turn");
    assert.throws(() => run.bed.table.submit(run.started.record), { name: "InvariantError" });
  });
});
