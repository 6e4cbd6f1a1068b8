/**
 * Goal: under any mix of aborts, timeouts, cancels, abandons and closes each operation settles
 * once, every byte that is read is right and in order, none is lost, and nothing is left behind.
 * Method: ten rounds of 20,000 reads and writes on files and FIFOs, in a child process; what
 * befalls each is drawn from OVERLAPPED_SEED. After each round everything has to be as it was
 * before the first: operations, descriptors, bytes of native memory, and, but for noise, resident
 * memory. Without a ring the rounds have 2,000, unless OVERLAPPED_STARTS says how many.
 */

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runScript } from "../support/children.ts";
import { FLAVORS, type Flavor, ON_RING } from "../support/flavors.ts";
import { makeTemporary } from "../support/temp.ts";
import { type MixReport, ROUNDS } from "./mix-report.ts";

const BOUND_MS = 240_000;
/** V8 takes more and more room for young objects if it may, which looks like a leak of ours. */
const NODE_FLAGS = ["--expose-gc", "--max-semi-space-size=4"];
/** Nor may the allocator keep what was freed: most buffers have pages of their own. */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "4096",
  MALLOC_TRIM_THRESHOLD_: "65536",
};
/** Above what resident memory varies by then. A leak of 80 bytes for each operation is more. */
const RESIDENT_GROWTH_MAX = 12 * 1024 * 1024;

/** Of these many reads and writes each thing that can befall one has befallen one, at least. */
const STARTS_PER_FATE = 200;

const temporary: string = makeTemporary("mix");

/** Reads and writes of a round. */
function startsPerRound(flavor: Flavor): number {
  return Number(process.env.OVERLAPPED_STARTS ?? (flavor === ON_RING ? 20_000 : 2000));
}

async function runMix(t: TestContext, flavor: Flavor): Promise<MixReport> {
  const seed = process.env.OVERLAPPED_SEED ?? String(Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const child = new URL("./mix-child.js", import.meta.url);
  const env = { ...ALLOCATOR, ...flavor.env };
  const args = [mkdtempSync(join(temporary, "mix-")), seed, String(startsPerRound(flavor))];
  const end = await runScript(child, args, { nodeFlags: NODE_FLAGS, env, boundMs: BOUND_MS });
  const what = `with OVERLAPPED_SEED=${seed}: ${end.err}`;
  assert.equal(end.isHanging, false, `it hangs, ${what}`);
  assert.equal(end.signal, null, `it crashed, ${what}`);
  assert.equal(end.exitCode, 0, `it failed, ${what}`);
  return JSON.parse(end.out) as MixReport;
}

for (const flavor of FLAVORS) {
  const starts = ROUNDS * startsPerRound(flavor);
  const name = `${starts} reads and writes under a random mix of ends, ${flavor.name}`;
  test(name, { skip: flavor.skip }, async (t) => {
    const { counts, putBack, residentBytes } = await runMix(t, flavor);
    const mebibytes = residentBytes.map((bytes) => (bytes / 2 ** 20).toFixed(1));
    t.diagnostic(`${JSON.stringify(counts)}, put back: ${putBack}`);
    t.diagnostic(`resident MiB: ${mebibytes.join(" ")}`);
    const growth = residentBytes[ROUNDS - 1]! - residentBytes[1]!;
    assert.ok(growth < RESIDENT_GROWTH_MAX, `resident memory grows: ${mebibytes.join(" ")} MiB`);
    const sum = Object.values(counts).reduce((total, count) => total + count, 0);
    assert.ok(sum >= starts);
    // Everything that can befall an operation has befallen many.
    const { completed, canceled, timedOut, abandoned, failed } = counts;
    const many = starts / STARTS_PER_FATE;
    for (const count of [completed, canceled, timedOut, abandoned]) assert.ok(count > many);
    // Where a cancel takes effect at once, what waits takes no bytes after it.
    if (flavor === ON_RING) assert.ok(putBack > 100, `${putBack} reads put bytes back: too few`);
    assert.equal(failed, 0);
  });
}
