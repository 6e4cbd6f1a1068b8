// Goal: who watches a descriptor hears of its changes, and nobody of those of a closed one.
// Method: a shim that tells of changes when the test says so.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { errno } from "../../../src/kernel/errno.ts";
import { POLLIN, Readiness, type ReadinessShim } from "../../../src/kernel/readiness.ts";

interface Bed {
  readonly readiness: Readiness;
  readonly asked: (readonly number[])[];
  readonly holds: boolean[];
  watchError: number;
  ready(...fds: number[]): void;
}

function makeBed(openError = 0): Bed {
  let tell: (count: number) => void = () => {};
  let found = new Int32Array();
  const shim = {
    open: (callback: (count: number) => void, ready: Int32Array) => {
      tell = callback;
      found = ready as Int32Array<ArrayBuffer>;
      return openError;
    },
    watch: (fd: number, events: number) => {
      bed.asked.push([fd, events]);
      return events === 0 ? 0 : bed.watchError;
    },
    hold: (isHeld: boolean) => {
      bed.holds.push(isHeld);
    },
  };
  const readiness = new Readiness(shim as unknown as ReadinessShim);
  const bed: Bed = {
    readiness,
    asked: [],
    holds: [],
    watchError: 0,
    ready: (...fds) => {
      found.set(fds);
      tell(fds.length);
    },
  };
  return bed;
}

describe("Readiness", () => {
  test("each hears of its own, until it is unwatched", () => {
    const { readiness, ready, asked } = makeBed();
    const heard: number[] = [];
    for (const fd of [5, 6]) readiness.watch(fd, POLLIN, () => heard.push(fd));
    ready(6, 5);
    assert.deepEqual(heard, [6, 5]);
    readiness.unwatch(5);
    readiness.unwatch(5);
    ready(5, 6, 99);
    assert.deepEqual(heard, [6, 5, 6]);
    assert.deepEqual(asked, [
      [5, POLLIN],
      [6, POLLIN],
      [5, 0],
    ]);
  });

  test("one that another's listener unwatches hears nothing of the same look", () => {
    const { readiness, ready } = makeBed();
    const heard: number[] = [];
    readiness.watch(5, POLLIN, () => {
      heard.push(5);
      readiness.unwatch(6);
    });
    readiness.watch(6, POLLIN, () => heard.push(6));
    ready(5, 6);
    assert.deepEqual(heard, [5]);
  });

  test("what is found while listeners are heard does not overwrite what they hear of", () => {
    const { readiness, ready } = makeBed();
    const heard: number[] = [];
    readiness.watch(5, POLLIN, () => {
      heard.push(5);
      if (heard.length === 1) ready(7);
    });
    for (const fd of [6, 7]) readiness.watch(fd, POLLIN, () => heard.push(fd));
    ready(5, 6);
    assert.deepEqual(heard, [5, 7, 6]);
  });

  test("what cannot be watched is not listened to", () => {
    const bed = makeBed();
    bed.watchError = -errno("EPERM");
    const heard: number[] = [];
    assert.equal(
      bed.readiness.watch(5, POLLIN, () => heard.push(5)),
      -errno("EPERM"),
    );
    bed.ready(5);
    assert.deepEqual(heard, []);
  });

  test("the process is held as long as one holds it", () => {
    const { readiness, holds } = makeBed();
    for (const isHeld of [true, true, false, false]) readiness.hold(isHeld);
    assert.deepEqual(holds, [true, true, true, false]);
  });

  test("no descriptor for it is an error that has the errno", () => {
    assert.throws(() => makeBed(-errno("EMFILE")), { errno: errno("EMFILE") });
  });
});
