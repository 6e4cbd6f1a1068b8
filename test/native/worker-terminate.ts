// Workers that end with reads in flight, whose memory is looked at afterwards. After each end the
// main thread takes the memory that was freed, zeroed, and looks for the disk's pattern in it until
// two rounds later. A child process of its own has an allocator that hides nothing, and may crash.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { runScript } from "../support/children.ts";
import { type Flavor, ON_RING, WITHOUT_SHIM } from "../support/flavors.ts";
import { type Ending, READS_IN_FLIGHT, type WorkersReport } from "./worker-role.ts";

const child = new URL("./workers-child.js", import.meta.url);
const BOUND_MS = 240_000;
/** Of memory; a worker has some 75. It varies, but what each leaves behind would be far more. */
const RESIDENT_GROWTH_MAX_MIB = 300;

/** One arena for all threads, and no memory that goes back to the kernel when it is freed. */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(1024 * 1024 * 1024),
  // What is freed is overwritten, so that nobody reads it by luck.
  MALLOC_PERTURB_: "165",
};

async function run(
  t: TestContext,
  flavor: Flavor,
  ending: Ending,
  rounds: number,
): Promise<WorkersReport> {
  const seed = process.env.OVERLAPPED_SEED ?? String(Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const args = [ending, String(rounds), seed];
  const end = await runScript(child, args, {
    env: { ...ALLOCATOR, ...flavor.env },
    boundMs: BOUND_MS,
  });
  assert.equal(end.isHanging, false, `it hangs, with seed ${seed}: ${end.err}`);
  assert.equal(end.signal, null, `it crashed, with seed ${seed}: ${end.err}`);
  assert.equal(end.exitCode, 0, end.err);
  const report = JSON.parse(end.out) as WorkersReport;
  t.diagnostic(JSON.stringify(report));
  return report;
}

function assertClean(report: WorkersReport, flavor: Flavor, rounds: number): void {
  assert.equal(report.touched, 0, "memory was written to after it had been freed");
  assert.equal(report.bytesLeaked, 0);
  // Many have been answered by then; and what has no thread yet is not with the kernel.
  assert.ok(
    report.readsInFlight >= rounds * (flavor === ON_RING ? READS_IN_FLIGHT / 8 : 1),
    `${report.readsInFlight} reads in flight are too few to show anything`,
  );
  for (const counts of [report.bytesAlive, report.descriptors]) {
    const [, second, ...later] = counts;
    for (const count of later) assert.equal(count, second, `it grows: ${counts}`);
  }
  if (flavor !== WITHOUT_SHIM) return;
  // Of memory of JavaScript nobody has an account.
  const grown = report.residentMiB.at(-1)! - report.residentMiB[1]!;
  assert.ok(grown < RESIDENT_GROWTH_MAX_MIB, `memory grows: ${report.residentMiB} MiB`);
}

/** As many as OVERLAPPED_WORKERS says, if it does. */
export function workersEnd(flavor: Flavor, usualRounds: number): void {
  const { name, skip } = flavor;
  const rounds = Number(process.env.OVERLAPPED_WORKERS ?? usualRounds);
  test(`${rounds} workers terminated with 64 reads in flight, ${name}`, { skip }, async (t) => {
    assertClean(await run(t, flavor, "terminated", rounds), flavor, rounds);
  });
  for (const ending of ["natural", "process.exit", "throw"] as const) {
    test(`workers that end with reads in flight: ${ending}, ${name}`, { skip }, async (t) => {
      assertClean(await run(t, flavor, ending, 10), flavor, 10);
    });
  }
}
