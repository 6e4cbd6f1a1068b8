// Plays random sessions on the simulated kernel: `npm run fuzz -- --seconds N --seed S --steps N`.
// The first that fails is made small, explained, and kept in test/sim/seeds.json, whose sessions
// the tests play again. See docs/fuzzing.md.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Coverage } from "../src/testing/fuzz/coverage.ts";
import { fuzz, SEED_END, shrinkSession } from "../src/testing/fuzz/fuzz.ts";
import type { Plan } from "../src/testing/fuzz/plan.ts";
import { describeFinding, explain } from "../src/testing/fuzz/report.ts";
import type { SessionResult } from "../src/testing/fuzz/session.ts";

/** This file runs as dist/scripts/fuzz.js. */
const SEEDS = fileURLToPath(new URL("../../test/sim/seeds.json", import.meta.url));
const SECONDS = 60;

interface Kept {
  readonly seed: number;
  readonly found: string;
  readonly fixedBy?: string;
  /** What was left of it when it was made small: for the day when seeds mean other sessions. */
  readonly plan: Plan;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`Cannot fuzz: --${name} is ${text}, wanted a whole number`);
}

function summaryOf(coverage: Coverage, seconds: number): string {
  const { sessions, steps, actions, missing } = coverage;
  const rate = Math.round(steps / seconds);
  return [
    coverage.toString(),
    `${sessions} sessions, ${steps} kernel steps, ${actions} actions in ${seconds.toFixed(1)} s`,
    `${rate} steps per second`,
    missing.length === 0 ? "Everything occurred" : `NEVER occurred: ${missing.join(", ")}`,
  ].join("\n");
}

function keep(failed: SessionResult, smallest: SessionResult): void {
  const { seed } = failed.plan;
  const kept = JSON.parse(readFileSync(SEEDS, "utf8")) as Kept[];
  if (kept.some((each) => each.seed === seed)) return;
  kept.push({ seed, found: describeFinding(smallest), plan: smallest.plan });
  const lines = kept.map((each) => JSON.stringify(each));
  writeFileSync(SEEDS, `[\n${lines.join(",\n")}\n]\n`);
}

async function report(failed: SessionResult): Promise<void> {
  const { seed } = failed.plan;
  console.log(`Seed ${seed} fails: ${describeFinding(failed)}`);
  const { result, runs } = await shrinkSession(failed, turn);
  const [before, after] = [failed.plan.actions.length, result.plan.actions.length];
  console.log(`Made smaller in ${runs} runs: ${after} of ${before} actions are needed\n`);
  console.log(explain(result));
  keep(failed, result);
  console.log(`\nKept in test/sim/seeds.json. Replay: npx overlapped sim --seed ${seed}`);
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { seconds: text, seed: text, steps: text } });
  const steps = numberOf("steps", values.steps) ?? Number.POSITIVE_INFINITY;
  const byDefault = steps === Number.POSITIVE_INFINITY ? SECONDS : Number.POSITIVE_INFINITY;
  const seconds = numberOf("seconds", values.seconds) ?? byDefault;
  const seed = (numberOf("seed", values.seed) ?? Date.now()) % SEED_END;
  console.log(`Fuzzing from seed ${seed} on`);
  const start = performance.now();
  const passed = (): number => (performance.now() - start) / 1000;
  const isOver = (coverage: Coverage): boolean => coverage.steps >= steps || passed() >= seconds;
  const { coverage, failed } = await fuzz({ seed, turn, isOver });
  console.log(summaryOf(coverage, passed()));
  if (failed === null) return;
  await report(failed);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
