/**
 * What happened: glibc kept what ended workers had freed, each in another arena: a program whose
 * workers had 12,000 buffers of 40 KB stayed at 560 MiB after the first and went on from there,
 * with no byte of native memory alive.
 *
 * Goal: the memory of a worker goes back to the system with the worker.
 * Method: in a process of their own, workers with 128 MiB of buffers each; what is resident after
 * each is compared with what was before the first.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadAddon } from "../../src/kernel/addon.ts";
import { runScript } from "../support/children.ts";

const noShim: string | false = loadAddon().reason ?? false;
const child = new URL("./worker-memory-child.js", import.meta.url);

test("buffers of ended workers are not resident any more", { skip: noShim }, async (t) => {
  const { exitCode, out, err } = await runScript(child, []);
  assert.equal(exitCode, 0, err);
  const { buffers, before, after } = JSON.parse(out) as Record<"buffers" | "before", number> & {
    readonly after: readonly number[];
  };
  t.diagnostic(`MiB of buffers: ${buffers}, resident: ${before}, then ${after.join(" ")}`);
  for (const mebibytes of after) assert.ok(mebibytes < before + buffers / 2, out);
});
