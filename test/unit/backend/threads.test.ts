// Goal: a request that a thread does completes once, not from within submit, and its scratch memory
// is the kernel's until then.
// Method: a mailbox whose calls end when the test says so.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Completion, OperationId, ThreadRequest } from "../../../src/backend/contract.ts";
import { isForThreads } from "../../../src/backend/threads/encode.ts";
import { Threads } from "../../../src/backend/threads/threads.ts";
import { CALLS_AT_ONCE_MAX } from "../../../src/base/limits.ts";
import { type CallKernel, Mailbox } from "../../../src/kernel/calls.ts";
import { requestOf } from "./requests.ts";

interface Bed {
  readonly threads: Threads;
  /** Words of the calls that have begun and not ended, by number. */
  readonly calls: Map<number, Float64Array>;
  readonly completions: (readonly [OperationId, Completion])[];
  /** A number that is refused. */
  refusal: number;
  /** Called with each completion. */
  onDone: () => void;
  end(number: number, result: number): void;
}

function makeBed(): Bed {
  let tell: (count: number) => void = () => {};
  let results = new Float64Array();
  const calls = new Map<number, Float64Array>();
  const completions: Bed["completions"] = [];
  const kernel: CallKernel = {
    openCalls: (callback, memory) => {
      tell = callback;
      results = memory as Float64Array<ArrayBuffer>;
    },
    call: (_kind, number, words) => {
      if (bed.refusal !== 0) return bed.refusal;
      calls.set(number, words.slice());
      return 0;
    },
    cancelCall: (number) => calls.delete(number),
  };
  const threads = new Threads(new Mailbox(kernel), (id, done) => {
    completions.push([id, done]);
    bed.onDone();
  });
  const end = (number: number, result: number): void => {
    assert.ok(calls.delete(number), "it has ended already");
    results.set([number, result]);
    tell(1);
  };
  const bed: Bed = { threads, calls, completions, refusal: 0, onDone: () => {}, end };
  return bed;
}

const chmod: ThreadRequest = { kind: "chmod", target: "/a", mode: 0o600 };
const seek: ThreadRequest = { kind: "seek", fd: 3, position: 0, wants: "data" };

describe("Threads", () => {
  test("are for what no ring does", () => {
    assert.equal(isForThreads(chmod), true);
    assert.equal(isForThreads(requestOf("open")), false);
    assert.equal(isForThreads(requestOf("nop")), false);
  });

  test("a request completes with the result of its call", () => {
    const { threads, completions, end } = makeBed();
    threads.submit(7, chmod);
    threads.submit(8, seek);
    assert.deepEqual([threads.count, completions], [2, []]);
    end(2, 4096);
    end(1, -13);
    assert.equal(threads.count, 0);
    assert.deepEqual(completions, [
      [8, { kind: "done", value: 4096 }],
      [7, { kind: "failed", errno: 13 }],
    ]);
  });

  test("what a link says is in memory that nobody else has until it has been told", () => {
    const bed = makeBed();
    bed.threads.submit(7, { kind: "readlink", path: "/a" });
    const first = bed.calls.get(1)?.[0];
    bed.onDone = () => bed.threads.submit(8, { kind: "readlink", path: "/b" });
    bed.end(1, 5);
    const [[, told] = []] = bed.completions;
    assert.ok(told?.kind === "content" && told.bytes.byteLength === 5);
    assert.notEqual(bed.calls.get(2)?.[0], first);
    bed.onDone = () => {};
    bed.threads.submit(9, { kind: "readlink", path: "/c" });
    assert.equal(bed.calls.get(3)?.[0], first, "it is used again");
  });

  test("without any thread it fails, and not from within submit", async () => {
    const bed = makeBed();
    bed.refusal = -11;
    bed.threads.submit(7, chmod);
    assert.deepEqual(bed.completions, []);
    assert.equal(bed.threads.cancel(7), false);
    await Promise.resolve();
    await Promise.resolve();
    const reason = "no thread can be made: RLIMIT_NPROC, or pids.max of a container (EAGAIN)";
    const refused = { kind: "refused", code: "ERR_NO_BACKEND", reason } as const;
    assert.deepEqual(bed.completions, [[7, refused]]);
    assert.equal(bed.threads.count, 0);
  });

  test("one that has not begun is withdrawn, and is not heard of", () => {
    const { threads, completions, calls } = makeBed();
    threads.submit(7, chmod);
    assert.equal(threads.cancel(7), true);
    assert.equal(threads.cancel(7), false);
    assert.equal(threads.cancel(99), false);
    assert.deepEqual([threads.count, calls.size, completions], [0, 0, []]);
  });

  test("many wait in order, and are withdrawn without the shim", () => {
    const { threads, calls, completions, end } = makeBed();
    const count = CALLS_AT_ONCE_MAX + 4;
    for (let id = 1; id <= count; id++) threads.submit(id, { kind: "clone", from: id, to: 0 });
    const begun = (): (number | undefined)[] => [...calls.values()].map(([from]) => from);
    assert.deepEqual([threads.count, calls.size], [count, CALLS_AT_ONCE_MAX]);
    assert.equal(threads.cancel(count - 2), true);
    assert.equal(threads.cancel(count - 2), false);
    assert.deepEqual([threads.count, calls.size], [count - 1, CALLS_AT_ONCE_MAX]);
    end(2, 0);
    assert.equal(threads.cancel(1), true);
    assert.deepEqual(begun().slice(-2), [count - 3, count - 1]);
    assert.deepEqual([threads.count, calls.size], [CALLS_AT_ONCE_MAX + 1, CALLS_AT_ONCE_MAX]);
    while (calls.size > 0) for (const number of [...calls.keys()]) end(number, 0);
    assert.equal(threads.count, 0);
    const told = completions.map(([id]) => id);
    assert.equal(told.length, count - 2);
    assert.ok(!told.includes(1) && !told.includes(count - 2) && told.includes(count));
  });

  test("scratch memory is used again only when its call has ended", () => {
    const { threads, calls, end } = makeBed();
    const addressOf = (number: number): number => calls.get(number)?.[1] ?? 0;
    threads.submit(1, chmod);
    threads.submit(2, chmod);
    const [first, second] = [addressOf(1), addressOf(2)];
    assert.notEqual(first, second);
    end(1, 0);
    threads.submit(3, chmod);
    assert.equal(addressOf(3), first);
    threads.cancel(2);
    threads.submit(4, chmod);
    assert.equal(addressOf(4), second);
  });
});
