// Great numbers: a hundred thousand calls that begin in one turn, and as many reads in flight that
// share one signal. OVERLAPPED_FAULTS=full makes it a million calls, which takes minutes.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { runScript } from "../support/children.ts";
import { makeFifo } from "../support/fifo.ts";
import { report, type Variant } from "./variant.ts";

const SCRIPT = new URL("./mass-child.js", import.meta.url);
const IS_FULL = process.env.OVERLAPPED_FAULTS === "full";
const IN_A_TURN = IS_FULL ? 1_000_000 : 100_000;
const OF_A_SIGNAL = 100_000;
const BOUND_MS = 280_000;

interface Seen {
  readonly counts: Readonly<Record<string, number>>;
  readonly most: number;
  readonly left: number;
  readonly overflows: number;
  readonly hasTurns?: boolean;
  readonly listeners?: number;
  readonly lent?: number;
}

async function run(variant: Variant, what: string, count: number, path: string): Promise<Seen> {
  const args = [what, String(count), path];
  const end = await runScript(SCRIPT, args, { env: variant.env, boundMs: BOUND_MS });
  assert.equal(end.isHanging, false, end.err);
  assert.equal(end.exitCode, 0, end.err);
  return JSON.parse(end.out) as Seen;
}

export function masses(variant: Variant, skip: string | false): void {
  describe(`great numbers, on ${variant.name}`, { skip }, () => {
    test("what begins in one turn all completes, and leaves turns to others", async (t) => {
      const seen = await run(variant, "one turn", IN_A_TURN, "/");
      assert.deepEqual(seen.counts, { directory: IN_A_TURN });
      assert.deepEqual([seen.most, seen.left, seen.hasTurns], [IN_A_TURN, 0, true]);
      const { overflows } = seen;
      report(t, variant, "submissions in one turn", { operations: IN_A_TURN, overflows });
    });

    test("one signal of all: one listener, and each is canceled once", async (t) => {
      const directory = mkdtempSync(join(tmpdir(), "overlapped-masses-"));
      try {
        const path = makeFifo(directory, "fifo");
        const seen = await run(variant, "one signal", OF_A_SIGNAL, path);
        assert.deepEqual(seen.counts, { canceled: OF_A_SIGNAL });
        assert.deepEqual([seen.most, seen.left, seen.lent], [OF_A_SIGNAL, 0, 0]);
        assert.equal(seen.listeners, 1);
        report(t, variant, "reads in flight that share one signal", { operations: OF_A_SIGNAL });
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  });
}
