// `npm run reliability`: runs what shows that nothing escapes, gathers what each scenario says of
// itself, and writes docs/reliability.md. With `-- --full` it takes an hour: great numbers are as
// great as they get, the soak is ten minutes on each backend, and the sanitizers run.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type PartRun, render, type Summary } from "./reliability/document.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Each with the words that select its tests. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  faults: ["faults", "native/ring-overflow"],
  teardown: ["teardown", "native/worker-terminate", "native/memory-life", "native/exit"],
  "any value as an argument": ["hostile"],
  "bugs of this library and of others": ["regress"],
};

const { full: isFull = false } = parseArgs({ options: { full: { type: "boolean" } } }).values;
const SOAK_SECONDS = isFull ? "1800" : "60";
const SIZES = isFull ? { OVERLAPPED_FAULTS: "full" } : {};
const folder = mkdtempSync(join(tmpdir(), "overlapped-reliability-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const summaries = join(folder, "summaries.jsonl");

/** Runs a script of ours, shows what it says, and returns that and whether it was content. */
function run(script: string, args: readonly string[]): Promise<{ isGood: boolean; out: string }> {
  const child = spawn(process.execPath, [join(ROOT, "dist/scripts", script), ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...SIZES,
      OVERLAPPED_SUMMARY: summaries,
      OVERLAPPED_TEST_MINUTES: "20",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ isGood: code === 0, out }));
  });
}

function countIn(out: string, word: string): number {
  const all = [...out.matchAll(new RegExp(`^\\W*${word} (\\d+)\\s*$`, "gm"))];
  return Number(all.at(-1)?.[1] ?? 0);
}

const parts: PartRun[] = [];
for (const [name, words] of Object.entries(PARTS)) {
  const { isGood, out } = await run("test.js", words);
  const [passed, failed, skipped] = ["pass", "fail", "skipped"].map((word) => countIn(out, word));
  parts.push({ name, passed: passed!, failed: failed!, skipped: skipped!, isGood });
}
// Together: neither measures time, and each is a process at a time.
const [soak, sanitizers] = await Promise.all([
  run("soak.js", ["--seconds", SOAK_SECONDS]),
  isFull ? run("sanitize.js", []) : null,
]);

const isGood = soak.isGood && sanitizers?.isGood !== false && parts.every((part) => part.isGood);
if (isGood) {
  const lines = readFileSync(summaries, "utf8").trim().split("\n");
  const told = lines.map((line) => JSON.parse(line) as Summary);
  const release = execFileSync("uname", ["-r"], { encoding: "utf8" });
  const kernel = /^[\d.]+/.exec(release)?.[0] ?? release.trim();
  const page = render({ parts, told, node: process.version, kernel });
  writeFileSync(join(ROOT, "docs/reliability.md"), page);
} else {
  console.error("Not all was as it has to be: docs/reliability.md stays as it was");
}
process.exitCode = isGood ? 0 : 1;
