// Goal: the doctor tells the backend, the reasons, the machine and the promises, for people and for
// programs, and leaves nothing behind.
// Method: the program runs as a user runs it; what it says where something is denied is tested in
// test/denial/.

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { status } from "../../src/index.ts";
import { makeTemporary } from "../support/temp.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const TIME_MS_MAX = 60_000;
const PROMISES = Array.from({ length: 12 }, (_, index) => `P${index + 1}`);
const temporary = makeTemporary("doctor");

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [MAIN, "doctor", ...args], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: temporary, NODE_OPTIONS: "", ...env },
    timeout: TIME_MS_MAX,
  });
}

interface Report {
  readonly isWell: boolean;
  readonly backend: string | null;
  readonly reason: string | null;
  readonly machine: { readonly kernel: string; readonly limits: Record<string, string | null> };
  readonly backends: readonly {
    readonly candidate: string;
    readonly isUsed: boolean;
    readonly code: string | null;
    readonly remedies: readonly string[];
  }[];
  readonly kinds: Record<"native" | "emulated" | "absent", readonly string[]>;
  readonly checks: readonly { promise: string; result: string; detail: string | null }[];
}

test("doctor --json: the backend that a program has, and every promise kept", () => {
  const { status: code, stdout, stderr } = run(["--json"]);
  const report = JSON.parse(stdout) as Report;
  assert.equal(stderr, "");
  assert.equal(report.backend, status().backend);
  assert.deepEqual(
    report.checks.map(({ promise }) => promise),
    PROMISES,
  );
  assert.deepEqual(
    report.checks.filter(({ result }) => result !== "kept"),
    [],
  );
  assert.deepEqual(
    report.backends.map(({ candidate }) => candidate),
    ["uring", "portable-shim", "portable-node"],
  );
  assert.equal(report.backends.filter(({ isUsed }) => isUsed).length, 1);
  const { native, emulated, absent } = report.kinds;
  const kinds = [...native, ...emulated, ...absent].sort();
  assert.deepEqual(kinds, Object.keys(status().capabilities ?? {}).sort());
  assert.match(report.machine.limits.openFiles ?? "", /^\d+$/);
  assert.equal(report.isWell, true);
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(temporary), [], "the doctor left files behind");
});

test("doctor in a log: plain text that says all is well, and explains itself", () => {
  const { status: code, stdout } = run([], { OVERLAPPED_BACKEND: "portable" });
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /\u001b/);
  assert.ok(stdout.split("\n").every((line) => line.length <= 100));
  assert.match(stdout, /^All is well\. Overlapped works here by the portable backend/);
  assert.match(stdout, /io_uring is the way of Linux/);
  assert.match(stdout, /✗ io_uring: the backend "portable" was asked for/);
  assert.match(stdout, /To have io_uring\n- Remove OVERLAPPED_BACKEND/);
  for (const promise of PROMISES) assert.match(stdout, new RegExp(`✓ ${promise} `));
});

test("doctor: where nothing can be tried, it says so and why, and does not call it well", () => {
  const why = [
    [{ PATH: temporary }, "there is no mkfifo: "],
    [{ TMPDIR: "/proc/nowhere" }, "there is no temporary directory: ENOENT"],
  ] as const;
  for (const [env, reason] of why) {
    const { status: code, stdout, stderr } = run([], env);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^No promise could be tried\. Overlapped works here by /);
    assert.ok(stdout.replaceAll(/\s+/g, " ").includes(reason), stdout);
  }
});

test("doctor: a backend that is no name is told, with exit code 1", () => {
  const { status: code, stdout } = run(["--json"], { OVERLAPPED_BACKEND: "iocp" });
  const report = JSON.parse(stdout) as Report;
  assert.equal(code, 1);
  assert.deepEqual([report.isWell, report.backend, report.checks], [false, null, []]);
  assert.match(report.reason ?? "", /OVERLAPPED_BACKEND is "iocp"/);
  const { stdout: text } = run([], { OVERLAPPED_BACKEND: "iocp" });
  assert.match(
    text,
    /^There is no backend here, so every call fails: OVERLAPPED_BACKEND is "iocp"/,
  );
});

test("doctor: wrong usage exits 2", () => {
  assert.equal(run(["--nonsense"]).status, 2);
  assert.equal(run(["patient"]).status, 2);
});
