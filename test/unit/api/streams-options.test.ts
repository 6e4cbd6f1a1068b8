// Goal: a wrong option is refused at the call, says what was wanted, and begins nothing.
// Method: each option of each call with values that it must not have.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { File } from "../../../src/index.ts";
import { openFake, reactions } from "./fake-file.ts";

type Call = "createReader" | "createWriter" | "toReadable" | "toWritable" | "lines";

const READERS: readonly Call[] = ["createReader", "toReadable", "lines"];
const ALL: readonly Call[] = [...READERS, "createWriter", "toWritable"];

const WRONG: Readonly<Record<string, readonly [calls: readonly Call[], values: unknown[]]>> = {
  start: [ALL, [-1, 1.5, Number.NaN, 2 ** 53, "0", null, 0n]],
  end: [READERS, [-1, 0.5, Number.POSITIVE_INFINITY, "9", null]],
  blockBytes: [ALL, [0, -1, 1.5, 2 ** 31, "64", null]],
  blocksInFlight: [READERS, [0, 1025, 1.5, "4", null]],
  close: [ALL, [0, "no", null]],
  signal: [ALL, [{}, null, new EventTarget()]],
  highWaterMark: [
    ["createWriter", "toReadable", "toWritable"],
    [-1, 1.5, "1", null],
  ],
  lineBytesMax: [["lines"], [0, -1, 2 ** 28 + 1, "1", null]],
};

function make(file: File, call: Call, options: unknown): unknown {
  return (file[call] as (options: unknown) => unknown).call(file, options);
}

describe("options of streams", () => {
  for (const [name, [calls, values]] of Object.entries(WRONG)) {
    test(`${name}: what it must not be is refused`, async () => {
      const { file, backend } = await openFake(false);
      for (const call of calls) {
        for (const value of values) {
          assert.throws(
            () => make(file, call, { [name]: value }),
            (error: Error & { code: string }) => {
              assert.ok(error instanceof TypeError || error instanceof RangeError);
              assert.match(error.code, /^ERR_(?:INVALID_ARG_TYPE|OUT_OF_RANGE)$/);
              assert.ok(error.message.startsWith(`Cannot ${call}: `), error.message);
              return true;
            },
            `${call} with ${String(value)}`,
          );
        }
      }
      assert.equal(backend.log.length, 1);
      assert.equal(file.state, "open");
    });
  }

  test("options that are no object are refused", async () => {
    const { file } = await openFake(false);
    for (const call of ALL) {
      for (const options of [null, 5, "all"]) {
        assert.throws(() => make(file, call, options), { code: "ERR_INVALID_ARG_TYPE" });
      }
    }
  });

  test("a FIFO has no start and no end", async () => {
    const { file } = await openFake(true);
    for (const call of ALL) {
      const wrong = { name: "TypeError", code: "ERR_INVALID_ARG_VALUE" };
      assert.throws(() => make(file, call, { start: 0 }), wrong);
      if (READERS.includes(call)) assert.throws(() => make(file, call, { end: 5 }), wrong);
    }
  });

  test("a closed file has no streams", async () => {
    const { file, backend } = await openFake(false);
    void file.close();
    for (const call of ALL) {
      assert.throws(() => make(file, call, {}), { name: "TypeError", code: "ERR_CLOSED" });
    }
    backend.done(0);
  });

  test("what an option says later does not count", async () => {
    const { file, backend } = await openFake(false);
    const options = { start: 7, blockBytes: 3 };
    const reader = file.createReader(options).getReader();
    options.start = options.blockBytes = 1;
    void reader.read();
    await reactions();
    const [read] = backend.pending;
    assert.ok(read?.request.kind === "read");
    assert.deepEqual([read.request.position, read.request.length], [7, 3]);
  });
});
