// Goal: where an administrator has switched io_uring off, for all or for those without the
// privilege, a program goes on without it, the conformance suite passes, and the doctor names the
// switch.
// Method: the switch itself, which is for the whole machine: only when nothing else runs, which
// OVERLAPPED_SWITCH=1 says, and set back in the end, whatever ends this process.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { type DeniedEnd, Launcher } from "../support/denied.ts";
import { Switch, whyNotSet } from "../support/switch.ts";
import { makeTemporary } from "../support/temp.ts";

const SWITCH = "/proc/sys/kernel/io_uring_disabled";
const MAIN = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const SUITES = ["denial/chosen-suite.js", "conformance/without-shim.test.js"] as const;
const TESTS = fileURLToPath(new URL("../", import.meta.url));

function whyNot(): string | false {
  if (process.env.OVERLAPPED_SWITCH !== "1") return "changes the machine: npm run denial";
  const why = whyNotSet(SWITCH);
  return why === null ? false : `the switch cannot be set: ${why}`;
}

interface Uring {
  readonly candidate: string;
  readonly isUsed: boolean;
  readonly code: string | null;
  readonly text: string;
  readonly remedies: readonly string[];
}

function uringOf({ exitCode, out, err }: DeniedEnd): { backend: string; uring: Uring } {
  assert.equal(exitCode, 0, err);
  const { backend, backends } = JSON.parse(out) as { backend: string; backends: Uring[] };
  const uring = backends.find(({ candidate }) => candidate === "uring");
  assert.ok(uring !== undefined);
  return { backend, uring };
}

const skip = whyNot();

describe("kernel.io_uring_disabled", { skip }, () => {
  let it: Switch | null = null;
  const launcher = new Launcher(makeTemporary("switch"));
  const examine = (...options: string[]): ReturnType<typeof uringOf> =>
    uringOf(launcher.run(options, [MAIN, "doctor", "--json"]));

  const assertSwitchedOff = ({ backend, uring }: ReturnType<typeof uringOf>, value: string) => {
    assert.equal(backend, "portable");
    assert.equal(uring.code, "switched-off");
    assert.ok(uring.text.includes(`kernel.io_uring_disabled is ${value}`), uring.text);
    assert.ok(uring.remedies.some((each) => each.includes("sysctl kernel.io_uring_disabled=0")));
  };

  const leave = (): void => {
    void it?.restore().finally(() => process.exit(130));
  };

  before(() => {
    it = new Switch(SWITCH);
    process.on("SIGINT", leave).on("SIGTERM", leave).on("SIGHUP", leave);
  });

  after(async () => {
    assert.equal(await it?.restore(), it?.before);
    process.off("SIGINT", leave).off("SIGTERM", leave).off("SIGHUP", leave);
  });

  test("1: those with the privilege have a ring, if the machine gives any", () => {
    it?.set("0");
    const { uring } = examine();
    it?.set("1");
    assert.equal(examine().uring.isUsed, uring.isUsed);
  });

  test("1: for all others the doctor names the switch, and how to get the privilege", () => {
    it?.set("1");
    const seen = examine("--no-admin");
    assertSwitchedOff(seen, "1");
    assert.ok(seen.uring.remedies.some((each) => each.includes("kernel.io_uring_group")));
  });

  test("2: the doctor names the switch and how to set it", () => {
    it?.set("2");
    assertSwitchedOff(examine(), "2");
    const { exitCode, out } = launcher.run([], [MAIN, "doctor"]);
    assert.equal(exitCode, 0);
    assert.match(out.replaceAll(/\s+/g, " "), /switched off: kernel\.io_uring_disabled is 2/);
  });

  for (const suite of SUITES) {
    test(`2: the suite passes: ${suite}`, () => {
      it?.set("2");
      const args = ["--expose-gc", "--test-reporter=tap", join(TESTS, suite)];
      const { exitCode, out, err } = launcher.run([], args);
      assert.deepEqual(
        out.split("\n").filter((line) => /^\s*not ok/.test(line)),
        [],
      );
      assert.equal(exitCode, 0, err);
    });
  }
});
