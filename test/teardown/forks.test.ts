/**
 * Goal: a child process has nothing of what its parent has open, neither rings nor memory, and may
 * use the library itself; and the parent goes on as if there were none. Method: parents with a ring
 * or threads, a pipe and a read in flight that fork, start a cluster or run a program; the children
 * say what they hold, use the library, and end with a read in flight; while they live the parent
 * closes the pipe's writer and must see its end.
 */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { runScript } from "../support/children.ts";
import { makeFifos } from "../support/fifo.ts";
import { summarize } from "../support/summary.ts";
import { makeTemporary } from "../support/temp.ts";
import { BACKENDS, WITHOUT_SHIM } from "./backends.ts";

const temporary: string = makeTemporary("forks");
const child = new URL("./forks-child.js", import.meta.url);

const HAS = "a child has of its parent: nothing";
const GOES_ON = ["the pipe's end: 0", "the read goes on: 6", "held: 0"];
const ENDS = "a child's end: 3";

const WAYS: Readonly<Record<string, readonly string[]>> = {
  spawnSync: [HAS, ...GOES_ON],
  fork: [HAS, ...GOES_ON, ENDS],
  cluster: [HAS, HAS, ...GOES_ON, ENDS, ENDS],
};

for (const { name, skip, env } of [...BACKENDS, WITHOUT_SHIM]) {
  for (const [way, lines] of Object.entries(WAYS)) {
    test(`a child process has nothing of its parent: ${way}, ${name}`, { skip }, async (t) => {
      const path = join(temporary, `${way}-${name}`);
      writeFileSync(path, "content");
      const fifos = join(temporary, `fifo-${way}-${name}`);
      makeFifos(temporary, basename(fifos), 3);
      const { exitCode, isHanging, out, err } = await runScript(child, [way, fifos, path], { env });
      assert.equal(isHanging, false, `it did not end; it said:\n${out}${err}`);
      assert.deepEqual(out.split("\n").slice(0, -1), lines, err);
      assert.equal(exitCode, 0, err);
      summarize(t, {
        part: "teardown",
        scenario: `children by ${way} while reads are in flight`,
        subject: name,
        figures: { inherited: 0 },
      });
    });
  }
}
