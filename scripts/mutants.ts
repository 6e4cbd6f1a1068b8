// Proof that the tests bite: `npm run mutants`. Each mutant is our own code with one deliberate
// mistake in it, and must fail a test. Fails if one survives, does not compile, or does not fit the
// code any more. See docs/mutants.md.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeCopy } from "./mutants/copy.ts";
import { type Judged, judge, type Original } from "./mutants/judge.ts";
import { MUTANTS } from "./mutants/list.ts";
import { lineOf, summaryOf, tableOf } from "./mutants/report.ts";
import { firstFailure, killAll } from "./mutants/run-test.ts";

const AT_ONCE = 2;
const TEST_MS_MAX = 5 * 60 * 1000;

// This file runs as dist/scripts/mutants.js.
const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "overlapped-mutants-"));
const original = join(folder, "original");

function clear(): void {
  killAll();
  rmSync(folder, { recursive: true, force: true });
}

/** Calls `work` with each item, some at a time; answers in the order of the items. */
async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  const entries = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of entries) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return answers;
}

/** Without this, a test that always fails would kill everything. */
async function checkOriginal(killers: readonly string[]): Promise<Original> {
  const testMs = new Map<string, number>();
  makeCopy(root, original);
  await inLanes(killers, async (killer) => {
    const start = performance.now();
    const failure = await firstFailure(original, killer, TEST_MS_MAX);
    if (failure === undefined) testMs.set(killer, performance.now() - start);
    else throw new Error(`Cannot judge mutants: the code as it is fails ${killer}: ${failure}`);
  });
  return { folder: original, testMs };
}

function flat({ mutant: { name, file }, ...found }: Judged): object {
  return { name, file, ...found };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [""] },
      by: { type: "string" },
      part: { type: "string", default: "1/1" },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
    },
  });
  const { only, by, part } = values;
  const [, which, parts] = /^(\d+)\/([1-9]\d*)$/.exec(part) ?? [];
  if (which === undefined) throw new Error(`Cannot choose: --part is ${part}, wanted 1/3`);
  const chosen = MUTANTS.filter(
    ({ name, file }, index) =>
      index % Number(parts) === Number(which) % Number(parts) &&
      only.some((words) => `${name} ${file}`.includes(words)),
  ).map((mutant) => (by === undefined ? mutant : { ...mutant, killers: [by] }));
  if (chosen.length === 0)
    throw new Error(`Cannot choose: no mutant's name or file has "${only.join('" or "')}"`);
  const start = performance.now();
  const killers = [...new Set(chosen.flatMap((mutant) => mutant.killers))];
  const checked = await checkOriginal(killers);
  // What is asked for goes to stdout alone.
  const say = values.json || values.markdown ? console.error : console.log;
  say(`The code as it is passes the ${killers.length} tests that are to notice`);
  const judged = await inLanes(chosen, async (mutant): Promise<Judged> => {
    const it = await judge(checked, join(folder, String(chosen.indexOf(mutant))), mutant);
    say(lineOf(it));
    return it;
  });
  say(summaryOf(judged, (performance.now() - start) / 1000));
  if (values.json) console.log(JSON.stringify(judged.map(flat), null, 2));
  if (values.markdown) console.log(tableOf(judged));
  if (judged.some(({ verdict }) => verdict !== "killed")) process.exitCode = 1;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    clear();
    process.exit(130);
  });
}
try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  clear();
}
