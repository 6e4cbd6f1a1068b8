// Goal: wrong options of a copy are refused before anything is asked of the kernel; paths are taken
// apart and put together byte by byte; progress and rate go by the clock.
// Method: tables, random bytes, and a clock that is stepped.

import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  baseName,
  bytesOf,
  cutName,
  joinPath,
  parentPath,
  pathOf,
} from "../../../src/api/copy/paths.ts";
import { Progress } from "../../../src/api/copy/progress.ts";
import { RateLimit } from "../../../src/api/copy/rate.ts";
import { type CopyProgress, Tally } from "../../../src/api/copy/report.ts";
import { Slots } from "../../../src/api/copy/slots.ts";
import { StepClock } from "../../../src/base/step-clock.ts";
import type { CopyOptions } from "../../../src/index.ts";
import { makeFakeIo } from "../../support/fake-kernel-backend.ts";

describe("arguments of copy", () => {
  const wrong: readonly (readonly [object | null | number, string, string])[] = [
    [null, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [5, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ overwrite: true }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ overwrite: "always" }, "TypeError", "ERR_INVALID_ARG_VALUE"],
    [{ reflink: "yes" }, "TypeError", "ERR_INVALID_ARG_VALUE"],
    [{ sparse: "toString" }, "TypeError", "ERR_INVALID_ARG_VALUE"],
    [{ sparse: "never", reflink: "always" }, "TypeError", "ERR_INVALID_ARG_VALUE"],
    [{ preserve: 1 }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ sync: "no" }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ keepPartial: 0 }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ resume: {} }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ followSource: "x" }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ filesAtOnce: 0 }, "RangeError", "ERR_OUT_OF_RANGE"],
    [{ filesAtOnce: 257 }, "RangeError", "ERR_OUT_OF_RANGE"],
    [{ filesAtOnce: "8" }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ bytesPerSecond: 0 }, "RangeError", "ERR_OUT_OF_RANGE"],
    [{ bytesPerSecond: 1.5 }, "RangeError", "ERR_OUT_OF_RANGE"],
    [{ filter: "*.ts" }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ onProgress: null }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ onEntry: 1 }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ onFailure: {} }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ signal: {} }, "TypeError", "ERR_INVALID_ARG_TYPE"],
    [{ timeoutMs: 0 }, "RangeError", "ERR_OUT_OF_RANGE"],
  ];
  for (const [options, name, code] of wrong) {
    test(`options ${JSON.stringify(options)}: ${name} ${code}`, () => {
      const { io, backend } = makeFakeIo();
      assert.throws(() => io.copy("/a", "/b", options as CopyOptions), { name, code });
      assert.equal(backend.log.length, 0);
    });
  }

  test("paths are checked, each by its name", () => {
    const { io } = makeFakeIo();
    assert.throws(() => io.copy("", "/b"), /source is ""/);
    assert.throws(() => io.copy("/a", "b\0"), /destination is "b\\u0000"/);
    assert.throws(() => io.copy("/a", 7 as never), /destination is 7/);
  });

  test("a signal that has aborted: nothing is asked, and the report is empty", async () => {
    const { io, backend } = makeFakeIo();
    const copied = io.copy("/a", "/b", { signal: AbortSignal.abort("over") });
    await assert.rejects(copied, (error: never) => {
      const { name, code, cause, path, report } = error;
      assert.deepEqual([name, code, cause, path], ["AbortError", "ABORT_ERR", "over", "/a"]);
      assert.equal((report as { files: number }).files, 0);
      return true;
    });
    assert.equal(backend.log.length, 0);
  });
});

describe("paths of copy", () => {
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 12 })
    .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte)));

  test("what is joined comes apart again, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), name, (folders, last) => {
        const folder = pathOf(Buffer.concat(folders.flatMap((each) => [Buffer.from("/"), each])));
        const path = joinPath(folder, pathOf(last));
        assert.deepEqual(Buffer.from(bytesOf(baseName(path))), Buffer.from(last));
        assert.deepEqual(Buffer.from(bytesOf(parentPath(path))), Buffer.from(bytesOf(folder)));
      }),
    );
  });

  test("text is taken apart as POSIX does", () => {
    for (const path of ["/", "a", "/a", "a/", "a//", "a/b", "/a/b/", ".", "..", "../x"]) {
      assert.equal(parentPath(path), posix.dirname(path), path);
      assert.equal(baseName(path), path === "/" ? "/" : posix.basename(path), path);
    }
    assert.equal(joinPath(".", "a"), "a");
    assert.equal(joinPath("/", "a"), "/a");
  });

  test("a name is cut before a character, not in it", () => {
    assert.equal(cutName("aéé", 4), "aé");
    assert.equal(cutName("aéé", 5), "aéé");
    assert.equal(cutName("日本", 5), "日");
  });
});

describe("progress of copy", () => {
  test("is told ten times a second at most, and once more in the end", () => {
    const clock = new StepClock();
    const tally = new Tally();
    const told: CopyProgress[] = [];
    const progress = new Progress(clock, tally, (each) => told.push(each));
    const subject = { source: "a", destination: "b" };
    const file = { subject, bytesDone: 0, bytesTotal: 1000 };
    for (let step = 0; step < 1000; step++) {
      file.bytesDone++;
      tally.bytesDone++;
      progress.moved(file);
      clock.step(1);
    }
    assert.equal(told.length, 10);
    assert.deepEqual(
      told.map((each) => each.bytesDone),
      [1, 101, 201, 301, 401, 501, 601, 701, 801, 901],
    );
    progress.last();
    assert.equal(told.at(-1)?.fileBytesDone, 1000);
    // A total is never less than what is done.
    assert.equal(told.at(-1)?.bytesTotal, 1000);
  });

  test("nothing is told where there was nothing", () => {
    const told: CopyProgress[] = [];
    new Progress(new StepClock(), new Tally(), (each) => told.push(each)).last();
    assert.deepEqual(told, []);
  });
});

describe("the rate of copy", () => {
  test("no more bytes pass than the clock allows, in the order of asking", async () => {
    const clock = new StepClock();
    const rate = new RateLimit(clock, 100_000);
    const { signal } = new AbortController();
    const passed: number[] = [];
    for (const number of [1, 2, 3]) void rate.take(50_000, signal).then(() => passed.push(number));
    for (const [ms, wanted] of [
      [499, []],
      [1, [1]],
      [499, [1]],
      [1, [1, 2]],
      [500, [1, 2, 3]],
    ] as const) {
      clock.step(ms);
      await undefined;
      await undefined;
      assert.deepEqual(passed, wanted);
    }
  });

  test("whoever waits is let go by the signal, and no timer is left", async () => {
    const clock = new StepClock();
    const controller = new AbortController();
    const waiting = new RateLimit(clock, 1).take(1_000_000, controller.signal);
    assert.equal(clock.timerCount, 1);
    controller.abort();
    await waiting;
    assert.equal(clock.timerCount, 0);
    await new RateLimit(clock, 1).take(1_000_000, controller.signal);
  });

  test("a step is a part of a second, of whole pages", () => {
    assert.equal(new RateLimit(new StepClock(), 1).stepBytes, 4096);
    assert.equal(new RateLimit(new StepClock(), 1_000_000).stepBytes, 122_880);
  });
});

describe("the slots of copy", () => {
  test("no more work at once than there are places, in the order of asking", async () => {
    const slots = new Slots(3);
    const begun: number[] = [];
    let atOnce = 0;
    let most = 0;
    const work = async (number: number): Promise<void> => {
      await slots.take();
      begun.push(number);
      most = Math.max(most, ++atOnce);
      for (let turns = number % 4; turns > 0; turns--) await undefined;
      atOnce--;
      slots.give();
    };
    await Promise.all(Array.from({ length: 50 }, (_, number) => work(number)));
    assert.deepEqual(begun, [...Array(50).keys()]);
    assert.equal(most, 3);
  });
});
