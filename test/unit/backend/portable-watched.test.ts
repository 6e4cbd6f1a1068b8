// Goal: what a stream's reader has been told is canceled takes no bytes, ever; a closed stream is
// not watched, and its number is another's.
// Method: attempts and changes as the test says, and calls that a thread has.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type {
  Completion,
  OperationId,
  Request,
  TransferRequest,
} from "../../../src/backend/contract.ts";
import type { StreamKernel } from "../../../src/backend/portable/stream.ts";
import { Watched } from "../../../src/backend/portable/watched.ts";
import { MEMORY } from "./requests.ts";

const [EAGAIN, EOPNOTSUPP] = [-11, -95];
const POLLIN = 1;

interface Bed {
  readonly watched: Watched;
  readonly heard: (readonly [OperationId, Completion])[];
  /** Answers to attempts; without any, they would wait. */
  readonly answers: number[];
  /** Those who listen, by descriptor. */
  readonly listeners: Map<number, () => void>;
  /** Requests that a thread was given and not canceled. */
  readonly calls: Map<OperationId, Request>;
  polled: number;
  attempts: number;
  sorts: number;
  isCallCanceled: boolean;
}

function makeBed(): Bed {
  const listeners: Bed["listeners"] = new Map();
  const calls: Bed["calls"] = new Map();
  const kernel: StreamKernel = {
    shim: {
      sort: () => {
        bed.sorts++;
        return 3;
      },
      poll: () => bed.polled,
      openAnew: () => EOPNOTSUPP,
    },
    readiness: {
      watch: (fd, _events, onReady) => {
        listeners.set(fd, onReady);
        return 0;
      },
      unwatch: (fd) => void listeners.delete(fd),
    },
    attempts: {
      make: () => {
        bed.attempts++;
        return bed.answers.shift() ?? EAGAIN;
      },
    },
    closeOwn: () => {},
  };
  const heard: Bed["heard"] = [];
  const watched = new Watched(
    kernel,
    {
      submit: (id, request) => void calls.set(id, request),
      cancel: (id) => bed.isCallCanceled && calls.delete(id),
    },
    (id, completion) => void heard.push([id, completion]),
  );
  const counts = { polled: POLLIN, attempts: 0, sorts: 0, isCallCanceled: true };
  const bed: Bed = { watched, heard, answers: [], listeners, calls, ...counts };
  return bed;
}

function read(fd = 7): TransferRequest {
  return { kind: "read", fd, memory: MEMORY, offset: 0, length: 10, position: -1 };
}

const done = (value: number): Completion => ({ kind: "done", value });

describe("what waits for a stream", () => {
  test("is canceled at once, and takes no bytes that come later", () => {
    const { watched, answers, listeners, heard, ...bed } = makeBed();
    watched.submit(1, read());
    const ready = listeners.get(7);
    assert.deepEqual([watched.cancel(1), watched.cancel(1), watched.count], [true, false, 0]);
    answers.push(5);
    ready?.();
    assert.deepEqual([heard, answers, bed.calls.size], [[], [5], 0]);
  });

  test("and what was done cannot be canceled", () => {
    const { watched, answers, heard } = makeBed();
    answers.push(5);
    watched.submit(1, read());
    assert.equal(watched.cancel(1), false);
    assert.deepEqual([heard, watched.count], [[[1, done(5)]], 0]);
  });

  test("is of one descriptor: others do not hear of it", () => {
    const { watched, answers, listeners, heard } = makeBed();
    watched.submit(1, read(7));
    watched.submit(2, read(8));
    answers.push(4);
    listeners.get(8)?.();
    assert.deepEqual([heard, watched.count], [[[2, done(4)]], 1]);
  });
});

describe("a closed stream", () => {
  test("is not watched, is closed by a thread, and its number is another's", () => {
    const bed = makeBed();
    bed.polled = 0;
    bed.watched.submit(1, { kind: "poll", fd: 7, events: POLLIN });
    assert.deepEqual([bed.watched.cancel(1), bed.listeners.size], [true, 1]);
    bed.watched.submit(2, { kind: "close", fd: 7 });
    assert.deepEqual([bed.listeners.size, [...bed.calls.keys()]], [0, [2]]);
    bed.watched.submit(3, read());
    assert.equal(bed.sorts, 2);
  });

  test("that nobody has read is closed all the same", () => {
    const bed = makeBed();
    bed.watched.submit(1, { kind: "close", fd: 7 });
    assert.deepEqual([...bed.calls.keys()], [1]);
    assert.equal(bed.watched.onThreadEnded(1, done(0)), false, "whose end is told elsewhere");
  });
});

describe("what only a thread can read", () => {
  function makeHanded(): Bed {
    const bed = makeBed();
    bed.answers.push(EOPNOTSUPP);
    bed.watched.submit(1, read());
    assert.deepEqual([...bed.calls.keys()], [1]);
    return bed;
  }

  test("can be canceled until one has begun", () => {
    const { watched, calls, heard } = makeHanded();
    assert.equal(watched.cancel(1), true);
    assert.deepEqual([calls.size, heard, watched.onThreadEnded(1, done(3))], [0, [], false]);
  });

  test("is told as it ended, if it had begun", () => {
    const bed = makeHanded();
    bed.isCallCanceled = false;
    assert.equal(bed.watched.cancel(1), false);
    assert.equal(bed.watched.onThreadEnded(1, done(3)), true);
    assert.deepEqual([bed.heard, bed.watched.count], [[[1, done(3)]], 0]);
  });
});
