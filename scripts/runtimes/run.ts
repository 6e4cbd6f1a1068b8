// The conformance suite under one runtime, by its own test runner, bounded in time.

import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Counts, countsOf, type RunnerKind } from "./counts.ts";

/** Of the portable backend: with the shim and without, as the files of the suite are called. */
export const FLAVORS = ["portable", "without-shim"] as const;
export type Flavor = (typeof FLAVORS)[number];

export interface Runtime {
  readonly kind: RunnerKind;
  /** Such as "node24", or "bun". */
  readonly name: string;
  readonly path: string;
}

export interface Description {
  /** Of the runtime. */
  readonly version: string;
  /** Why there is no such backend here, or null. */
  readonly missing: string | null;
  /** Abilities and kinds of requests that it lacks, each with the reason. */
  readonly lacks: Readonly<Record<string, string>>;
}

export interface Result extends Counts {
  readonly runtime: Runtime;
  readonly flavor: Flavor;
  readonly description: Description;
  /** Null, or what became of it instead of an end. */
  readonly problem: string | null;
}

/** Of a case: far above what it takes, and Bun's own limit of 5 s is not. */
const CASE_MS_MAX = 120_000;
const SUITE_MS_MAX = 10 * 60_000;
const DESCRIBE_MS_MAX = 60_000;

// This file runs as dist/scripts/runtimes/run.js.
const DIST = fileURLToPath(new URL("../../", import.meta.url));
const DESCRIBE = fileURLToPath(new URL("../../test/conformance/describe.js", import.meta.url));

/** Of Deno's cache of what it has compiled, which is not for the user's home. */
const ENVIRONMENT = { DENO_DIR: join(tmpdir(), "overlapped-deno"), DENO_NO_UPDATE_CHECK: "1" };

const SCRIPT: Readonly<Record<RunnerKind, readonly string[]>> = {
  node: [],
  bun: ["run"],
  deno: ["run", "--allow-all", "--no-check", "--quiet"],
};

const TEST: Readonly<Record<RunnerKind, readonly string[]>> = {
  node: ["--expose-gc", "--test-reporter=tap"],
  bun: ["test", `--timeout=${CASE_MS_MAX}`],
  deno: ["test", "--allow-all", "--no-check"],
};

interface Ended {
  readonly out: string;
  readonly code: number | null;
  readonly isStopped: boolean;
}

/** Ends by itself, or at the limit with all that it has started. */
function run(runtime: Runtime, args: readonly string[], limitMs: number): Promise<Ended> {
  const child = spawn(runtime.path, args, {
    cwd: DIST,
    detached: process.platform !== "win32",
    env: { ...process.env, ...ENVIRONMENT, NODE_OPTIONS: "", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let isStopped = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
  }
  const stop = (): void => {
    isStopped = true;
    if (child.pid !== undefined) endGroup(child.pid);
  };
  const limit = setTimeout(stop, limitMs);
  const interrupted = (): void => {
    stop();
    process.exit(130);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      clearTimeout(limit);
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      resolve({ out, code, isStopped });
    });
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}

export async function describe(runtime: Runtime, flavor: Flavor): Promise<Description> {
  const args = [...SCRIPT[runtime.kind], DESCRIBE, flavor];
  const { out, code } = await run(runtime, args, DESCRIBE_MS_MAX);
  const line = out.split("\n").find((text) => text.startsWith("{"));
  if (code === 0 && line !== undefined) return JSON.parse(line) as Description;
  throw new Error(`Cannot run ${runtime.name}: ${out.trim()}`);
}

/** `log` hears all that the test runner printed. */
export async function conform(
  runtime: Runtime,
  flavor: Flavor,
  description: Description,
  log: (text: string) => void,
): Promise<Result> {
  const file = `./test/conformance/${flavor}.test.js`;
  const ended = await run(runtime, [...TEST[runtime.kind], file], SUITE_MS_MAX);
  log(ended.out);
  const counts = countsOf(runtime.kind, ended.out);
  return { ...counts, runtime, flavor, description, problem: problemOf(ended, counts) };
}

function problemOf({ code, isStopped }: Ended, { passed, failed }: Counts): string | null {
  if (isStopped) return `stopped after ${SUITE_MS_MAX / 1000} s`;
  if (passed === 0) return `no case has passed, exit code ${code}`;
  return code !== 0 && failed.length === 0 ? `exit code ${code}` : null;
}
