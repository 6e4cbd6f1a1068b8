/**
 * Goal: hazards are called by their name, safe is called safe, and what was not seen neither.
 * Method: the judges get made-up sights, in which one thing at a time has gone wrong.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { Hazard } from "../../../src/cli/hazards/hazard.ts";
import { evidence, judge, type Observation, type Verdict } from "../../../src/cli/hazards/judge.ts";
import { HAZARDS } from "../../../src/cli/hazards/programs/list.ts";
import { type Fact, parseLine } from "../../../src/cli/hazards/protocol.ts";

type Sight = Record<string, Fact>;

/** What a safe run of each program sees; a test spoils one thing at a time. */
const SAFE: Readonly<Record<string, Sight>> = {
  "late-bytes": {
    ...{ refusal: "ERR_BUFFER_LENT", end: "ETIMEDOUT", heldAfter: 0, changedAfterMs: 3 },
    ...{ found: "invoice 1815: paid", next: "LATE BYTES" },
  },
  "new-owner": { refusal: "none", found: "the new owner's text", read: "10 bytes" },
  "freed-memory": { refusal: "none", isHit: false, read: "10 bytes", size: "4 KiB" },
  "awaited-write": { found: "12345678" },
  "reused-descriptor": {
    ...{ foreign: 0, own: 10, refused: 10, codes: "ABORT_ERR", left: 0 },
  },
  "eaten-bytes": { closed: true, waitedMs: 1000, got: "HELLO" },
  "ignored-signal": { read: "ABORT_ERR", got: "HELLO" },
  "aborted-file": { read: "ABORT_ERR", got: "HELLO" },
  "pending-close": { read: "ABORT_ERR", got: "HELLO" },
  "starved-file": { text: "an ordinary file\n" },
  "idle-process": {},
  "hung-exit": {},
  "terminated-worker": { got: "HELLO" },
  "exit-beside-worker": {},
};

/** One thing gone wrong, and what it is called. */
const SPOILED: readonly (readonly [name: string, facts: Sight, harm: string])[] = [
  ["late-bytes", { found: "LATE BYTES15: paid" }, "corrupted"],
  ["late-bytes", { heldAfter: 1 }, "settled early"],
  ["late-bytes", { next: "" }, "bytes lost"],
  ["new-owner", { found: "LATE BYTESner's text" }, "corrupted"],
  ["freed-memory", { isHit: true }, "memory corrupted"],
  ["freed-memory", { read: "EFAULT" }, "memory gone"],
  ["awaited-write", { found: "56785678" }, "file corrupted"],
  ["reused-descriptor", { foreign: 1 }, "wrong file read"],
  ["reused-descriptor", { left: 1 }, "reads left behind"],
  ["eaten-bytes", { closed: false }, "stream held"],
  ["eaten-bytes", { got: "WORLD" }, "bytes lost"],
  ["ignored-signal", { read: "resolved" }, "false success"],
  ["ignored-signal", { got: "WORLD" }, "bytes lost"],
  ["aborted-file", { read: "resolved" }, "false success"],
  ["aborted-file", { got: "WORLD" }, "bytes lost"],
  ["pending-close", { read: "pending" }, "read left behind"],
  ["pending-close", { got: "WORLD" }, "bytes lost"],
  ["starved-file", { text: "" }, "wrong bytes"],
  ["terminated-worker", { got: "WORLD" }, "bytes lost"],
];

function hazardOf(name: string): Hazard {
  return HAZARDS.find((each) => each.name === name) ?? assert.fail(`no hazard ${name}`);
}

function seen(facts: Sight, rest: Partial<Observation> = {}): Observation {
  const nothing = { cannot: null, hang: null, failure: null, exitSignal: null };
  return { facts, waits: {}, events: [], exitCode: 0, isKilled: false, ...nothing, ...rest };
}

function judged(name: string, facts: Sight, rest?: Partial<Observation>): Verdict {
  return judge(hazardOf(name), seen({ ...SAFE[name], ...facts }, rest));
}

test("what is safe is called safe, what is not by its name", () => {
  assert.deepEqual(Object.keys(SAFE).sort(), HAZARDS.map(({ name }) => name).sort());
  for (const name of Object.keys(SAFE)) {
    assert.equal(judged(name, {}).result, "safe", name);
    assert.notEqual(evidence(judged(name, {})), "", name);
  }
  for (const [name, facts, harm] of SPOILED) {
    const verdict = judged(name, facts);
    assert.equal(verdict.result, "hazard", `${name} ${JSON.stringify(facts)}`);
    assert.deepEqual(
      verdict.findings.flatMap((each) => each.harm ?? []),
      [harm],
    );
  }
});

test("what did not come is a hang, with the threads that were seen", () => {
  const hang = { text: "close()", patienceMs: 2000, threads: 2 };
  const verdict = judged("pending-close", {}, { hang, isKilled: true, exitSignal: "SIGKILL" });
  assert.equal(verdict.result, "hangs");
  assert.equal(
    evidence(verdict),
    "close() did not come within 2,000 ms: the process was killed with 2 threads in read()",
  );
});

test("a process that crashes is a hazard, also when it has told of nothing", () => {
  const verdict = judge(hazardOf("freed-memory"), seen({}, { exitSignal: "SIGABRT" }));
  assert.equal(verdict.result, "hazard");
  assert.match(evidence(verdict), /ended by SIGABRT/);
});

test("what cannot be said is neither safe nor a hazard", () => {
  const verdict = judge(hazardOf("ignored-signal"), seen({}, { cannot: "it takes no signal" }));
  assert.equal(verdict.result, "cannot");
  assert.equal(evidence(verdict), "it takes no signal");
});

test("what was not seen has failed, and is not safe", () => {
  for (const [name, facts] of Object.entries(SAFE)) {
    if (Object.keys(facts).length === 0) continue;
    const verdict = judge(hazardOf(name), seen({}));
    assert.equal(verdict.result, "failed", name);
    assert.match(evidence(verdict), /did not measure/);
  }
  assert.equal(judged("hung-exit", {}, { failure: "threw" }).result, "failed");
});

test("each hazard has a file of its name and threads of its own", () => {
  for (const { name, threads } of HAZARDS) {
    const file = new URL(`../../../src/cli/hazards/programs/${name}.js`, import.meta.url);
    assert.ok(existsSync(file), name);
    assert.ok(threads.length >= 3, name);
    assert.deepEqual([...new Set(threads)], threads);
  }
});

test("protocol: what is not ours is no line", () => {
  const line = { type: "done", atMs: 1 } as const;
  assert.deepEqual(parseLine(JSON.stringify(line)), line);
  for (const text of ["", "warning", "null", "{}", '{"type":"other","atMs":1}']) {
    assert.equal(parseLine(text), null);
  }
});
