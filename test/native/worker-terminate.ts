// Workers that end with reads in flight, whose memory is looked at afterwards. After each end the
// main thread takes the memory that was freed, zeroed, and looks for the disk's pattern in it until
// two rounds later. A child process of its own has an allocator that hides nothing, and may crash.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { runScript } from "../support/children.ts";
import { type Flavor, ON_RING, WITHOUT_SHIM } from "../support/flavors.ts";
import { summarize } from "../support/summary.ts";
import { type Ending, type Patience, READS_IN_FLIGHT, type WorkersReport } from "./worker-role.ts";

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

interface How {
  readonly ending: Ending;
  readonly rounds: number;
  readonly patience?: Patience;
}

async function run(
  t: TestContext,
  flavor: Flavor,
  { ending, rounds, patience = "patient" }: How,
): Promise<WorkersReport> {
  const seed = process.env.OVERLAPPED_SEED ?? String(Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const args = [ending, String(rounds), seed, patience];
  const end = await runScript(child, args, {
    env: { ...ALLOCATOR, ...flavor.env },
    boundMs: BOUND_MS,
  });
  assert.equal(end.isHanging, false, `it hangs, with seed ${seed}: ${end.err}`);
  assert.equal(end.signal, null, `it crashed, with seed ${seed}: ${end.err}`);
  assert.equal(end.exitCode, 0, end.err);
  const report = JSON.parse(end.out) as WorkersReport;
  t.diagnostic(JSON.stringify(report));
  const { touched, readsInFlight, completed, bytesLeaked } = report;
  summarize(t, {
    part: "teardown",
    scenario: `workers end with ${READS_IN_FLIGHT} direct reads in flight: ${ending}, ${patience}`,
    subject: flavor.name,
    figures: { workers: rounds, touched, readsInFlight, completed, bytesLeaked },
  });
  return report;
}

async function check(t: TestContext, flavor: Flavor, how: How): Promise<void> {
  const { rounds, patience = "patient" } = how;
  const report = await run(t, flavor, how);
  assert.equal(report.touched, 0, "memory was written to after it had been freed");
  if (patience === "patient") assert.equal(report.bytesLeaked, 0);
  else assert.ok(report.bytesLeaked > 0, "nothing was with the kernel at the end");
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
    await check(t, flavor, { ending: "terminated", rounds });
  });
  for (const ending of ["natural", "process.exit", "throw"] as const) {
    test(`workers that end with reads in flight: ${ending}, ${name}`, { skip }, async (t) => {
      await check(t, flavor, { ending, rounds: 10 });
    });
  }
  // Without the shim nobody gives up: Node waits for its pool.
  if (flavor === WITHOUT_SHIM) return;
  const impatient = `workers whose end waits for nothing leak what the kernel has, ${name}`;
  test(impatient, { skip }, async (t) => {
    await check(t, flavor, { ending: "terminated", rounds: 10, patience: "impatient" });
  });
}
