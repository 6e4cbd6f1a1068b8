// Goal: those who wait for one descriptor have their turn in order, reads and writes apart; nobody
// is asked again before something has changed; a cancel takes effect at once.
// Method: a shim that answers as the test says, and counts what it is asked.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Completion, OperationId, TransferRequest } from "../../../src/backend/contract.ts";
import { Attempts } from "../../../src/backend/portable/attempt.ts";
import { type Kit, Stream } from "../../../src/backend/portable/stream.ts";
import { Readiness, type ReadinessShim } from "../../../src/kernel/readiness.ts";
import { MEMORY } from "./requests.ts";

const FD = 7;
const ANEW = 9;
const [POLLIN, POLLOUT] = [1, 4];
const [EAGAIN, EPERM, EPIPE, EOPNOTSUPP] = [-11, -1, -32, -95];

interface Bed {
  readonly stream: Stream;
  readonly asked: string[];
  readonly heard: (readonly [OperationId, Completion])[];
  /** Answers to attempts, from the first; without any, they would wait. */
  readonly answers: number[];
  /** Numbers that a thread has. */
  readonly inThread: OperationId[];
  readonly watched: number[];
  readonly closed: number[];
  sort: number;
  anew: number;
  polled: number;
  watchError: number;
  onHeard: (id: OperationId) => void;
  ready(): void;
}

function makeBed(overrides: Partial<Bed> = {}): Bed {
  let tell: (count: number) => void = () => {};
  let found = new Int32Array();
  const shim: ReadinessShim = {
    open: (callback, ready) => {
      tell = callback;
      found = ready as Int32Array<ArrayBuffer>;
      return 0;
    },
    watch: (_fd, events) => {
      bed.watched.push(events);
      return events === 0 ? 0 : bed.watchError;
    },
    hold: () => {},
    sort: () => bed.sort,
    poll: () => bed.polled,
    attempt: (fd, own, isWrite, means) => {
      assert.equal(fd, FD);
      bed.asked.push(`${isWrite ? "write" : "read"} ${own} ${means}`);
      return bed.answers.shift() ?? EAGAIN;
    },
    openAnew: () => bed.anew,
    keepPrivate: () => 0,
  };
  const kit: Kit = {
    shim,
    readiness: new Readiness(shim),
    attempts: new Attempts(shim),
    answer: (id, completion) => {
      bed.heard.push([id, completion]);
      bed.onHeard(id);
    },
    toThread: (_stream, id) => void bed.inThread.push(id),
    takeFromThread: (id) => id % 2 === 0,
    closeOwn: (fd) => void bed.closed.push(fd),
  };
  let made: Stream | null = null;
  const bed: Bed = {
    get stream() {
      made ??= new Stream(kit, FD);
      return made;
    },
    asked: [],
    heard: [],
    answers: [],
    inThread: [],
    watched: [],
    closed: [],
    sort: 3,
    anew: EPERM,
    polled: 0,
    watchError: 0,
    onHeard: () => {},
    ready: () => {
      found[0] = FD;
      tell(1);
    },
    ...overrides,
  };
  return bed;
}

function transfer(kind: "read" | "write"): TransferRequest {
  return { kind, fd: FD, memory: MEMORY, offset: 0, length: 10, position: -1 };
}

const done = (value: number): Completion => ({ kind: "done", value });

describe("a stream by readiness", () => {
  test("what would not wait is not watched", () => {
    const bed = makeBed({ answers: [10, EPIPE] });
    bed.stream.transfer(1, transfer("read"));
    bed.stream.transfer(2, transfer("write"));
    assert.deepEqual(bed.heard, [
      [1, done(10)],
      [2, { kind: "failed", errno: 32 }],
    ]);
    assert.deepEqual(bed.watched, []);
  });

  test("reads wait in order, and only the first is tried; writes are apart", () => {
    const bed = makeBed();
    for (const id of [1, 2, 3]) bed.stream.transfer(id, transfer("read"));
    bed.stream.transfer(4, transfer("write"));
    assert.deepEqual(bed.asked, ["read 7 3", "write 7 3"]);
    assert.deepEqual(bed.watched, [POLLIN, POLLIN | POLLOUT]);
    bed.answers.push(5, 6);
    bed.ready();
    assert.deepEqual(bed.heard, [
      [1, done(5)],
      [2, done(6)],
    ]);
    // The third was tried, and found nothing left; so was the write.
    assert.deepEqual(bed.asked.length, 6);
    bed.answers.push(7);
    bed.ready();
    assert.deepEqual(bed.heard.at(-1), [3, done(7)]);
  });

  test("woken in vain, it is tried once, and not again before the next change", () => {
    const bed = makeBed();
    bed.stream.transfer(1, transfer("read"));
    for (let count = 0; count < 3; count++) bed.ready();
    assert.equal(bed.asked.length, 4);
    assert.deepEqual(bed.watched, [POLLIN]);
  });

  test("nobody is left: the next change ends the watching", () => {
    const bed = makeBed();
    bed.stream.transfer(1, transfer("read"));
    assert.equal(bed.stream.cancel(1), true);
    assert.deepEqual([bed.heard, bed.stream.cancel(1)], [[], false]);
    bed.ready();
    assert.deepEqual(bed.watched, [POLLIN, 0]);
    bed.ready(); // Of a change that was on its way.
    assert.deepEqual([bed.asked.length, bed.heard], [1, []]);
  });

  test("one that is canceled while another is told of its end is not tried", () => {
    const bed = makeBed();
    for (const id of [1, 2, 3]) bed.stream.transfer(id, transfer("read"));
    bed.onHeard = (id) => id === 1 && assert.equal(bed.stream.cancel(2), true);
    bed.answers.push(4, 5);
    bed.ready();
    assert.deepEqual(bed.heard, [
      [1, done(4)],
      [3, done(5)],
    ]);
  });

  test("a canceled first one makes way for the next, for which there may be room", () => {
    const bed = makeBed();
    bed.stream.transfer(1, transfer("write"));
    bed.stream.transfer(2, transfer("write"));
    bed.answers.push(10);
    assert.equal(bed.stream.cancel(1), true);
    assert.deepEqual(bed.heard, [[2, done(10)]]);
  });

  test("a poll is told what is there when it is, and not what was", () => {
    const bed = makeBed();
    const request = { kind: "poll", fd: FD, events: POLLIN } as const;
    bed.stream.poll(1, request);
    bed.ready();
    assert.deepEqual(bed.heard, []);
    bed.polled = POLLIN;
    bed.ready();
    assert.deepEqual(bed.heard, [[1, done(POLLIN)]]);
    bed.polled = -9;
    bed.stream.poll(2, request);
    assert.deepEqual(bed.heard.at(-1), [2, { kind: "failed", errno: 9 }]);
  });

  test("what cannot be watched fails, all of it", () => {
    const bed = makeBed({ watchError: EPERM });
    bed.stream.transfer(1, transfer("read"));
    assert.deepEqual(bed.heard, [[1, { kind: "failed", errno: 1 }]]);
  });

  test("a file that refuses the means is opened anew, once, and that is closed in the end", () => {
    // A number below the given one may have become free meanwhile.
    for (const anew of [ANEW, 3]) {
      const bed = makeBed({ answers: [EOPNOTSUPP, 3, EOPNOTSUPP, 4], anew });
      bed.stream.transfer(1, transfer("read"));
      bed.stream.transfer(2, transfer("write"));
      const asked = ["read 7 3", `read ${anew} 1`, "write 7 3", `write ${anew} 1`];
      assert.deepEqual(bed.asked, asked);
      bed.stream.close();
      assert.deepEqual(bed.closed, [anew]);
    }
  });

  test("if it cannot be, a thread does it once it is ready; what follows waits for that", () => {
    const bed = makeBed({ answers: [EOPNOTSUPP] });
    bed.stream.transfer(1, transfer("read"));
    bed.stream.transfer(2, transfer("read"));
    assert.deepEqual([bed.inThread, bed.watched], [[], [POLLIN]]);
    bed.polled = POLLIN;
    bed.ready();
    bed.ready();
    assert.deepEqual(bed.inThread, [1]);
    assert.equal(bed.stream.cancel(1), false, "the thread has begun");
    bed.polled = 0;
    bed.stream.onThreadEnded(1, done(8));
    assert.deepEqual([bed.heard, bed.inThread], [[[1, done(8)]], [1]]);
    bed.polled = POLLIN;
    bed.ready();
    assert.deepEqual(bed.inThread, [1, 2]);
    assert.equal(bed.stream.cancel(2), true, "no thread has begun");
  });

  test("its own open file is used as it is, and a socket by its own means", () => {
    for (const [sort, expected] of [
      [1, "read 7 1"],
      [2, "read 7 2"],
    ] as const) {
      const bed = makeBed({ sort });
      bed.stream.transfer(1, transfer("read"));
      assert.deepEqual(bed.asked, [expected]);
    }
  });
});
