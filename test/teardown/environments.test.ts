/**
 * Goal: environments may come and go, many at once and a thousand in a row, with work in flight and
 * in every way of ending, and the process holds afterwards what it held before. Method: 50 workers
 * at once, and a thousand one after the other in a few lanes with the bare shim, that is loaded
 * several times in each, also from within another context; then descriptors, mappings and the
 * shim's bytes are counted. With OVERLAPPED_FAULTS=full a thousand with the library, too, and, to
 * compare with, a thousand that do nothing.
 */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { runScript } from "../support/children.ts";
import { makeFifo } from "../support/fifo.ts";
import { summarize } from "../support/summary.ts";
import { makeTemporary } from "../support/temp.ts";
import { BACKENDS, type BackendOfTest } from "./backends.ts";
import type { EnvironmentData } from "./environment-worker.ts";

const fifo: string = makeFifo(makeTemporary("environments"), "fifo");
const child = new URL("./environments-child.js", import.meta.url);
const BOUND_MS = 280_000;
const WITH = { library: "the library", shim: "the bare shim", nothing: "nothing of ours" };
const IS_FULL = process.env.OVERLAPPED_FAULTS === "full";
const IN_A_ROW = IS_FULL ? 1000 : 100;
/** V8 takes and gives back as it likes; a thousand environments that do nothing leave as many. */
const MAPPINGS_SLACK = 100;

interface Holdings {
  readonly descriptors: number;
  readonly mappings: number;
  readonly bytesAlive: number;
  readonly bytesLeaked: number;
}

type Subject = Pick<BackendOfTest, "env"> & { readonly name: string };

interface Run {
  readonly count: number;
  readonly atOnce: number;
  readonly uses: EnvironmentData["uses"];
}

async function check(t: TestContext, { name, env }: Subject, run: Run): Promise<void> {
  const args = [String(run.count), String(run.atOnce), run.uses, fifo];
  const end = await runScript(child, args, { env, boundMs: BOUND_MS });
  assert.equal(end.isHanging, false, end.err);
  assert.deepEqual([end.exitCode, end.signal], [0, null], end.err);
  const { before, after } = JSON.parse(end.out) as Record<"before" | "after", Holdings>;
  assert.equal(after.descriptors, before.descriptors);
  assert.equal(after.bytesAlive, before.bytesAlive);
  assert.equal(after.bytesLeaked, 0);
  // That tool keeps some for each thread there ever was.
  const isOurs = process.env.ASAN_OPTIONS === undefined;
  if (isOurs) assert.ok(after.mappings <= before.mappings + MAPPINGS_SLACK, end.out);
  summarize(t, {
    part: "teardown",
    scenario: `environments that come and go, ${run.atOnce} at once, with ${WITH[run.uses]}`,
    subject: name,
    figures: {
      environments: run.count,
      descriptors: after.descriptors - before.descriptors,
      mappings: after.mappings - before.mappings,
      bytes: after.bytesAlive - before.bytesAlive,
    },
  });
}

for (const backend of BACKENDS) {
  const { name, skip } = backend;
  test(`50 workers at once, twice: ${name}`, { skip }, async (t) => {
    await check(t, backend, { count: 50, atOnce: 50, uses: "library" });
  });

  test(`${IN_A_ROW} workers, one after the other: ${name}`, { skip }, async (t) => {
    await check(t, backend, { count: IN_A_ROW, atOnce: 4, uses: "library" });
  });
}

test("1,000 environments that load the shim three times each", {
  skip: BACKENDS[1]?.skip ?? false,
}, async (t) => {
  await check(t, { name: "the shim", env: {} }, { count: 1000, atOnce: 4, uses: "shim" });
});

if (IS_FULL) {
  test("1,000 environments that do nothing", async (t) => {
    await check(t, { name: "Node alone", env: {} }, { count: 1000, atOnce: 4, uses: "nothing" });
  });
}
