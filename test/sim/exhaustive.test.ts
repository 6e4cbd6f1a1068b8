// Goal: in every state that up to three operations on one handle can come to, under calls, requests
// to stop, close, abandon, timeouts and drain, and whatever the simulated kernel does first, every
// promise holds, and from everywhere all comes to rest.
// Method: every history of the scenes in explore-list.ts is lived through, until a state is reached
// that was seen before; the promises are checked after each choice (docs/exploration.md).

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import type { Report } from "./explore.ts";
import type { Found } from "./explore-child.ts";
import { SCENES } from "./explore-list.ts";
import { SIGHTS } from "./explore-sights.ts";

const CHILD = fileURLToPath(new URL("explore-child.js", import.meta.url));

/** Much is made and soon dropped, in two processes on perhaps two cores. */
const FLAGS = ["--single-threaded-gc", "--max-semi-space-size=64"];

/** A process that explores one scene after the other. */
class Explorer {
  readonly #child = spawn(process.execPath, [...FLAGS, CHILD], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  readonly #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();

  async explore(name: string): Promise<Found> {
    this.#child.stdin.write(`${name}\n`);
    const { value, done } = await this.#lines.next();
    assert.ok(done !== true, "the process has ended early");
    return JSON.parse(value);
  }

  end(): void {
    this.#child.stdin.end();
  }
}

describe("every state of up to three operations keeps every promise", { concurrency: 2 }, () => {
  const idle: Explorer[] = [];
  const reports: Report[] = [];

  for (const { name } of SCENES) {
    test(name, async (t) => {
      const explorer = idle.pop() ?? new Explorer();
      const { report, broken } = await explorer.explore(name);
      idle.push(explorer);
      assert.ok(report !== undefined, broken);
      reports.push(report);
      const { states, quiet, transitions, histories, depth } = report;
      t.diagnostic(
        `${states} states (${quiet} at rest), ${transitions} transitions, ` +
          `${histories} histories, at most ${depth} choices deep`,
      );
    });
  }

  after(() => {
    for (const explorer of idle) explorer.end();
    const sum = (of: (report: Report) => number): number =>
      reports.reduce((total, report) => total + of(report), 0);
    const [states, transitions] = [sum((each) => each.states), sum((each) => each.transitions)];
    process.stdout.write(`# explored: ${states} states, ${transitions} transitions\n`);
    if (reports.length < SCENES.length) return; // Not all were asked for, or one is broken.
    const seen = new Set(reports.flatMap(({ sights }) => sights));
    assert.deepEqual([...seen].sort(), [...SIGHTS].sort(), "something was never come across");
  });
});
