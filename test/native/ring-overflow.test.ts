// Goal: completions that found no room in the completion queue arrive all the same, each once.
// Method: a real ring that holds eight completions; many more requests are entered than that before
// one is read. The backend never gets there: it has no more in flight than its queue holds.

import assert from "node:assert/strict";
import { closeSync, constants, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";

import type { RingRequest } from "../../src/backend/contract.ts";
import { encode } from "../../src/backend/uring/encode.ts";
import { Ring } from "../../src/backend/uring/ring.ts";
import { type Addon, loadAddon } from "../../src/kernel/addon.ts";
import { NativeMemory } from "../../src/kernel/memory.ts";
import { SETUP_CQSIZE } from "../../src/kernel/uring-abi.ts";
import { makeFifo, writeToFifo } from "../support/fifo.ts";
import { summarize } from "../support/summary.ts";
import { makeTemporary } from "../support/temp.ts";
import { noRing } from "./ring-available.ts";

const ENTRIES = 8;
const COUNT = 100;
const TURNS_MAX = 1000;
const GENERATION = 7;
const temporary: string = makeTemporary("overflow");

/** Runs `use` with a ring for as many completions as submissions. */
async function withRing(use: (ring: Ring) => Promise<void>): Promise<void> {
  const addon = loadAddon().addon as Addon;
  const described = addon.setup(ENTRIES, ENTRIES, SETUP_CQSIZE);
  assert.ok(typeof described !== "number", `no ring: ${described}`);
  assert.equal(described.cqEntries, ENTRIES);
  await use(new Ring(addon, described));
  addon.closeRing(described.ring, described.rings, described.sqes);
}

function enterAll(ring: Ring, requests: readonly RingRequest[]): void {
  for (const [index, request] of requests.entries()) {
    encode(ring.sqes, ring.next(), request, null, "at once", index, GENERATION);
    ring.push();
    if (ring.space === 0) assert.equal(ring.enter(), "entered");
  }
  assert.equal(ring.enter(), "entered");
}

/** Result by request, when all have come; and one more turn for those that would come twice. */
async function reapAll(ring: Ring, count: number): Promise<number[]> {
  const results = new Map<number, number>();
  const reap = (): void => {
    ring.enter();
    ring.reap(
      (low, high, result) => {
        assert.equal(high, GENERATION);
        assert.ok(!results.has(low), `${low} was completed twice`);
        results.set(low, result);
      },
      () => true,
    );
  };
  for (let turn = 0; turn < TURNS_MAX && results.size < count; turn++) {
    reap();
    await nextTurn();
  }
  reap();
  assert.equal(results.size, count, "completions were lost");
  assert.equal(ring.unanswered, 0);
  assert.ok(ring.overflows > 0, "the kernel has kept none back");
  assert.ok(!ring.hasCompletions);
  return Array.from({ length: count }, (_, index) => results.get(index) ?? Number.NaN);
}

function readsInto(memory: NativeMemory, fd: number, isStream: boolean): RingRequest[] {
  return Array.from({ length: COUNT }, (_, offset) => {
    return { kind: "read", fd, memory, offset, length: 1, position: isStream ? -1 : offset };
  });
}

function tell(t: TestContext, of: string): void {
  summarize(t, {
    part: "faults",
    scenario: `the completion queue overflows with ${of}`,
    subject: "uring",
    figures: { completions: COUNT, room: ENTRIES },
  });
}

describe("a completion queue that is too small", { skip: noRing }, () => {
  test("nops", (t) =>
    withRing(async (ring) => {
      enterAll(ring, new Array<RingRequest>(COUNT).fill({ kind: "nop" }));
      assert.deepEqual(await reapAll(ring, COUNT), new Array(COUNT).fill(0));
      tell(t, "nops");
    }));

  for (const sort of ["file", "FIFO"] as const) {
    test(`reads of a ${sort}, each of a byte`, (t) =>
      withRing(async (ring) => {
        const bytes = Uint8Array.from({ length: COUNT }, (_, index) => index + 1);
        const isStream = sort === "FIFO";
        const path = isStream ? makeFifo(temporary, "fifo") : join(temporary, "file");
        if (!isStream) writeFileSync(path, bytes);
        const fd = openSync(path, isStream ? constants.O_RDWR : constants.O_RDONLY);
        const memory = new NativeMemory(COUNT, 64);
        enterAll(ring, readsInto(memory, fd, isStream));
        if (isStream) writeToFifo(path, bytes);
        assert.deepEqual(await reapAll(ring, COUNT), new Array(COUNT).fill(1));
        closeSync(fd);
        const seen = new Uint8Array(memory.attach()).slice();
        // Those of a FIFO come in any order: each byte once.
        assert.deepEqual(isStream ? seen.sort() : seen, bytes);
        tell(t, `reads of a ${sort}`);
      }));
  }
});
