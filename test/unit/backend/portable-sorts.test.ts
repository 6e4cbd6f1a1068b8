// Goal: of what a descriptor is, whoever opened it tells; else it is asked once, until its close.
// To ask is to wait for the file system that it is of, on the thread that must not wait.
// Method: an asking that counts.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Sorts } from "../../../src/backend/portable/sorts.ts";

test("what was told is not asked, and nothing is asked twice", () => {
  const asked: number[] = [];
  const sorts = new Sorts((fd) => {
    asked.push(fd);
    return "stream";
  });
  sorts.learn(3, "file");
  assert.deepEqual([sorts.of(3), sorts.of(4), sorts.of(4)], ["file", "stream", "stream"]);
  assert.deepEqual(asked, [4]);
  sorts.forget(3);
  assert.equal(sorts.of(3), "stream");
  assert.deepEqual(asked, [4, 3]);
});
