// Makes docs/truth-table.md from what runs here: `npm run truth-table`, or only some rows, printed
// and not kept: `npm run truth-table -- FIFO`. Takes a minute; measure on a machine that is idle.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Case, ignore, nameOf } from "./truth-table/case.ts";
import { type Result, type Row, render } from "./truth-table/document.ts";
import { CASES } from "./truth-table/list.ts";
import { describe, lacks } from "./truth-table/machine.ts";
import type { Figures } from "./truth-table/measure.ts";

// This file runs as dist/scripts/truth-table.js.
const DOCUMENT = fileURLToPath(new URL("../../docs/truth-table.md", import.meta.url));
const CHILD = fileURLToPath(new URL("./truth-table/child.js", import.meta.url));
/** Far above what any case needs: what takes longer has stopped the thread that called. */
const CASE_MS_MAX = 60_000;

async function measure(row: Case, folder: string): Promise<Result> {
  const reason = row.missing?.() ?? null;
  if (reason !== null) return { reason };
  const child = spawn(process.execPath, [CHILD, String(CASES.indexOf(row)), folder], {
    // The fourth is a socket, at whose other end we send back whatever comes.
    stdio: ["ignore", "pipe", "inherit", "pipe"],
    timeout: CASE_MS_MAX,
    killSignal: "SIGKILL",
  });
  const socket = child.stdio[3] as unknown as NodeJS.ReadWriteStream;
  socket.on("error", ignore); // Of a child that ends in the middle of it.
  socket.pipe(socket);
  let text = "";
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once("close", (...end) => resolve(end));
  });
  if (code === 0) return JSON.parse(text) as Figures;
  throw new Error(`${row.way} of ${nameOf(row)} ended with ${code ?? signal}`);
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const chosen = CASES.filter((row) => words.every((word) => nameOf(row).includes(word)));
  if (chosen.length === 0) throw new Error(`Cannot measure: no row has ${words.join(" and ")}`);
  const folder = mkdtempSync(join(tmpdir(), "overlapped-truth-"));
  const rows: Row[] = [];
  try {
    const facts = describe(folder);
    for (const row of chosen) {
      console.error(`${row.way}: ${nameOf(row)}`);
      rows.push({ row, result: await measure(row, folder) });
    }
    const text = render(rows, facts, lacks());
    if (words.length === 0) writeFileSync(DOCUMENT, text);
    else console.log(text);
    const wrong = rows.filter(({ result }) => "conserved" in result && isWrong(result.conserved));
    if (wrong.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isWrong(conserved: string): boolean {
  return conserved.startsWith("NO");
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
