// `npm run bench`: runs the trials that match the words, prints tables, writes JSON if asked.

import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { benchCopies } from "./cp.ts";
import { makeData } from "./data-file.ts";
import { describeMachine } from "./machine.ts";
import { type BenchBackend, type Options, parseOptions, USAGE } from "./options.ts";
import type { Implementation } from "./protocol.ts";
import { formatMachine, formatTrial } from "./report.ts";
import { type Peer, type RunSettings, runTrial, type TrialResult } from "./run.ts";
import { findRuntimes, type Runtime, type RuntimeKind } from "./runtimes.ts";
import { summarize } from "./summary.ts";
import { FILE_BYTES, matchesWords, TRIALS, type Trial, trialTitle } from "./trials.ts";

/** Those with a program of their own, which are chosen by their first word. */
const OTHERS: readonly string[] = [
  "cp big, cp tree, cp start: copying, beside cp and fs.cp",
  "cancel: from the request to stop a pending read to its outcome",
  "exit: the end of a process or worker with 1,000 reads pending, beside an idle Node's",
  "stuck: what may block for ever: refused, or done by a child process that can be killed",
  "tracing: what tracing costs",
];

/** Progress goes to stderr, so that stdout is the report and nothing else. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}

function peersOf(trial: Trial, runtimes: readonly Runtime[], wanted: readonly string[]): Peer[] {
  const peers = runtimes.flatMap((runtime) =>
    trial.implementations
      .filter((implementation) => runsOn(implementation, runtime.kind, trial))
      .map((implementation) => ({
        name: `${runtime.name}+${implementation}`,
        runtime,
        implementation,
      })),
  );
  if (wanted.length === 0) return peers;
  return peers.filter(({ name }) => wanted.some((part) => name.includes(part)));
}

/** Bun takes part where it has a way of its own to do the same. */
function runsOn(implementation: Implementation, kind: RuntimeKind, trial: Trial): boolean {
  if (kind === "node") return implementation !== "bun-file";
  return trial.implementations.includes("bun-file") && !implementation.startsWith("overlapped");
}

/** The lags themselves are left out: thousands of numbers that the quantiles stand for. */
function trialJson(result: TrialResult): object {
  const { trial, results, failures } = result;
  return {
    title: trialTitle(trial),
    ...trial,
    samples: results.map(({ peer, extent, samples }) => ({
      peer: peer.name,
      extent,
      samples: samples.map(({ lagsUs: _, ...figures }) => figures),
    })),
    failures: failures.map(({ peer, reason }) => ({ peer: peer.name, reason })),
    ...summarize(result),
  };
}

async function run(trials: readonly Trial[], options: Options): Promise<void> {
  const runtimes = findRuntimes(options, packageRoot(), say);
  const machine = describeMachine();
  print(formatMachine(machine, runtimes));
  const scenarios = new Set(trials.map(({ scenario }) => scenario));
  const data = makeData(FILE_BYTES, scenarios);
  const { rounds, sampleMs, onlyQuiet } = options;
  const settings: RunSettings = { pathOf: data.pathOf, rounds, sampleMs, onlyQuiet, say };
  const collected: object[] = [];
  for (const trial of trials) {
    say(trialTitle(trial));
    data.warm();
    const result = await runTrial(trial, peersOf(trial, runtimes, options.peers), settings);
    if (result.failures.length > 0) process.exitCode = 1;
    print(formatTrial(trial, summarize(result)));
    collected.push(trialJson(result));
  }
  data.remove();
  if (options.jsonPath === null) return;
  const document = { date: new Date().toISOString(), machine, runtimes, trials: collected };
  writeFileSync(options.jsonPath, `${JSON.stringify(document, null, 2)}\n`);
}

/** Before anything of the library is loaded. */
function choose(backend: BenchBackend | null): void {
  if (backend === null) return;
  process.env.OVERLAPPED_BACKEND = backend === "uring" ? "uring" : "portable";
  process.env.OVERLAPPED_SHIM = backend === "portable-node" ? "off" : "";
}

/** Whether it was one of those with a program of their own. */
async function runOther(options: Options): Promise<boolean> {
  const { words, rounds } = options;
  choose(options.backend);
  switch (words[0]) {
    case "cp":
      benchCopies({ ...options, words: words.slice(1) });
      return true;
    case "tracing":
      await (await import("./micro/tracing.ts")).benchTracing();
      return true;
    case "exit":
      await (await import("./exit.ts")).benchExit(rounds);
      return true;
    case "cancel":
      await (await import("./cancel.ts")).benchCancel(rounds);
      return true;
    case "stuck":
      await (await import("./stuck.ts")).benchStuck(rounds);
      return true;
    default:
      return false;
  }
}

async function main(): Promise<void> {
  let options: Options;
  try {
    options = parseOptions(process.argv.slice(2), process.env);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (await runOther(options)) return;
  const trials = TRIALS.filter((trial) => matchesWords(trial, options.words));
  if (options.listOnly || trials.length === 0) {
    for (const trial of TRIALS) say(`${trialTitle(trial)}: ${trial.shows}`);
    for (const line of OTHERS) say(line);
    process.exitCode = options.listOnly ? 0 : 2;
    return;
  }
  await run(trials, options);
}

await main();
