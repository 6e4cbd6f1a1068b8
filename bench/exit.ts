// `npm run bench -- exit`: how long the end of a process takes with 1,000 reads pending on FIFOs
// that nobody writes to, beside that of a Node that is idle. Each end has its own process, and all
// take turns, so that what slows one slows the others.
//
// The clock runs from the last line of the program until the process is gone, as its parent hears
// of it; for a worker, until `terminate()` has resolved.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { busyNow, headline } from "./background.ts";
import { spread } from "./statistics.ts";

/** What the process has besides: nothing of ours; our ring, but nothing in it; the reads. */
export type Load = "idle Node" | "nothing pending" | "reads pending";
export type Ending = "process.exit()" | "natural end" | "worker.terminate()";

const LOADS: readonly Load[] = ["idle Node", "nothing pending", "reads pending"];
const ENDINGS: readonly Ending[] = ["process.exit()", "natural end", "worker.terminate()"];
const READS = 1000;
const CHILD = join(import.meta.dirname, "exit-child.js");
/** No end may take so much longer than that of an idle Node: a frame of a screen. */
const TARGET_MS = 16;
/** A process that has not ended by then hangs. */
const LIMIT_MS = 60_000;

/** Milliseconds that the end took. */
async function timeEnd(ending: Ending, load: Load, folder: string): Promise<number> {
  const child = spawn(process.execPath, [CHILD, ending, load, folder, String(READS)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT_MS,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const closed = once(child, "close");
  const [code, signal] = await once(child, "exit");
  const endedAt = process.hrtime.bigint();
  await closed;
  const [, word, ns] = /^(began|took) (\d+)$/m.exec(text) ?? [];
  if (code !== 0 || ns === undefined) {
    throw new Error(`${ending} with ${load}: it ended with ${code ?? signal}, and said ${text}`);
  }
  return Number(word === "took" ? BigInt(ns) : endedAt - BigInt(ns)) / 1e6;
}

function cellOf(times: readonly number[]): string {
  const { median, min, max } = spread(times);
  return `${median.toFixed(1)} (${min.toFixed(1)} to ${max.toFixed(1)})`;
}

/** Pair by pair, within one round. */
function differences(longer: readonly number[], shorter: readonly number[]): number[] {
  return longer.map((ms, round) => ms - shorter[round]!);
}

function tableOf(times: readonly (readonly number[])[][]): string {
  const more = "more than idle";
  const header = `| | ${LOADS.join(" | ")} | ${more} | at most ${TARGET_MS} ms |`;
  const rows = ENDINGS.map((ending, row) => {
    const [idle, , pending] = times[row] as [number[], number[], number[]];
    const extra = differences(pending, idle);
    const verdict = spread(extra).median <= TARGET_MS ? "pass" : "FAIL";
    const cells = [...times[row]!, extra].map(cellOf);
    const name = ending === "natural end" ? ending : `\`${ending}\``;
    return `| ${name} | ${cells.join(" | ")} | ${verdict} |`;
  });
  const rule = `| --- |${" ---: |".repeat(LOADS.length + 1)} --- |`;
  return [header, rule, ...rows].join("\n");
}

export async function benchExit(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "overlapped-exit-"));
  const times = ENDINGS.map(() => LOADS.map((): number[] => []));
  const before = await busyNow();
  try {
    const paths = Array.from({ length: READS }, (_, index) => join(folder, `fifo-${index}`));
    execFileSync("mkfifo", ["--", ...paths]);
    for (let round = 0; round < rounds; round++) {
      for (const [row, ending] of ENDINGS.entries()) {
        for (const [column, load] of LOADS.entries()) {
          times[row]![column]!.push(await timeEnd(ending, load, folder));
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const what = `Milliseconds, median (and range) of ${rounds} ends, ${READS} reads`;
  console.log(`${headline(what, before, await busyNow())}\n\n${tableOf(times)}`);
}
