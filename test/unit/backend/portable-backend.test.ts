// Goal: each request goes to whom it is for and completes once; opens without a peer are tried
// again and can be canceled; the event loop has its turns.
// Method: doers that answer when the test says so, and a clock that it steps.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { REQUEST_KINDS } from "../../../src/backend/capabilities.ts";
import type {
  Capabilities,
  Completion,
  OperationId,
  Request,
} from "../../../src/backend/contract.ts";
import { PortableBackend } from "../../../src/backend/portable/backend.ts";
import type { Answer, Doer } from "../../../src/backend/portable/doer.ts";
import { Sorts } from "../../../src/backend/portable/sorts.ts";
import { TRIED_AGAIN_AT_ONCE, TRIED_AGAIN_MS } from "../../../src/base/limits.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import { requestOf } from "./requests.ts";

const EAGAIN = 11;
const O_NONBLOCK = 0o4000;
const NO_PEER: Completion = { kind: "failed", errno: EAGAIN };
const OPENED: Completion = { kind: "opened", fd: 3, isStream: true };
const CANCELED: Completion = { kind: "canceled" };

class SlowDoer implements Doer {
  readonly begun: Map<OperationId, Request> = new Map();
  /** Whether what is there can still be withdrawn. */
  isWithdrawing = true;

  get count(): number {
    return this.begun.size;
  }

  submit(id: OperationId, request: Request): void {
    this.begun.set(id, request);
  }

  cancel(id: OperationId): boolean {
    return this.isWithdrawing && this.begun.delete(id);
  }
}

class Bed {
  readonly clock: StepClock = new StepClock();
  readonly files: SlowDoer = new SlowDoer();
  readonly streams: SlowDoer = new SlowDoer();
  readonly heard: (readonly [OperationId, Completion])[] = [];
  readonly holds: boolean[] = [];
  readonly sortsAsked: number[] = [];
  holders = 1;
  answer: Answer = () => {};
  readonly backend: PortableBackend;

  constructor(capabilities: Partial<Capabilities> = {}) {
    const sink = {
      complete: (id: OperationId, completion: Completion): void => {
        this.heard.push([id, completion]);
      },
      holders: () => this.holders,
    };
    const all = Object.fromEntries(REQUEST_KINDS.map((kind) => [kind, "emulated"])) as Capabilities;
    this.backend = new PortableBackend(sink, this.clock, (answer) => {
      this.answer = answer;
      return {
        capabilities: { ...all, ...capabilities },
        files: this.files,
        streams: this.streams,
        sorts: new Sorts((fd) => {
          this.sortsAsked.push(fd);
          return fd === 11 ? "stream" : "file";
        }),
        hold: (isHeld) => this.holds.push(isHeld),
      };
    });
  }

  async submit(id: OperationId, request: Request): Promise<void> {
    this.backend.submit(id, request);
    await undefined;
  }
}

const opening = requestOf("open");

describe("the portable backend", () => {
  test("reads and writes go by the sort of their descriptor, which is asked once", async () => {
    const bed = new Bed();
    await bed.submit(1, requestOf("read"));
    await bed.submit(2, { ...requestOf("write"), fd: 12 } as Request);
    await bed.submit(3, requestOf("writev"));
    await bed.submit(4, requestOf("poll"));
    await bed.submit(5, requestOf("fsync"));
    assert.deepEqual(
      [[...bed.streams.begun.keys()], [...bed.files.begun.keys()]],
      [
        [1, 3, 4],
        [2, 5],
      ],
    );
    assert.deepEqual(bed.sortsAsked, [11, 12]);
  });

  test("a closed descriptor is forgotten: its number is another's", async () => {
    const bed = new Bed();
    await bed.submit(1, requestOf("read"));
    await bed.submit(2, requestOf("close"));
    await bed.submit(3, requestOf("read"));
    assert.deepEqual(bed.sortsAsked, [11, 11]);
  });

  test("nothing completes from within submit, and what is absent says so", async () => {
    const bed = new Bed({ clone: "absent" });
    bed.backend.submit(1, { kind: "nop" });
    bed.backend.submit(2, { kind: "clone", from: 3, to: 4 });
    assert.deepEqual(bed.heard, []);
    await undefined;
    assert.deepEqual(bed.heard, [
      [1, { kind: "done", value: 0 }],
      [2, { kind: "unsupported" }],
    ]);
  });

  test("a close is never canceled, though it has not begun", async () => {
    const bed = new Bed();
    bed.backend.submit(1, requestOf("close"));
    bed.backend.cancel(1);
    await undefined;
    assert.deepEqual([bed.heard, [...bed.streams.begun.keys()]], [[], [1]]);
  });

  test("what has begun and cannot be withdrawn completes as it does", async () => {
    const bed = new Bed();
    bed.files.isWithdrawing = false;
    await bed.submit(1, requestOf("fsync"));
    bed.backend.cancel(1);
    bed.backend.cancel(99);
    await undefined;
    assert.deepEqual(bed.heard, []);
    bed.answer(1, { kind: "done", value: 0 });
    assert.deepEqual(bed.heard, [[1, { kind: "done", value: 0 }]]);
  });

  test("what waits is canceled, but not within the call", async () => {
    const bed = new Bed();
    await bed.submit(1, requestOf("read"));
    bed.backend.cancel(1);
    bed.backend.cancel(1);
    assert.deepEqual(bed.heard, []);
    await undefined;
    assert.deepEqual(bed.heard, [[1, CANCELED]]);
  });
});

describe("opens of the portable backend", () => {
  test("without a peer it is tried again after a while, until there is one", async () => {
    const bed = new Bed();
    await bed.submit(1, opening);
    for (let round = 0; round < 3; round++) {
      bed.files.begun.clear();
      bed.answer(1, NO_PEER);
      assert.equal(bed.files.count, 0);
      bed.clock.step(TRIED_AGAIN_MS);
      await undefined;
      assert.deepEqual([...bed.files.begun.keys()], [1]);
    }
    bed.answer(1, OPENED);
    assert.deepEqual(bed.heard, [[1, OPENED]]);
    assert.equal(bed.clock.timerCount, 0);
  });

  test("held, it is canceled at once; and while it is tried, when the try has failed", async () => {
    const bed = new Bed();
    bed.files.isWithdrawing = false;
    for (const id of [1, 2, 3]) await bed.submit(id, opening);
    bed.answer(1, NO_PEER);
    for (const id of [1, 2, 3]) bed.backend.cancel(id);
    await undefined;
    assert.deepEqual(bed.heard, [[1, CANCELED]]);
    bed.answer(2, NO_PEER);
    bed.answer(3, OPENED);
    assert.deepEqual(bed.heard.slice(1), [
      [2, CANCELED],
      [3, OPENED],
    ]);
    assert.equal(bed.clock.timerCount, 0);
  });

  test("who asked not to wait hears so", async () => {
    const bed = new Bed();
    await bed.submit(1, { ...opening, flags: O_NONBLOCK } as Request);
    bed.answer(1, NO_PEER);
    assert.deepEqual(bed.heard, [[1, NO_PEER]]);
  });

  test("of many a bounded number is tried at a time, each in its turn", async () => {
    const bed = new Bed();
    const count = 2 * TRIED_AGAIN_AT_ONCE;
    for (let id = 1; id <= count; id++) bed.backend.submit(id, opening);
    await undefined;
    for (let id = 1; id <= count; id++) bed.answer(id, NO_PEER);
    const tried: OperationId[] = [];
    for (let round = 0; round < 2; round++) {
      bed.files.begun.clear();
      bed.clock.step(TRIED_AGAIN_MS);
      await undefined;
      assert.equal(bed.files.count, TRIED_AGAIN_AT_ONCE);
      tried.push(...bed.files.begun.keys());
      for (const id of bed.files.begun.keys()) bed.answer(id, NO_PEER);
    }
    assert.equal(new Set(tried).size, count);
  });
});

describe("turns of the portable backend", () => {
  test("more than a turn's budget goes on in the next turn of the event loop", async () => {
    const bed = new Bed();
    for (let id = 1; id <= 1000; id++) bed.backend.submit(id, { kind: "nop" });
    await undefined;
    const first = bed.heard.length;
    assert.ok(first > 0 && first < 1000, `${first} in one turn`);
    while (bed.heard.length < 1000) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      bed.heard.map(([id]) => id),
      Array.from({ length: 1000 }, (_, at) => at + 1),
    );
  });

  test("the process is held while somebody holds it, and let go when nobody does", async () => {
    const bed = new Bed();
    await bed.submit(1, requestOf("fsync"));
    await bed.submit(2, requestOf("fsync"));
    assert.deepEqual(bed.holds, [true]);
    bed.holders = 0;
    bed.answer(1, { kind: "done", value: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(bed.holds, [true, false]);
    bed.holders = 1;
    bed.backend.refresh();
    await undefined;
    assert.deepEqual(bed.holds, [true, false, true]);
  });
});
