// Goal: simulate() gives what the function returned, and else an error that says what is wrong with
// it, soon and without doubt; the same seed gives the same run.
// Method: functions with one mistake each. Nothing here depends on how long anything takes.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { IoBuffer, IoError } from "../../../src/index.ts";
import { type SimulationError, simulate } from "../../../src/testing.ts";
import { busy, failureOf, readSilence } from "./cases.ts";

const SOON = { patienceMs: 1 };

async function traceOf(seed: number): Promise<string> {
  const outcomes: string[] = [];
  const run = simulate({ seed }, async (io, world) => {
    outcomes.push(...(await busy(io, world)));
    throw new Error("to see the trace");
  });
  const error = (await run.catch((it: unknown) => it)) as { simulation: SimulationError };
  return [...outcomes, error.simulation.trace].join("\n");
}

describe("simulate()", () => {
  test("resolves with what the function returned, also one that waits for nothing", async () => {
    const size = await simulate({}, async (io, world) => {
      world.makeFile("/a", "four");
      return (await io.stat("/a")).size;
    });
    assert.equal(size, 4);
    assert.equal(await simulate({}, () => "at once"), "at once");
  });

  test("time is virtual: an hour passes, and the timeout fires in it", async () => {
    const end = await simulate({ faults: "none" }, async (io, world) => {
      world.makeFifo("/fifo");
      await using fifo = await io.open("/fifo", "r+");
      const outcome = await fifo.read(new IoBuffer(1), { timeoutMs: 3_600_000 }).outcome();
      await world.passTime(400_000);
      return [outcome.status, world.nowMs];
    });
    assert.deepEqual(end, ["timedOut", 4_000_000]);
  });

  test("the same seed gives the same trace, another one another", async () => {
    const traces = await Promise.all([1, 2, 3, 4, 5, 1, 2, 3, 4, 5].map(traceOf));
    assert.deepEqual(traces.slice(0, 5), traces.slice(5));
    assert.ok(new Set(traces).size > 2, "the seeds make no difference");
  });

  test("without a seed, seed 0 is meant", async () => {
    const error = await failureOf(simulate(SOON, readSilence));
    assert.equal(error.seed, 0);
    const again = await failureOf(simulate({ ...SOON, seed: 0 }, readSilence));
    assert.equal(error.trace, again.trace);
  });
});

describe("a function that leaves something behind", () => {
  test("an operation outlives it: which, with what, from where, and how to see it", async () => {
    const run = simulate({ seed: 3, faults: "none" }, async (io, world) => {
      world.makeFifo("/fifo");
      const fifo = await io.open("/fifo", "r+");
      void fifo.read(new IoBuffer(64));
    });
    const error = await failureOf(run);
    const [held] = error.held;
    assert.equal(error.held.length, 1);
    assert.equal(held?.kind, "read");
    assert.equal(held?.path, "/fifo");
    assert.equal(held?.state, "submitted");
    assert.equal(held?.byteLength, 64);
    assert.deepEqual(error.leftOpen, ["/fifo"]);
    assert.equal(error.code, "ERR_SIMULATION");
    const { message } = error;
    assert.match(message, /^The simulation did not end quietly \(seed 3\)$/m);
    assert.match(
      message,
      /read 2 of "\/fifo": submitted, holds 64 bytes of memory\n.*simulate\.test/,
    );
    assert.match(
      message,
      /read #2 submitted +ready, \/fifo, 64 bytes of memory +read 2 is submitted/,
    );
    assert.match(message, /Again: simulate\(\{ seed: 3, faults: 'none' \}, …\)/);
    assert.match(error.stack?.split(message)[1] ?? "", /^\n {4}at .*simulate\.test/);
    assert.doesNotMatch(message, /src\/(?:api|operation)\//);
  });

  test("one that was asked to stop has the time to", async () => {
    await simulate({ script: [{ fault: "lostCancel", kind: "read" }] }, async (io, world) => {
      world.makeFifo("/fifo");
      const fifo = await io.open("/fifo", "r+");
      const reading = fifo.read(new IoBuffer(64));
      await world.passTime(1);
      void reading.cancel();
      void fifo.close().abandon();
    });
  });

  test("what only begins after it has returned outlives it, too", async () => {
    const run = simulate({ faults: "none" }, (io, world) => {
      world.makeFile("/a");
      void (async () => {
        await io.stat("/a").cancel().outcome();
        await io.stat("/a");
        await io.stat("/a");
      })();
    });
    assert.equal((await failureOf(run)).held[0]?.kind, "stat");
  });

  test("the close of an abandoned open is not its fault", async () => {
    await simulate({ script: [{ fault: "stubbornOpen", kind: "open" }] }, async (io, world) => {
      world.makeFile("/a");
      const opening = io.open("/a");
      await world.passTime(1);
      await assert.rejects(opening.abandon(), { code: "ERR_ABANDONED" });
    });
  });

  test("a file left open", async () => {
    const run = simulate({}, async (io, world) => {
      world.makeFile("/a");
      await io.open("/a");
      await using other = await io.open("/a");
      await other.stat();
    });
    const error = await failureOf(run);
    assert.deepEqual([error.held, error.leftOpen], [[], ["/a"]]);
    assert.match(error.message, /Left open:\n {2}"\/a"/);
  });
});

describe("a function that waits", () => {
  test("for what never comes is told what it waits for", async () => {
    const error = await failureOf(simulate({ ...SOON, seed: 1, faults: "none" }, readSilence));
    assert.match(error.message, /^The function waits for something that never comes \(seed 1\)$/m);
    assert.match(error.message, /read 2 of "\/fifo": submitted, holds 64 bytes of memory/);
    assert.deepEqual([error.held.length, error.leftOpen], [1, []]);
  });

  test("for nothing of the simulation at all", async () => {
    const error = await failureOf(simulate(SOON, () => new Promise<void>(() => {})));
    assert.match(error.message, /No operation is in flight/);
  });

  test("for what is stuck: it is held, not hung", async () => {
    const script = [{ fault: "stuck", kind: "read" }] as const;
    const run = simulate({ ...SOON, script }, async (io, world) => {
      world.makeFile("/a", "x");
      await using file = await io.open("/a");
      await file.read(new IoBuffer(1), { timeoutMs: 100 });
    });
    const error = await failureOf(run);
    assert.equal(error.held[0]?.state, "canceling");
    assert.match(error.message, /read 2 of "\/a": canceling/);
  });

  test("for what is stuck, but gives up waiting", async () => {
    const run = simulate({ script: [{ fault: "stuck", kind: "read" }] }, async (io, world) => {
      world.makeFile("/a", "x");
      const file = await io.open("/a");
      const reading = file.read(new IoBuffer(1));
      await world.passTime(1000);
      await assert.rejects(reading.abandon(), { code: "ERR_ABANDONED" });
      file.close().abandon();
      return "went on";
    });
    assert.equal(await run, "went on");
  });

  test("for something real is left in peace", async () => {
    const run = promisify(execFile);
    const end = await simulate(SOON, async (io, world) => {
      world.makeFifo("/fifo");
      await using fifo = await io.open("/fifo", "r+");
      const reading = fifo.read(new IoBuffer(8));
      const { stdout } = await run(process.execPath, ["-p", "1 + 1"]);
      world.peerOf("/fifo").write(stdout);
      return await reading;
    });
    assert.equal(end, 2);
  });

  test("two of them do not take each other for a sign of life", async () => {
    const both = [simulate(SOON, readSilence), simulate(SOON, readSilence)];
    for (const run of both) await failureOf(run);
  });
});

describe("a function that throws", () => {
  test("its own error comes, with the seed and the events", async () => {
    const own = new Error("mine");
    const run = simulate({ seed: 5 }, async (io, world) => {
      world.makeFile("/a");
      await io.stat("/a");
      throw own;
    });
    await assert.rejects(run, (error) => error === own);
    const { simulation } = own as Error & { simulation: SimulationError };
    assert.equal(own.message, "mine");
    assert.equal(simulation.seed, 5);
    assert.match(simulation.message, /stat #1 submitted/);
    assert.match(simulation.trace, /the function has thrown/);
    assert.match(simulation.message, /Again: simulate\(\{ seed: 5 \}, …\)/);
  });

  test("an assertion stays what it was, and tells what was in flight", async () => {
    const run = simulate({ faults: "none" }, async (io, world) => {
      world.makeFifo("/fifo");
      const fifo = await io.open("/fifo", "r+");
      void fifo.read(new IoBuffer(2));
      assert.equal(1 + 1, 3);
    });
    await assert.rejects(run, (error: assert.AssertionError & { simulation: SimulationError }) => {
      assert.ok(error instanceof assert.AssertionError);
      assert.deepEqual([error.actual, error.expected], [2, 3]);
      assert.equal(error.simulation.held[0]?.kind, "read");
      return true;
    });
  });

  test("at once, or an error of the library", async () => {
    const atOnce = simulate({}, () => {
      throw new TypeError("at once");
    });
    await assert.rejects(atOnce, { name: "TypeError", message: "at once" });
    const missing = simulate({}, (io) => io.open("/none"));
    await assert.rejects(missing, (error) => error instanceof IoError && error.code === "ENOENT");
  });

  for (const thrown of ["text", undefined, Object.freeze(new Error("frozen"))]) {
    test(`${String(thrown)}, which can carry nothing, is the cause`, async () => {
      const error = await failureOf(simulate({ seed: 2 }, () => Promise.reject(thrown)));
      assert.equal(error.cause, thrown);
      assert.match(error.message, /^The function has thrown \(seed 2\)$/m);
    });
  }
});
