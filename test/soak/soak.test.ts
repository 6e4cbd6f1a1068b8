/**
 * Goal: whatever happens at the same time, a process has in the end what it had before:
 * descriptors, threads, mappings and memory of the shim. Method: a short soak on each backend, in
 * processes of their own: files, FIFOs, pipes, terminals, timers, counters, watchers, scopes,
 * workers that end in every way, child processes, all under cancels, timeouts and abandons drawn
 * from OVERLAPPED_SEED. `npm run soak` is the long one.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "../../src/index.ts";
import { summarize } from "../support/summary.ts";
import { differences, operationsOf } from "./report.ts";
import { SUBJECTS, type SubjectName, soak } from "./run.ts";

const SECONDS = 6;
const noRing: string | false = status().backend === "uring" ? false : "no ring";

for (const name of Object.keys(SUBJECTS) as SubjectName[]) {
  test(`a short soak ends as it began: ${name}`, {
    skip: name === "uring" && noRing,
  }, async (t) => {
    const seed = Number(process.env.OVERLAPPED_SEED ?? Math.floor(Math.random() * 2 ** 31));
    t.diagnostic(`OVERLAPPED_SEED=${seed}`);
    const report = await soak(name, { seed, seconds: SECONDS, lineSeconds: SECONDS });
    t.diagnostic(JSON.stringify(report));
    assert.deepEqual(differences(report), []);
    const { counts } = report;
    for (const what of ["completed", "canceled", "timedOut", "abandoned"]) {
      assert.ok((counts[what] ?? 0) > 0, `nothing was ${what}: ${JSON.stringify(counts)}`);
    }
    summarize(t, {
      part: "soak",
      scenario: "everything at random, short",
      subject: name,
      figures: { seed, operations: operationsOf(counts), ...counts },
    });
  });
}
