// One verification: Spin makes a verifier in C from the model, the compiler a program of it, and
// that searches all states within the bounds.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Report, readReport } from "./report.ts";

export interface Task {
  readonly name: string;
  /** Assertions only, or also that all is released, with weak fairness. */
  readonly kind: "safety" | "liveness";
  /** Also find what is never reached, which takes longer. */
  readonly isCovering: boolean;
  /** What is defined in the model. */
  readonly defines: Readonly<Record<string, number>>;
  /** More for those that search long, less for those that compile longer than they search. */
  readonly optimization: "-O0" | "-O2";
}

export interface Verdict extends Report {
  readonly seconds: number;
}

const FILE = "operation.pml";
const DEPTH_MAX = 100_000;
/** Of one step of one verification; the longest takes a minute on a slow machine. */
const STEP_MS_MAX = 10 * 60 * 1000;

/** @throws {Error} if a tool is missing or fails. */
export async function verify(model: string, task: Task): Promise<Verdict> {
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "overlapped-model-"));
  try {
    await writeFile(join(folder, FILE), model);
    const isSafety = task.kind === "safety";
    const words = Object.entries(task.defines).map(([name, value]) => `-D${name}=${value}`);
    if (isSafety) words.push("-DSAFETY_ONLY");
    // Spin merges statements, and then does not tell what is never reached inside.
    words.push(task.isCovering ? "-o3" : "-DAS_ONE_MOVE");
    await run(folder, "spin", [...words, "-a", FILE]);
    // Fairness is made for six processes unless told otherwise, and there are seven.
    const flags = isSafety ? ["-DSAFETY"] : ["-DNFAIR=3"];
    await run(folder, "gcc", ["-w", task.optimization, ...flags, "-o", "pan", "pan.c"]);
    const search = isSafety ? [] : ["-a", "-f"];
    const output = await run(folder, join(folder, "pan"), [...search, "-b", `-m${DEPTH_MAX}`]);
    return { ...readReport(output), seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a program prints. Spin's verifier ends with 0 whatever it finds. */
export function run(folder: string, program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Not spawn's own limit, which keeps the process alive for a program that is not there.
  const limit = setTimeout(() => child.kill("SIGKILL"), STEP_MS_MAX);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      const isMissing = error.code === "ENOENT";
      reject(isMissing ? new Error(`Cannot find ${program}: apt-get install ${program}`) : error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      if (code === 0) resolve(output);
      else reject(new Error(`Cannot go on: ${program} ended with ${signal ?? code}\n${output}`));
    });
  });
}
