// Runs the compiled tests: `npm test`, or only some folders or files: `npm test -- unit regress`.
//
// Node 20 has no globs for `--test`, so the files are found here. Nothing may hang: a test has a
// time limit, and so has the whole run. A run that finds no test fails.

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** `dist/`, whose layout is that of the repository. */
const OUTPUT = dirname(dirname(fileURLToPath(import.meta.url)));
const FILES_AT_ONCE = 2;
/** Of a file of tests. Those that are run in full by a command of their own may ask for more. */
const TEST_MS_MAX = Number(process.env.OVERLAPPED_TEST_MINUTES ?? 5) * 60 * 1000;
const RUN_MS_MAX = 25 * 60 * 1000;

/** Node prints its count as `# tests 3` (tap) or `ℹ tests 3` (spec). */
const COUNT_LINE = /^\W*tests (\d+)\s*$/gm;

/** Words select files by the start of their path below test/, such as `unit` or `unit/tidy`. */
function findFiles(words: readonly string[]): string[] {
  const folder = join(OUTPUT, "test");
  if (!existsSync(folder)) return [];
  const starts = words.map((word) => word.replace(/^(?:dist\/)?test\//, "").replace(/\.ts$/, ""));
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".test.js"))
    .filter((name) => starts.length === 0 || starts.some((start) => name.startsWith(start)))
    .map((name) => relative(process.cwd(), join(folder, name)))
    .sort();
}

function run(files: readonly string[]): Promise<{ code: number; testCount: number }> {
  const args = [
    "--expose-gc",
    "--enable-source-maps",
    "--test",
    "--test-reporter=spec",
    `--test-concurrency=${FILES_AT_ONCE}`,
    `--test-timeout=${TEST_MS_MAX}`,
    ...files,
  ];
  const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const child = spawn(process.execPath, args, {
    // Its own group, so that at the limit the test processes end with the runner.
    detached: process.platform !== "win32",
    env: { ...process.env, ...color },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const limit = setTimeout(() => {
    console.error(`Cannot finish the tests: no end after ${RUN_MS_MAX / 1000} s`);
    killGroup(child.pid);
  }, RUN_MS_MAX);
  const stop = (): void => {
    killGroup(child.pid);
    process.exit(130);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  let tail = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    process.stdout.write(text);
    tail = (tail + text).slice(-1_000_000);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve({ code: code ?? 1, testCount: countTests(tail) });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}

function countTests(output: string): number {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
  const counts = [...output.replace(escapes, "").matchAll(COUNT_LINE)];
  return Number(counts.at(-1)?.[1] ?? 0);
}

const files = findFiles(process.argv.slice(2));
if (files.length === 0) {
  console.error("Cannot run the tests: no compiled test file matches, run `npm run build` first");
  process.exitCode = 1;
} else {
  const { code, testCount } = await run(files);
  if (testCount === 0) console.error("Cannot accept this run: it executed no test");
  process.exitCode = code === 0 && testCount === 0 ? 1 : code;
}
