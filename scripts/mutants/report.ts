// How a run is printed: a line for each mutant and one at the end; a table for docs/mutants.md.

import type { Judged } from "./judge.ts";
import { sourceOf } from "./mutant.ts";

export function lineOf({ mutant, verdict, killer, detail, seconds }: Judged): string {
  const mark = verdict === "killed" ? verdict : verdict.toUpperCase();
  const why = killer === "" ? detail : `by ${sourceOf(killer)}: ${detail}`;
  return `${mark.padEnd(8)} ${seconds.toFixed(1).padStart(4)} s  ${mutant.name}, ${why}`;
}

export function summaryOf(judged: readonly Judged[], seconds: number): string {
  const count = (verdict: string): number => judged.filter((it) => it.verdict === verdict).length;
  return (
    `${judged.length} mutants: ${count("killed")} killed, ${count("survived")} survived, ` +
    `${count("stale")} stale, ${count("broken")} do not compile; ${seconds.toFixed(0)} s`
  );
}

/** In the order of the list, whatever ended first. */
export function tableOf(judged: readonly Judged[]): string {
  const rows = judged.map(({ mutant, verdict, killer, detail, seconds }) => {
    const by = verdict === "killed" ? `\`${sourceOf(killer)}\`: ${detail}` : verdict;
    return [mutant.name, `\`${mutant.file}\``, by, seconds.toFixed(1)];
  });
  return [["Mutant", "In", "Killed by", "Seconds"], ["---", "---", "---", "---:"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}
