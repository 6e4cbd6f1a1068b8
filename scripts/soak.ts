// `npm run soak -- --seconds N --seed S --only uring`: everything at once and at random, on each
// backend one after the other; at the end everything has to be as it was before. Prints a table
// with a line a minute.

import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { differences, operationsOf, tableHead, tableRow } from "../test/soak/report.ts";
import { SUBJECTS, type SubjectName, soak } from "../test/soak/run.ts";

const SECONDS = 600;
const LINE_SECONDS = 60;

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`Cannot soak: --${name} is ${text}, wanted a whole number`);
}

/** What is not as it was. */
async function soakOne(name: SubjectName, seed: number, seconds: number): Promise<string[]> {
  console.log(`\n${name}, ${seconds} s, seed ${seed}\n${tableHead()}`);
  const report = await soak(name, {
    seed,
    seconds,
    lineSeconds: LINE_SECONDS,
    onLine: (line) => {
      const when = line.kind === "now" ? `${line.minute} min` : line.kind;
      const operations = line.kind === "before" ? 0 : operationsOf(line.counts);
      console.log(tableRow(when, operations, line.holdings));
    },
  });
  const complaints = differences(report);
  console.log(JSON.stringify(report.counts));
  console.log(complaints.length === 0 ? "as it was before" : complaints.join("\n"));
  const file = process.env.OVERLAPPED_SUMMARY;
  if (file !== undefined && file !== "") {
    const figures = { seconds, seed, operations: operationsOf(report.counts), ...report.counts };
    const summary = { part: "soak", scenario: "everything at random", subject: name, figures };
    appendFileSync(file, `${JSON.stringify(summary)}\n`);
  }
  return complaints;
}

const { values } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" }, only: { type: "string" } },
});
const names = Object.keys(SUBJECTS) as SubjectName[];
const chosen = names.filter((name) => values.only === undefined || name === values.only);
const seconds = numberOf("seconds", values.seconds, SECONDS);
const seed = numberOf("seed", values.seed, Math.floor(Math.random() * 2 ** 31));
let isSame = chosen.length > 0;
for (const name of chosen) {
  const each = Math.max(1, Math.round(seconds / chosen.length));
  try {
    if ((await soakOne(name, seed, each)).length > 0) isSame = false;
  } catch (error) {
    isSame = false;
    console.error((error as Error).message);
  }
}
process.exitCode = isSame ? 0 : 1;
