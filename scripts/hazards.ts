// The hazard board: `npm run hazards` plays each hazard with each library on each runtime, prints
// the table, and makes docs/hazards.md and docs/hazards.svg. Takes some minutes.
//
// `npm run hazards -- WORDS` plays only hazards whose names have one of the words, `--here` only
// this Node and Overlapped on it, `--json` prints one document, and `--patience MS` waits so long
// before what does not come is a hang, for busy machines. Nothing is kept of these.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Hazard } from "../src/cli/hazards/hazard.ts";
import { judge } from "../src/cli/hazards/judge.ts";
import { HAZARDS } from "../src/cli/hazards/programs/list.ts";
import { PATIENCE_MS, runHazard } from "../src/cli/hazards/run-hazard.ts";
import type { Board, Cell, Row } from "./hazards/board.ts";
import { type Column, columnsEverywhere, columnsHere } from "./hazards/columns.ts";
import { renderPage } from "./hazards/page.ts";
import { renderPicture } from "./hazards/picture.ts";
import { renderText } from "./hazards/text.ts";

/** At the same time; more would make what is timed wait for a processor. */
const PROCESSES = 2;

function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function playAll(
  hazards: readonly Hazard[],
  columns: readonly Column[],
  patienceMs: number,
): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "overlapped-hazards-"));
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const rows = hazards.map((hazard) => ({ hazard, cells: [] as Cell[] }));
  const jobs = rows.flatMap(({ hazard, cells }) =>
    columns.map((column, at) => async (): Promise<void> => {
      const place = join(folder, hazard.name, column.name);
      const seen = await runHazard(hazard, column.player, place, controller.signal, patienceMs);
      controller.signal.throwIfAborted();
      const cell = { column, ...judge(hazard, seen) };
      cells[at] = cell;
      say(`${hazard.name}, ${column.title}: ${cell.result}`);
    }),
  );
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await job();
  };
  try {
    await Promise.all(Array.from({ length: PROCESSES }, work));
    return rows;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    rmSync(folder, { recursive: true, force: true });
  }
}

function toJson({ rows }: Board): string {
  const told = rows.map(({ hazard, cells }) => ({
    hazard: hazard.name,
    cells: cells.map(({ column, result, findings, failure }) => {
      return { column: column.name, library: column.player.library, result, findings, failure };
    }),
  }));
  return JSON.stringify({ rows: told }, null, 2);
}

/** The exit code: Overlapped has to be safe everywhere, and everything has to be known. */
function isGood({ rows }: Board): boolean {
  return rows.every(({ cells }) =>
    cells.every(({ column, result }) =>
      column.player.library === "overlapped" ? result === "safe" : result !== "failed",
    ),
  );
}

async function main(): Promise<void> {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: {
      here: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      patience: { type: "string", default: `${PATIENCE_MS}` },
    },
  });
  const hazards = HAZARDS.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  if (hazards.length === 0) throw new Error(`Cannot play: no hazard has ${words.join(" or ")}`);
  const patienceMs = Number(values.patience);
  if (!(patienceMs > 0)) throw new RangeError(`Cannot wait for ${values.patience} ms`);
  const root = packageRoot();
  const { columns, missing } = values.here ? columnsHere(say) : columnsEverywhere(root, say);
  const rows = await playAll(hazards, columns, patienceMs);
  const board = { rows, columns, kernel: release() };
  process.stdout.write(`${values.json ? toJson(board) : renderText(board)}\n`);
  const isDefault = !values.here && !values.json && patienceMs === PATIENCE_MS;
  const isWhole = words.length === 0 && isDefault;
  if (isWhole && missing) say("The page is left as it is: not everything could be played.");
  if (isWhole && !missing) {
    writeFileSync(join(root, "docs", "hazards.md"), renderPage(board));
    writeFileSync(join(root, "docs", "hazards.svg"), renderPicture(board));
  }
  if (!isGood(board)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
