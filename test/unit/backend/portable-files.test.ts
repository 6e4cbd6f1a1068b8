// Goal: a read of what is in memory needs no thread; one of what is there in part loses nothing.
// Method: attempts that are answered as the test says, and a mailbox whose calls end when it says.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Completion, OperationId, TransferRequest } from "../../../src/backend/contract.ts";
import { Attempts } from "../../../src/backend/portable/attempt.ts";
import { Files } from "../../../src/backend/portable/files.ts";
import { Threads } from "../../../src/backend/threads/threads.ts";
import { Mailbox } from "../../../src/kernel/calls.ts";
import type { ReadinessShim } from "../../../src/kernel/readiness.ts";
import { MEMORY } from "./requests.ts";

const [EAGAIN, EIO, EOPNOTSUPP] = [-11, -5, -95];
const request: TransferRequest = {
  kind: "read",
  fd: 7,
  memory: MEMORY,
  offset: 100,
  length: 50,
  position: 4000,
};

interface Bed {
  readonly files: Files;
  readonly heard: (readonly [OperationId, Completion])[];
  /** Length and position of what a thread is asked for. */
  readonly calls: (readonly number[])[];
  attempts: number;
  end(result: number): void;
}

function makeBed(answers: number[]): Bed {
  let tell: (count: number) => void = () => {};
  let results = new Float64Array();
  const kernel = {
    openCalls: (callback: (count: number) => void, memory: Float64Array) => {
      tell = callback;
      results = memory as Float64Array<ArrayBuffer>;
    },
    call: (_kind: number, _number: number, words: Float64Array) => {
      bed.calls.push([words[2] ?? 0, words[3] ?? 0]);
      return 0;
    },
    cancelCall: () => true,
  };
  const shim = {
    attempt: () => {
      bed.attempts++;
      return answers.shift() ?? EAGAIN;
    },
  };
  const answer = (id: OperationId, completion: Completion): void => {
    bed.heard.push([id, completion]);
  };
  const threads = new Threads(new Mailbox(kernel), (id, completion) =>
    bed.files.onThreadEnded(id, completion),
  );
  const attempts = new Attempts(shim as unknown as ReadinessShim);
  const bed: Bed = {
    files: new Files(threads, attempts, answer),
    heard: [],
    calls: [],
    attempts: 0,
    end: (result) => {
      results.set([1, result]);
      tell(1);
    },
  };
  bed.files.learn(7, true);
  return bed;
}

const done = (value: number): Completion => ({ kind: "done", value });

describe("reads of files without a ring", () => {
  test("all in memory: no thread", () => {
    const bed = makeBed([50]);
    bed.files.submit(1, request);
    assert.deepEqual([bed.heard, bed.calls], [[[1, done(50)]], []]);
  });

  test("less because the file ends: no thread", () => {
    const bed = makeBed([20, 10, 0]);
    bed.files.submit(1, request);
    assert.deepEqual([bed.heard, bed.calls], [[[1, done(30)]], []]);
  });

  test("the rest on the disk: a thread goes on where memory ended", () => {
    const bed = makeBed([20, EAGAIN]);
    bed.files.submit(1, request);
    assert.deepEqual([bed.heard, bed.calls], [[], [[30, 4020]]]);
    bed.end(25);
    assert.deepEqual(bed.heard, [[1, done(45)]]);
  });

  test("the rest fails: what came before is told", () => {
    const bed = makeBed([20]);
    bed.files.submit(1, request);
    bed.end(EIO);
    assert.deepEqual(bed.heard, [[1, done(20)]]);
  });

  test("the rest is canceled before a thread has it: what came before is told", () => {
    const bed = makeBed([20]);
    bed.files.submit(1, request);
    assert.equal(bed.files.cancel(1), false);
    assert.deepEqual([bed.heard, bed.files.count], [[[1, done(20)]], 0]);
  });

  test("nothing in memory: a thread does it, and can be canceled until it has begun", () => {
    const bed = makeBed([]);
    bed.files.submit(1, request);
    assert.deepEqual(bed.calls, [[50, 4000]]);
    assert.equal(bed.files.cancel(1), true);
    assert.deepEqual(bed.heard, []);
  });

  test("a file system that cannot tell is asked once, and others never", () => {
    const bed = makeBed([EOPNOTSUPP]);
    bed.files.submit(1, request);
    bed.files.submit(2, request);
    assert.equal(bed.attempts, 1);
    bed.files.submit(3, { ...request, fd: 8 });
    bed.files.submit(4, { ...request, position: -1 });
    assert.deepEqual([bed.attempts, bed.calls.length], [1, 4]);
  });
});
