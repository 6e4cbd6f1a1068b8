// Checks the model of an operation's life with Spin: `npm run model`, or with wider bounds
// `npm run model -- --deep`. See docs/model.md.
//
// Fails if the model has an error or a statement that is never reached, if a search was not of all
// states, or if one of the mistakes is not found out.

import { readFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { type Mistake, readModel } from "./model/promela.ts";
import { run, type Task, type Verdict, verify } from "./model/verify.ts";

// This file runs as dist/scripts/model.js.
const MODEL = new URL("../../test/model/operation.pml", import.meta.url);

const USUAL: readonly Task[] = [
  { ...bounded("safety", 3, 1), isCovering: true },
  bounded("liveness", 2, 2),
];
const DEEP: readonly Task[] = [bounded("safety", 3, 2), bounded("liveness", 3, 1)];

function bounded(kind: Task["kind"], operations: number, mischief: number): Task {
  const name = `${kind}, ${operations} operations, mischief ${mischief}`;
  const defines = { OPERATIONS: operations, MISCHIEF: mischief };
  return { name, kind, isCovering: false, defines, optimization: "-O2" };
}

/** One of the unsafe ones needs two tricks of the kernel; for all others one is enough. */
function taskOf({ name, kind }: Mistake): Task {
  const isUnsafe = kind === "unsafe";
  return {
    name,
    kind: isUnsafe ? "safety" : "liveness",
    isCovering: false,
    defines: { OPERATIONS: 2, MISCHIEF: isUnsafe ? 2 : 1, [name]: 1 },
    optimization: "-O0",
  };
}

/** What is wrong with a verdict on the model as it is. */
function faultsOf({ isCovering }: Task, { violation, unreached, gap }: Verdict): string[] {
  const faults = isCovering ? unreached.map((place) => `never reached: ${place}`) : [];
  if (violation !== null) faults.push(violation);
  if (gap !== null) faults.push(gap);
  return faults;
}

function faultOf(mistake: Mistake, { violation }: Verdict): string | null {
  const wanted = mistake.kind === "unsafe" ? /^assertion violated/ : /^acceptance cycle/;
  if (violation === null) return "not found out";
  return wanted.test(violation) ? null : `found out by something else: ${violation}`;
}

function showVerdict({ name, isCovering }: Task, verdict: Verdict): void {
  const { states, transitions, depth, seconds, violation, unreached } = verdict;
  const errors = `errors ${violation === null ? 0 : 1}`;
  const coverage = isCovering ? `, unreached ${unreached.length}` : "";
  console.log(
    `${name.padEnd(36)}${count(states)} states, ${count(transitions)} transitions, ` +
      `depth ${depth}, ${seconds.toFixed(1)} s, ${errors}${coverage}`,
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US").padStart(10);
}

/** Calls `work` for each, a few at a time; the results are in the order of the items. */
async function mapSome<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const workers = Array.from({ length: Math.min(availableParallelism(), 4) }, async () => {
    for (const [index, item] of rest) results[index] = await work(item);
  });
  await Promise.all(workers);
  return results;
}

async function main(options: readonly string[]): Promise<boolean> {
  const unknown = options.find((option) => option !== "--deep");
  if (unknown !== undefined) throw new Error(`Cannot take ${unknown}: there is only --deep`);
  const startedAt = performance.now();
  const text = readFileSync(fileURLToPath(MODEL), "utf8");
  const { states, transitions, mistakes } = readModel(text);
  const version = await run(tmpdir(), "spin", ["-V"]);
  await run(tmpdir(), "gcc", ["--version"]);
  console.log(`${version.trim()}, ${states.length} states and ${transitions.length} transitions`);
  const right = options.includes("--deep") ? [...USUAL, ...DEEP] : USUAL;
  const tasks = [...right, ...mistakes.map(taskOf)];
  const verdicts = await mapSome(tasks, (each) => verify(text, each));

  let faultCount = 0;
  const complain = (fault: string): void => {
    faultCount++;
    console.log(`  ${fault}`);
  };
  for (const [index, task] of right.entries()) {
    const verdict = verdicts[index]!;
    showVerdict(task, verdict);
    for (const fault of faultsOf(task, verdict)) complain(fault);
  }
  console.log(`\n${mistakes.length} mistakes, each of which must be found out:`);
  for (const [index, mistake] of mistakes.entries()) {
    const verdict = verdicts[right.length + index]!;
    console.log(`${mistake.name.padEnd(36)}${verdict.violation ?? ""}`);
    const fault = faultOf(mistake, verdict);
    if (fault !== null) complain(fault);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `\nmodel: ${faultCount === 0 ? "all as it must be" : `${faultCount} faults`}, ${seconds} s`,
  );
  return faultCount === 0 && mistakes.length > 0;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
