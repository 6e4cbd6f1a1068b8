// The shim under tools that see what tests cannot: `npm run sanitize`. For each tool a private copy
// of the repository, in which the shim is built anew, runs the tests of native code. Fails if a
// test does, or a tool reports anything that is not in `scripts/sanitize/`, where each suppression
// has its reason.

import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Checked, check, endAll, filesOf, prepare } from "./sanitize/check.ts";
import { missing, TOOLS, type Tool } from "./sanitize/tools.ts";

// This file runs as dist/scripts/sanitize.js.
const root = fileURLToPath(new URL("../../", import.meta.url));
const suppressions = join(root, "scripts/sanitize");
const folder = mkdtempSync(join(tmpdir(), "overlapped-sanitize-"));
const REPORT_LINES_SHOWN = 40;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    tests: { type: "string", multiple: true },
  },
});

function isBad({ complaint, reports, passed }: Checked): boolean {
  return complaint !== "" || reports.length > 0 || passed === 0;
}

function show(it: Checked): void {
  const { file, passed, failed, skipped, reports, othersCount, complaint, seconds } = it;
  const others = othersCount > 0 ? `, ${othersCount} of others` : "";
  console.log(
    `  ${isBad(it) ? "BAD" : "ok "}  ${file}: ${passed} passed, ${failed} failed, ` +
      `${skipped} skipped, ${reports.length} reports${others}, ${seconds.toFixed(0)} s`,
  );
  if (complaint !== "") console.log(`  ${complaint}`);
  for (const report of new Set(reports)) {
    console.log(report.split("\n").slice(0, REPORT_LINES_SHOWN).join("\n"));
  }
}

function summarize(tool: Tool, all: readonly Checked[]): string {
  const sum = (name: "passed" | "failed" | "skipped" | "othersCount" | "seconds"): number =>
    Math.round(all.reduce((total, each) => total + each[name], 0));
  const reports = all.reduce((total, each) => total + each.reports.length, 0);
  const counts = { files: all.length, tests: sum("passed"), failed: sum("failed") };
  const figures = { ...counts, skipped: sum("skipped"), reports, ofOthers: sum("othersCount") };
  const file = process.env.OVERLAPPED_SUMMARY;
  if (file !== undefined && file !== "") {
    const summary = { part: "sanitizers", scenario: tool.finds, subject: tool.name, figures };
    appendFileSync(file, `${JSON.stringify(summary)}\n`);
  }
  return `${tool.name}: ${JSON.stringify(figures)}, ${sum("seconds")} s`;
}

/** Undefined if the tool is not there. */
async function runTool(tool: Tool): Promise<readonly Checked[] | undefined> {
  const why = missing(tool);
  if (why !== undefined) {
    console.log(`${tool.name}: left out, ${why}`);
    return undefined;
  }
  console.log(`${tool.name}: ${tool.finds}`);
  for (const [name, reason] of Object.entries(tool.leftOut)) {
    console.log(`  may fail: ${name}: ${reason}`);
  }
  const copy = join(folder, tool.name);
  await prepare(tool, root, copy);
  const all: Checked[] = [];
  const chosen = filesOf(tool, copy).filter(
    (file) => values.tests === undefined || values.tests.some((start) => file.startsWith(start)),
  );
  for (const file of chosen) {
    const checked = await check(tool, copy, suppressions, file);
    show(checked);
    all.push(checked);
  }
  rmSync(copy, { recursive: true, force: true });
  return all;
}

async function main(): Promise<void> {
  const lines: string[] = [];
  let isGood = true;
  for (const tool of TOOLS) {
    if (values.only !== undefined && !values.only.includes(tool.name)) continue;
    const all = await runTool(tool);
    if (all === undefined) continue;
    if (all.length === 0 || all.some(isBad)) isGood = false;
    lines.push(summarize(tool, all));
  }
  console.log(["", ...lines].join("\n"));
  process.exitCode = isGood && lines.length > 0 ? 0 : 1;
}

function clear(): void {
  endAll();
  rmSync(folder, { recursive: true, force: true });
}

process.on("exit", clear);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
await main();
