/**
 * Goal: under any mix of aborts, timeouts, cancels, abandons and closes each operation settles
 * once, every byte that is read is right and in order, none is lost, and nothing is left behind.
 * Method: ten rounds of 20,000 reads and writes on files and FIFOs, in a child process; what
 * befalls each is drawn from OVERLAPPED_SEED. After each round everything has to be as it was
 * before the first: operations, descriptors, bytes of native memory, and, but for noise, resident
 * memory.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { noRing } from "../native/ring-available.ts";
import { runScript } from "../support/children.ts";
import { makeTemporary } from "../support/temp.ts";
import { type MixReport, ROUNDS, STARTS_PER_ROUND } from "./mix-report.ts";

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

const temporary: string = makeTemporary("mix");

test("200,000 reads and writes under a random mix of ends", { skip: noRing }, async (t) => {
  const seed = process.env.OVERLAPPED_SEED ?? String(Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`OVERLAPPED_SEED=${seed}`);
  const child = new URL("./mix-child.js", import.meta.url);
  const options = { nodeFlags: NODE_FLAGS, env: ALLOCATOR, boundMs: BOUND_MS };
  const end = await runScript(child, [temporary, seed], options);
  const what = `with OVERLAPPED_SEED=${seed}: ${end.err}`;
  assert.equal(end.isHanging, false, `it hangs, ${what}`);
  assert.equal(end.signal, null, `it crashed, ${what}`);
  assert.equal(end.exitCode, 0, `it failed, ${what}`);

  const { counts, putBack, residentBytes } = JSON.parse(end.out) as MixReport;
  const mebibytes = residentBytes.map((bytes) => (bytes / 2 ** 20).toFixed(1));
  t.diagnostic(`${JSON.stringify(counts)}, put back: ${putBack}`);
  t.diagnostic(`resident MiB: ${mebibytes.join(" ")}`);
  const growth = residentBytes[ROUNDS - 1]! - residentBytes[1]!;
  assert.ok(growth < RESIDENT_GROWTH_MAX, `resident memory grows: ${mebibytes.join(" ")} MiB`);
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  assert.ok(sum >= ROUNDS * STARTS_PER_ROUND);
  // Everything that can befall an operation has befallen many.
  const { completed, canceled, timedOut, abandoned, failed } = counts;
  for (const count of [completed, canceled, timedOut, abandoned]) assert.ok(count > 1000);
  assert.ok(putBack > 100, `${putBack} reads put bytes back: too few to show anything`);
  assert.equal(failed, 0);
});
