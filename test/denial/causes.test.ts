// Goal: whatever io_uring is denied by, a program goes on without it, and the doctor names the
// cause.
// Method: `overlapped doctor --json` in processes that are denied one thing each, and in copies of
// the package whose shim is damaged.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Io } from "../../src/index.ts";
import { type DeniedEnd, Launcher } from "../support/denied.ts";
import { makeTemporary } from "../support/temp.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const MAIN = join("dist", "src", "cli", "main.js");
const FULL = fileURLToPath(new URL("./full-child.js", import.meta.url));

const temporary = makeTemporary("denial");
const launcher = new Launcher(temporary);
const { backend: ring, reason } = new Io({ backend: "uring" }).status();
const skip: string | false = ring === null ? `no ring: ${reason}` : launcher.skip;

interface Report {
  readonly isWell: boolean;
  readonly backend: string | null;
  readonly machine: { readonly seccomp: string };
  readonly backends: readonly {
    readonly candidate: string;
    readonly isUsed: boolean;
    readonly code: string | null;
    readonly text: string;
    readonly remedies: readonly string[];
  }[];
  readonly checks: readonly { readonly promise: string; readonly result: string }[];
}

function reportOf({ exitCode, out, err }: DeniedEnd): Report {
  assert.ok(out !== "", err);
  const report = JSON.parse(out) as Report;
  assert.equal(exitCode, report.isWell ? 0 : 1, err);
  return report;
}

const examine = (options: readonly string[], root = ROOT): Report =>
  reportOf(launcher.run(options, [join(root, MAIN), "doctor", "--json"]));

/** Another backend is used, keeps every promise, and the cause is told with a remedy. */
function assertFallback(report: Report, code: string, text: RegExp): void {
  const uring = report.backends.find(({ candidate }) => candidate === "uring");
  assert.equal(uring?.code, code);
  assert.match(uring.text, text);
  assert.ok(uring.remedies.length > 0);
  assert.equal(report.backend, "portable");
  assert.ok(report.isWell);
  assert.equal(report.checks.filter(({ result }) => result === "kept").length, 12);
}

describe("denied by the system", { skip }, () => {
  const cases: readonly (readonly [title: string, options: string[], code: string, RegExp])[] = [
    ["io_uring_setup answers EPERM", ["--deny", "setup=EPERM"], "denied", /seccomp.*EPERM/],
    ["io_uring_setup answers ENOSYS", ["--deny", "setup=ENOSYS"], "denied", /seccomp.*ENOSYS/],
    ["only io_uring_enter is denied", ["--deny", "enter=EPERM"], "denied", /io_uring_enter/],
    ["only io_uring_register is denied", ["--deny", "register=EPERM"], "denied", /_register/],
    ["there is no memory for a ring", ["--deny", "setup=ENOMEM"], "memory", /ENOMEM/],
  ];
  for (const [title, options, code, text] of cases) {
    test(title, () => {
      const report = examine(options);
      assertFallback(report, code, text);
      assert.equal(report.machine.seccomp, "filter");
    });
  }

  test("people are told the cause and what to do", () => {
    const cases = [
      ["setup=EPERM", /seccomp filter denies it.*io_uring_setup: .*\(EPERM\)/],
      ["setup=ENOSYS", /seccomp filter denies it.*io_uring_setup: .*\(ENOSYS\)/],
      ["setup=ENOMEM", /no memory for a ring/],
    ] as const;
    for (const [deny, cause] of cases) {
      const { exitCode, out, err } = launcher.run(["--deny", deny], [join(ROOT, MAIN), "doctor"]);
      assert.equal(exitCode, 0, err);
      const text = out.replaceAll(/\s+/g, " ");
      assert.match(text, /All is well\. Overlapped works here by the portable backend/);
      assert.match(text, cause);
      if (!deny.includes("ENOMEM")) assert.match(text, /io_uring_enter and io_uring_register/);
      assert.doesNotMatch(err, /OVERLAPPED_BACKEND/, "denied is usual: nobody is warned");
    }
  });

  test("no memory may be locked, and no privilege lifts that", () => {
    const report = examine(["--no-ipc-lock", "--locked", "0"]);
    const uring = report.backends.find(({ candidate }) => candidate === "uring");
    // Kernels from 5.12 to 6.13 do not count the memory of a ring.
    if (uring?.isUsed === true) assert.ok(report.isWell);
    else assertFallback(report, "memory", /RLIMIT_MEMLOCK is 0/);
  });

  test("32 descriptors are enough for a program", () => {
    const { exitCode, out, err } = launcher.run([], [FULL, "some", launcher.path]);
    assert.equal(exitCode, 0, err);
    const seen = JSON.parse(out);
    assert.deepEqual(seen, { backend: "uring", opened: true, code: "EMFILE", again: true });
  });

  const full = { ring: "no descriptor is left for a ring", shim: "nor for loading the shim" };
  for (const [sort, title] of Object.entries(full)) {
    test(title, () => {
      const { exitCode, out, err } = launcher.run([], [FULL, sort, launcher.path]);
      assert.equal(exitCode, 0, err);
      const { backends } = JSON.parse(out) as Report;
      const uring = backends.find(({ candidate }) => candidate === "uring");
      assert.equal(uring?.code, "descriptors");
      assert.match(uring.text, sort === "shim" ? /shim.*too many/ : /^too many files are open/);
      assert.ok(uring.remedies.some((remedy) => remedy.includes("ulimit -n")));
    });
  }
});

/** The package at another place, to be damaged. */
function makeCopy(name: string): { root: string; addon: string } {
  const root = join(temporary, name);
  for (const part of ["package.json", join("dist", "src"), "build"]) {
    fs.cpSync(join(ROOT, part), join(root, part), { recursive: true });
  }
  fs.symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  return { root, addon: join(root, "build", "Release", "overlapped.node") };
}

/** Places in the header of an ELF file. */
const [EI_CLASS, E_MACHINE] = [4, 18];

function patched(whole: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(whole);
  copy[at] = byte;
  return copy;
}

describe("a shim that is damaged", { skip }, () => {
  const codesOf = (root: string): (string | null)[] =>
    examine([], root).backends.map(({ code }) => code);
  const textOf = (root: string): string => examine([], root).backends[0]?.text ?? "";
  const warningsOf = (root: string): number => {
    const { err } = launcher.run([], [join(root, MAIN), "doctor"]);
    return [...err.matchAll(/\[OVERLAPPED_BACKEND\]/g)].length;
  };

  test("was deleted", () => {
    const { root, addon } = makeCopy("deleted");
    fs.rmSync(addon);
    assert.deepEqual(codesOf(root).slice(0, 2), ["shim-missing", "shim-missing"]);
    assert.match(textOf(root), /native shim is missing: its install script did not run/);
    assert.equal(warningsOf(root), 0, "going without it is usual");
  });

  const damages: readonly (readonly [string, (whole: Buffer) => Uint8Array | string, RegExp])[] = [
    ["is empty", () => "", /file too short/],
    ["is a short text", () => "this is no shared object", /file too short|invalid ELF header/],
    ["is a long text", () => "this is no shared object\n".repeat(1000), /invalid ELF header/],
    ["is cut in its header", (whole) => whole.subarray(0, 40), /file too short/],
    ["is cut in the middle", (whole) => whole.subarray(0, 4096), /cut short/],
    ["lacks its last byte", (whole) => whole.subarray(0, -1), /cut short/],
    ["is for another processor", (whole) => patched(whole, E_MACHINE, 0xf3), /another processor/],
    ["is for 32 bits", (whole) => patched(whole, EI_CLASS, 1), /wrong ELF class/],
  ];
  for (const [title, damage, text] of damages) {
    test(`${title}: told in the loader's own words, with one warning`, () => {
      const { root, addon } = makeCopy(title.replaceAll(" ", "-"));
      fs.writeFileSync(addon, damage(fs.readFileSync(addon)));
      const { exitCode, out, err } = launcher.run([], [join(root, MAIN), "doctor", "--json"]);
      assert.equal(exitCode, 0, err);
      const { backend, backends } = JSON.parse(out) as Report;
      const codes = backends.map(({ code }) => code);
      assert.deepEqual([backend, ...codes], ["portable", "shim-broken", "shim-broken", null]);
      assert.match(backends[0]?.text ?? "", text);
      assert.match(backends[0]?.text ?? "", /^native shim cannot be loaded: .*[^.]$/);
      assert.ok(backends[0]?.remedies.some((each) => each.includes("npm rebuild")));
      assert.equal([...err.matchAll(/\[OVERLAPPED_BACKEND\]/g)].length, 1);
    });
  }

  test("is of another version", () => {
    const { root } = makeCopy("version");
    const file = join(root, "dist", "src", "kernel", "addon.js");
    const text = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, text.replace(/ABI_VERSION = \d+/, "ABI_VERSION = 999"));
    assert.equal(codesOf(root)[0], "shim-version");
    assert.match(textOf(root), /ABI \d+, not 999/);
  });

  test("is switched off", () => {
    const env = { ...process.env, OVERLAPPED_SHIM: "off" };
    let out = "";
    try {
      out = execFileSync(process.execPath, [join(ROOT, MAIN), "doctor", "--json"], {
        env,
        encoding: "utf8",
      });
    } catch (error) {
      out = (error as { stdout: string }).stdout;
    }
    assert.equal((JSON.parse(out) as Report).backends[0]?.code, "shim-off");
  });
});
