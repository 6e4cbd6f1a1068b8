// One tool: a copy of the repository with the shim built its way, then each test file in a process
// of its own, and what its logs say afterwards.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { makeCopy } from "../mutants/copy.ts";
import { libraryOf, type Tool } from "./tools.ts";

const FILE_MS_MAX = 15 * 60 * 1000;

export interface Checked {
  /** The test file, as a path below test/. */
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Reports of the tool, in full. */
  readonly reports: readonly string[];
  /** Reports in which no code of ours appears. */
  readonly othersCount: number;
  /** How it ended, if not well, and what it said at the end. */
  readonly complaint: string;
  readonly seconds: number;
}

const running: Set<ChildProcess> = new Set();

/** Ends what this started. */
export function endAll(): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended by itself just now.
    }
  }
}

function spawned(command: string, args: readonly string[], cwd: string, env: object): ChildProcess {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    // A group of its own, so that the processes that tests start end with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.on("close", () => running.delete(child));
  return child;
}

interface End {
  readonly how: string;
  readonly said: string;
}

function ended(child: ChildProcess, limitMs: number): Promise<End> {
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  const limit = setTimeout(() => {
    said += `\nno end after ${limitMs / 1000} s`;
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, limitMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      const how = code === 0 ? "" : `ended with ${signal ?? `exit code ${code}`}`;
      resolve({ how, said });
    });
  });
}

/** A copy with the shim as the tool wants it. @throws {Error} if it does not compile. */
export async function prepare(tool: Tool, root: string, folder: string): Promise<void> {
  makeCopy(root, folder);
  rmSync(join(folder, "build"));
  mkdirSync(join(folder, "logs"));
  const flags = tool.flags.join(" ");
  const args = [join(folder, "scripts/install.mjs"), "--must"];
  const env = { CFLAGS: flags, LDFLAGS: flags };
  const { how, said } = await ended(spawned(process.execPath, args, folder, env), FILE_MS_MAX);
  if (how !== "") throw new Error(`Cannot build the shim for ${tool.name}:\n${said}`);
}

/** Compiled test files of the tool. */
export function filesOf(tool: Tool, folder: string): string[] {
  const tests = join(folder, "dist/test");
  return readdirSync(tests, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.js"))
    .filter((name) => tool.tests.some((start) => name.startsWith(start)))
    .map((name) => name.replace(/\.test\.js$/, ""))
    .sort();
}

/** How it ended, if not well: a test that says nothing under the tool may fail. */
function complaintOf({ leftOut }: Tool, { how, said }: End): string {
  const names = Object.keys(leftOut);
  const failed = [...said.matchAll(/^\s*not ok \d+ - .*$/gm)].map(([line]) => line.trim());
  const told = failed.filter((line) => !names.some((name) => line.includes(name)));
  return how === "" || (failed.length > 0 && told.length === 0) ? "" : [how, ...told].join("\n  ");
}

export async function check(
  tool: Tool,
  folder: string,
  suppressions: string,
  file: string,
): Promise<Checked> {
  const start = performance.now();
  const logs = join(folder, "logs");
  const filled = (text: string): string =>
    text.replaceAll("%l", join(logs, "log")).replaceAll("%s", suppressions);
  // Usual numbers are slow enough here, and what they come to is told by those who run without.
  const env: Record<string, string> = { OVERLAPPED_FAULTS: "", OVERLAPPED_SUMMARY: "" };
  for (const [name, value] of Object.entries(tool.env)) env[name] = filled(value);
  if (tool.preloads.length > 0) env.LD_PRELOAD = tool.preloads.map(libraryOf).join(" ");
  const node = ["--expose-gc", "--test-reporter=tap", ...tool.nodeFlags];
  const [command = process.execPath, ...args] = [
    ...tool.command.map(filled),
    process.execPath,
    ...node,
    join("dist/test", `${file}.test.js`),
  ];
  const end = await ended(spawned(command, args, folder, env), FILE_MS_MAX);
  const all = takeReports(tool, logs);
  const reports = all.filter(tool.isOurs);
  const count = (word: string): number =>
    Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(end.said)?.[1] ?? 0);
  return {
    file,
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skipped"),
    reports,
    othersCount: all.length - reports.length,
    complaint: complaintOf(tool, end),
    seconds: (performance.now() - start) / 1000,
  };
}

/** Each report of the logs, which are removed. */
function takeReports(tool: Tool, logs: string): string[] {
  return readdirSync(logs).flatMap((name) => {
    const path = join(logs, name);
    const text = readFileSync(path, "utf8");
    unlinkSync(path);
    const starts = [...text.matchAll(tool.reportLine)].map(({ index }) => index);
    return starts.map((from, at) => text.slice(from, starts[at + 1] ?? text.length).trim());
  });
}
