// Goal: in every state that up to three operations on one handle can come to, under calls, requests
// to stop, close, abandon, timeouts and drain, and whatever the simulated kernel does first, every
// promise holds, and from everywhere all comes to rest.
// Method: every history of the scenes in explore-list.ts is lived through, until a state is reached
// that was seen before; the promises are checked after each choice (docs/exploration.md).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import type { Found } from "./explore-child.ts";
import { SCENES } from "./explore-list.ts";
import { SIGHTS } from "./explore-sights.ts";

const CHILD = fileURLToPath(new URL("explore-child.js", import.meta.url));

/** Much is made and soon dropped, in two processes on perhaps two cores. */
const FLAGS = ["--single-threaded-gc", "--max-semi-space-size=64"];

/** Explores in a process of its own; calls back with each scene as it is done. */
async function explore(names: readonly string[], onFound: (found: Found) => void): Promise<void> {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, [...FLAGS, CHILD, ...names], { stdio: [...stdio] });
  createInterface({ input: child.stdout }).on("line", (line) => onFound(JSON.parse(line)));
  const [code] = await once(child, "close");
  assert.equal(code, 0, "the process did not come to its end");
}

const seen = new Set<string>();
let [states, transitions] = [0, 0];

function judge({ report, broken }: Found): string {
  assert.ok(report !== undefined, broken);
  for (const sight of report.sights) seen.add(sight);
  states += report.states;
  transitions += report.transitions;
  const { quiet, histories, depth } = report;
  return (
    `${report.states} states (${quiet} at rest), ${report.transitions} transitions, ` +
    `${histories} histories, at most ${depth} choices deep`
  );
}

describe("every state of up to three operations keeps every promise", { concurrency: true }, () => {
  for (const half of [0, 1]) {
    const names = SCENES.map(({ name }) => name).filter((_, place) => place % 2 === half);
    const waiting = new Map<string, (found: Found) => void>();
    const found = new Map(
      names.map((name) => [name, new Promise<Found>((resolve) => waiting.set(name, resolve))]),
    );
    const run = explore(names, (each) => waiting.get(each.name)?.(each));
    for (const name of names) {
      test(name, async (t) => {
        const result = await Promise.race([found.get(name), run.then(() => found.get(name))]);
        assert.ok(result !== undefined);
        t.diagnostic(judge(result));
      });
    }
  }

  after(() => {
    process.stdout.write(`# explored: ${states} states, ${transitions} transitions\n`);
    assert.deepEqual([...seen].sort(), [...SIGHTS].sort(), "something was never come across");
  });
});
