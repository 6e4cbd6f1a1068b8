// Programs with bad manners, clocks that jump, and collections at every moment.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { type ChildOptions, runScript } from "../support/children.ts";
import { makeFifo } from "../support/fifo.ts";
import { makeClockJump } from "../support/jumping-clock.ts";
import { report, type Variant } from "./variant.ts";

const SCRIPT = new URL("./manner-child.js", import.meta.url);

const CANCELED = ["canceled", "canceled", "canceled", "canceled"];
const TIMED_OUT = ["timedOut", "timedOut", "timedOut", "timedOut"];
const LISTENER = "a listener";
const SUBSCRIBER = "a subscriber";

/** What the process says of itself. */
const CASES: Readonly<Record<string, object>> = {
  "a listener throws": { ends: CANCELED, lent: false, uncaught: [LISTENER, LISTENER] },
  "a subscriber throws": { type: "directory", uncaught: [SUBSCRIBER, SUBSCRIBER] },
  "nobody awaits": { unhandled: ["ENOENT"], uncaught: [] },
};

const CLOCK_JUMPS = "the clock jumps";
const UNIMPRESSED = { ends: TIMED_OUT, ages: [true, true, true, true], uncaught: [], left: 0 };

/** V8 collects at random moments, moves what it keeps, or marks all the time. */
const COLLECTIONS: readonly (readonly string[])[] = [
  ["--stress-scavenge=5"],
  ["--stress-compaction", "--stress-incremental-marking"],
];

async function within<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "overlapped-manners-"));
  try {
    return await act(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function run(variant: Variant, what: string, options: ChildOptions = {}): Promise<unknown> {
  return within(async (directory) => {
    const fifo = makeFifo(directory, "fifo");
    const env = { ...variant.env, ...options.env };
    const end = await runScript(SCRIPT, [what, fifo], { ...options, env });
    assert.deepEqual([end.isHanging, end.exitCode], [false, 0], end.err);
    return JSON.parse(end.out);
  });
}

export function manners(variant: Variant, skip: string | false): void {
  describe(`bad manners, on ${variant.name}`, { skip }, () => {
    for (const [what, expected] of Object.entries(CASES)) {
      test(what, async (t) => {
        assert.deepEqual(await run(variant, what), { ...expected, left: 0 });
        report(t, variant, what);
      });
    }

    test(CLOCK_JUMPS, (t) =>
      within(async (directory) => {
        const { env, skip: noClock } = makeClockJump(directory);
        if (noClock !== false) return t.skip(noClock);
        const seen = await run(variant, CLOCK_JUMPS, { env });
        assert.deepEqual(seen, { hasJumped: true, ...UNIMPRESSED });
        report(t, variant, CLOCK_JUMPS);
      }),
    );

    for (const flags of COLLECTIONS) {
      test(`collections at every moment: ${flags[0]}`, async (t) => {
        const expected = { isSame: true, uncaught: [], left: 0 };
        assert.deepEqual(await run(variant, "collections", { nodeFlags: flags }), expected);
        report(t, variant, `collections: ${flags.join(" ")}`);
      });
    }
  });
}
