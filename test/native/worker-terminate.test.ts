/**
 * Goal: a worker can end at any moment with reads in flight; nothing crashes or hangs, and the
 * kernel never writes to memory that was freed. Method: 200 workers, each terminated at a random
 * moment while it has 64 reads of 1 MiB past the page cache, then some that end by themselves in
 * each other way. After each end the main thread takes the memory that was freed, zeroed, and looks
 * for the disk's pattern in it until two rounds later. A child process of its own has an allocator
 * that hides nothing, and may crash.
 */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { runScript } from "../support/children.ts";
import { noRing } from "./ring-available.ts";
import { type Ending, READS_IN_FLIGHT, type WorkersReport } from "./worker-role.ts";

const child = new URL("./workers-child.js", import.meta.url);
const BOUND_MS = 240_000;

/** One arena for all threads, and no memory that goes back to the kernel when it is freed. */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(1024 * 1024 * 1024),
  // What is freed is overwritten, so that nobody reads it by luck.
  MALLOC_PERTURB_: "165",
};

async function run(t: TestContext, ending: Ending, rounds: number): Promise<WorkersReport> {
  const seed = process.env.OVERLAPPED_SEED ?? String(Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const args = [ending, String(rounds), seed];
  const end = await runScript(child, args, { env: ALLOCATOR, boundMs: BOUND_MS });
  assert.equal(end.isHanging, false, `it hangs, with seed ${seed}: ${end.err}`);
  assert.equal(end.signal, null, `it crashed, with seed ${seed}: ${end.err}`);
  assert.equal(end.exitCode, 0, end.err);
  const report = JSON.parse(end.out) as WorkersReport;
  t.diagnostic(JSON.stringify(report));
  return report;
}

function assertClean(report: WorkersReport, rounds: number): void {
  assert.equal(report.touched, 0, "memory was written to after it had been freed");
  assert.equal(report.bytesLeaked, 0);
  assert.ok(
    report.readsInFlight >= (rounds * READS_IN_FLIGHT) / 8, // Many have been answered by then.
    `${report.readsInFlight} reads in flight are too few to show anything`,
  );
  const [, second, ...later] = report.bytesAlive;
  for (const bytes of later) assert.equal(bytes, second, "memory grows from worker to worker");
}

test("200 workers terminated with 64 reads in flight", { skip: noRing }, async (t) => {
  assertClean(await run(t, "terminated", 200), 200);
});

for (const ending of ["natural", "process.exit", "throw"] as const) {
  test(`workers that end with reads in flight: ${ending}`, { skip: noRing }, async (t) => {
    assertClean(await run(t, ending, 10), 10);
  });
}
