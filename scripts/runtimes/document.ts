// The table of runtimes as Markdown, and what each cannot do, in its backend's own words.

import type { Flavor, Result } from "./run.ts";

const TITLES: Readonly<Record<Flavor, string>> = {
  portable: "with the native part",
  "without-shim": "without it",
};

const NAMES = { node: "Node", bun: "Bun", deno: "Deno" } as const;

const TITLE = `# Runtimes

The conformance suite on the portable backend, by each runtime's own test runner. Made by
\`npm run runtimes -- --write\` from what ran; [portable.md](portable.md#on-bun-and-deno) tells how
Bun and Deno are worked round.

- **left out**: cases that another runtime in the table runs and that this one cannot, because of
  what its backend declares to lack, below.`;

export function nameOf({ runtime, description }: Result): string {
  return `${NAMES[runtime.kind]} ${description.version}`;
}

export function isGood({ failed, problem }: Result): boolean {
  return failed.length === 0 && problem === null;
}

export function tableOf(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const { flavor, description, passed, failed, problem } = result;
    const cells = [nameOf(result), TITLES[flavor]];
    if (description.missing !== null) cells.push("not here", "", "");
    else cells.push(`${passed}`, problem ?? `${failed.length}`, `${leftOut(result, results)}`);
    return `| ${cells.join(" | ")} |`;
  });
  const head = ["runtime", "backend", "passed", "failed", "left out"];
  return [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...rows].join("\n");
}

function leftOut({ flavor, passed, failed }: Result, results: readonly Result[]): number {
  const counts = results
    .filter((other) => other.flavor === flavor)
    .map((other) => other.passed + other.failed.length);
  return Math.max(...counts) - passed - failed.length;
}

/** What is lacking, why, and who lacks it. */
export function lacksOf(results: readonly Result[]): string {
  const here = results.filter(({ description }) => description.missing === null);
  const who = new Map<string, Result[]>();
  for (const result of results) {
    const { missing, lacks } = result.description;
    const all = missing === null ? Object.entries(lacks) : [["the native part", missing]];
    for (const [what, why] of all) {
      const cells = `| ${what} | ${why} |`;
      who.set(cells, [...(who.get(cells) ?? []), result]);
    }
  }
  const rows = Array.from(who, ([cells, lacking]) => `${cells} ${shownWho(lacking, here)} |`);
  return ["| what | why | where |", "| --- | --- | --- |", ...rows].join("\n");
}

function shownWho(lacking: readonly Result[], here: readonly Result[]): string {
  const without = here.filter(({ flavor }) => flavor === "without-shim");
  const isAll = (all: readonly Result[]): boolean =>
    all.length > 1 && all.every((result) => lacking.includes(result));
  if (isAll(here)) return "everywhere";
  if (isAll(without) && lacking.length === without.length) return "without the native part";
  return lacking.map(nameOf).join(", ");
}

export function render(results: readonly Result[]): string {
  return `${TITLE}\n\n${tableOf(results)}\n\n## What they lack\n\n${lacksOf(results)}\n`;
}
