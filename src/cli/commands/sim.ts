/** `overlapped sim`: plays one fuzzing session on the simulated kernel again, from its seed. */

import { Command, InvalidArgumentError } from "commander";
import { SEED_END, shrinkSession } from "../../testing/fuzz/fuzz.ts";
import { drawPlan } from "../../testing/fuzz/plan.ts";
import { describeFinding, describePlan, explain } from "../../testing/fuzz/report.ts";
import { runSession, type SessionResult } from "../../testing/fuzz/session.ts";

interface SimOptions {
  readonly seed: number;
  readonly trace?: boolean;
  readonly shrink: boolean;
}

const SEED_MAX = SEED_END - 1;

const AFTER_HELP = `
A session is drawn from its seed: a program that opens files and FIFOs, reads, writes, cancels,
abandons, closes and drains, and a kernel in memory that completes late, loses cancels and fails.
The same seed plays the same session on every machine. Seeds come from "npm run fuzz".

The trace has one line for each event. On the left is what happened, in the middle what the
kernel has of it, on the right what the library thinks of it. Lines that begin with "program:" are
what the program did.

A session that fails is played again with fewer and fewer actions and faults, for as long as it
still fails in the same way, and the smallest is shown.

Exit code: 0 when all was as promised, 1 when it was not, 2 for wrong usage.`;

export function simCommand(): Command {
  return new Command("sim")
    .description("play a session of the simulated kernel again, from its seed")
    .requiredOption("--seed <number>", `0 to ${SEED_MAX}`, seedOf)
    .option("--trace", "print the trace of a session that does not fail, too")
    .option("--no-shrink", "show a session that fails as it is")
    .addHelpText("after", AFTER_HELP)
    .action(async (options: SimOptions) => {
      process.exitCode = await replay(options);
    });
}

function seedOf(text: string): number {
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= SEED_MAX) return seed;
  throw new InvalidArgumentError(`A seed is a whole number from 0 to ${SEED_MAX}.`);
}

async function replay(options: SimOptions): Promise<number> {
  const plan = drawPlan(options.seed);
  const result = await runSession(plan, { turn });
  print(`Seed ${options.seed}: ${describePlan(plan)}`);
  if (result.finding === null) {
    if (options.trace === true) print(result.trace.toString());
    print(`${result.steps} kernel steps: all was as promised`);
    return 0;
  }
  print(`Failed after ${result.steps} kernel steps: ${describeFinding(result)}`);
  print(explain(options.shrink ? await smaller(result) : result));
  return 1;
}

async function smaller(failed: SessionResult): Promise<SessionResult> {
  const { result, runs } = await shrinkSession(failed, turn);
  const [before, after] = [failed.plan.actions.length, result.plan.actions.length];
  print(`Made smaller in ${runs} runs: ${after} of ${before} actions are needed\n`);
  return result;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
