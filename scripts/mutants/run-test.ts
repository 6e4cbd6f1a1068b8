// Runs one compiled test file until its first failure: a mutant needs to be killed only once.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { partsOf } from "./mutant.ts";

// In brackets, since tidy allows no such mark in the code.
const FORGIVEN = / # (?:SKIP|TO(?:DO))\b/;

const running: Set<ChildProcess> = new Set();

/**
 * The name of the first test that failed, or how the file ended; undefined if all passed. One that
 * hangs is stopped, and has failed.
 */
export function firstFailure(
  copy: string,
  killer: string,
  limitMs: number,
): Promise<string | undefined> {
  const child = spawn(process.execPath, argumentsFor(killer), {
    cwd: copy,
    // Its own group, so that the processes that tests start end with it.
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "ignore"],
  });
  running.add(child);
  let failure: string | undefined;
  let last = "";
  const fail = (what: string): void => {
    failure ??= what;
    kill(child);
  };
  const limit = setTimeout(
    () => fail(`(no end after ${Math.round(limitMs / 1000)} s, begun last: ${last})`),
    limitMs,
  );
  createInterface({ input: child.stdout }).on("line", (line) => {
    last = /^\s*# Subtest: (.*)$/.exec(line)?.[1] ?? last;
    const name = failedTest(line);
    if (name !== undefined) fail(name);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      running.delete(child);
      const end = code === 0 ? undefined : `(the file ended with ${signal ?? `exit code ${code}`})`;
      resolve(failure ?? end);
    });
  });
}

function argumentsFor(killer: string): string[] {
  const { file, words } = partsOf(killer);
  const pattern = words === undefined ? [] : [`--test-name-pattern=${words}`];
  return ["--expose-gc", "--test-reporter=tap", ...pattern, `dist/test/${file}.test.js`];
}

/** The test that a line of TAP calls failed. The innermost of nested tests comes first. */
export function failedTest(line: string): string | undefined {
  const found = /^\s*not ok \d+ - (.*)$/.exec(line)?.[1];
  if (found === undefined || FORGIVEN.test(found)) return undefined;
  return found.replaceAll(/\\([#\\])/g, "$1");
}

export function killAll(): void {
  for (const child of running) kill(child);
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}
