// Goal: calls of ours leave a thread of libuv's pool to others if they can; those that wait for it
// begin in order, and can be canceled until then; all backends of a thread have their turns.
// Method: the sizes that UV_THREADPOOL_SIZE may give the pool; shares of one call at a time, and
// directories, which tell whether a call was made.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import type { Completion, OperationId, Request } from "../../../src/backend/contract.ts";
import { callsAtOnce, NodeFiles } from "../../../src/backend/portable/node-files.ts";
import { PoolShare } from "../../../src/backend/portable/node-pool.ts";
import { makeTemporary } from "../../support/temp.ts";

const temporary = makeTemporary("node-files");
const DONE: Completion = { kind: "done", value: 0 };

test("calls at once, by the size of the pool", () => {
  const expected: readonly (readonly [string | undefined, number])[] = [
    [undefined, 3],
    ["1024", 3],
    ["4", 3],
    ["3", 2],
    ["2", 1],
    ["1", 1],
    ["0", 1],
    ["many", 1],
  ];
  for (const [size, count] of expected) assert.equal(callsAtOnce(size), count, size);
});

interface Bed {
  readonly files: NodeFiles;
  readonly heard: (readonly [OperationId, Completion])[];
  /** Once nothing is left to be answered. */
  quiet(): Promise<void>;
}

function makeBed(share: PoolShare, onAnswer: (id: OperationId) => void = () => {}): Bed {
  let tell: () => void = () => {};
  const heard: (readonly [OperationId, Completion])[] = [];
  const files = new NodeFiles((id, completion) => {
    heard.push([id, completion]);
    onAnswer(id);
    if (files.count === 0) tell();
  }, share);
  const quiet = (): Promise<void> =>
    new Promise((resolve) => {
      tell = resolve;
      if (files.count === 0) resolve();
    });
  return { files, heard, quiet };
}

function mkdir(name: string): Request {
  return { kind: "mkdir", path: join(temporary, name), mode: 0o700 };
}

const isMade = (name: string): boolean => fs.existsSync(join(temporary, name));

describe("calls of node:fs", () => {
  test("beyond the share wait, and are made in order", async () => {
    const { files, heard, quiet } = makeBed(new PoolShare(1));
    // Each needs the one before.
    for (const [id, name] of ["o", "o/o", "o/o/o", "o/o/o/o"].entries()) {
      files.submit(id, mkdir(name));
    }
    assert.equal(files.count, 4);
    await quiet();
    assert.deepEqual(heard, [
      [0, DONE],
      [1, DONE],
      [2, DONE],
      [3, DONE],
    ]);
  });

  test("canceled while they wait are never made; once begun they tell the truth", async () => {
    const { files, heard, quiet } = makeBed(new PoolShare(2));
    for (const id of [1, 2, 3, 4]) files.submit(id, mkdir(`c-${id}`));
    assert.deepEqual(
      [1, 2, 3, 99].map((id) => files.cancel(id)),
      [false, false, true, false],
    );
    assert.equal(files.cancel(3), false, "it is gone");
    await quiet();
    assert.deepEqual(heard.map(([id]) => id).sort(), [1, 2, 4]);
    assert.ok(heard.every(([, completion]) => completion.kind === "done"));
    assert.deepEqual(
      [1, 2, 3, 4].map((id) => isMade(`c-${id}`)),
      [true, true, false, true],
    );
  });

  test("a close that waits is not canceled", async () => {
    const { files, heard, quiet } = makeBed(new PoolShare(1));
    const fd = fs.openSync(temporary, fs.constants.O_RDONLY);
    files.submit(1, mkdir("before-close"));
    files.submit(2, { kind: "close", fd });
    assert.equal(files.cancel(2), false);
    await quiet();
    assert.deepEqual(heard.at(-1), [2, DONE]);
    assert.throws(() => fs.fstatSync(fd), { code: "EBADF" });
  });

  test("refused by throwing have failed, and take no place from others", async () => {
    const { files, heard, quiet } = makeBed(new PoolShare(1));
    for (const id of [1, 2, 3]) files.submit(id, mkdir("zero\0byte"));
    files.submit(4, mkdir("after-thrown"));
    await quiet();
    const refused: Completion = { kind: "failed", errno: 22 };
    assert.deepEqual(heard, [
      [1, refused],
      [2, refused],
      [3, refused],
      [4, DONE],
    ]);
  });

  test("of two backends have their turns", async () => {
    const turns: string[] = [];
    const share = new PoolShare(1);
    const beds = ["a", "b"].map((name) => makeBed(share, (id) => turns.push(`${name}${id}`)));
    for (const [at, { files }] of beds.entries()) {
      for (const id of [1, 2, 3]) files.submit(id, mkdir(`turn-${at}-${id}`));
    }
    await Promise.all(beds.map(({ quiet }) => quiet()));
    assert.deepEqual(turns, ["a1", "a2", "b1", "a3", "b2", "b3"]);
  });
});
