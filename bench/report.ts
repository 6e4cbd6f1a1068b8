// The table on stdout: plain Markdown, so that it can go into docs/benchmarks.md as it is.

import type { Machine } from "./machine.ts";
import type { Runtime } from "./runtimes.ts";
import type { Spread } from "./statistics.ts";
import type { PeerSummary, TrialSummary, Verdict } from "./summary.ts";
import { type Trial, trialTitle } from "./trials.ts";

/** Three significant digits, never in exponent form. */
function short(value: number): string {
  if (value === 0) return "0";
  const digits = 2 - Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(3, Math.max(0, digits)));
}

function range({ min, max }: Spread, scale = 1): string {
  return `${short(min / scale)} to ${short(max / scale)}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

function verdictText(verdict: Verdict | null): string {
  if (verdict === null) return "";
  return `${verdict.wanted}: ${verdict.met ? "pass" : "FAIL"}`;
}

function rateTable(peers: readonly PeerSummary[], unit: string): string {
  const rows = peers.map((peer) => [
    peer.name,
    short(peer.operationsPerSecond.median / 1000),
    range(peer.operationsPerSecond, 1000),
    short(1e6 / peer.operationsPerSecond.median),
    short(peer.cpuUsPerOperation.median),
  ]);
  const header = ["peer", `k ${unit}/s`, "min to max", "µs each", "CPU µs each"];
  return table(header, rows);
}

function lagTable(peers: readonly PeerSummary[]): string {
  const rows = peers.map(({ name, lag, operationsPerSecond }) => [
    name,
    short(lag?.p50Ms ?? 0),
    short(lag?.p99Ms ?? 0),
    short(lag?.p999Ms ?? 0),
    short(lag?.maxMs ?? 0),
    lag === null ? "" : range(lag.p99PerRoundMs),
    short(operationsPerSecond.median / 1000),
  ]);
  const header = ["peer", "p50 ms", "p99", "p99.9", "max", "p99 by round", "k reads/s"];
  return table(header, rows);
}

function comparisonTable(summary: TrialSummary): string {
  const rows = summary.comparisons.map((comparison) => [
    `${comparison.name} / ${comparison.over}`,
    short(comparison.spread.median),
    range(comparison.spread),
    verdictText(comparison.verdict),
  ]);
  return table(["rate against", "median", "min to max", "target"], rows);
}

export function formatMachine(machine: Machine, runtimes: readonly Runtime[]): string {
  const nodes = runtimes.map((runtime) => runtime.version).join(", ");
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.kernel}`,
    `data file on ${machine.fileSystem}; libuv pool of ${machine.poolThreads} threads; ` +
      `load ${machine.load} at the start; Node ${nodes}`,
  ].join("\n");
}

export function formatTrial(trial: Trial, summary: TrialSummary): string {
  const isLag = trial.scenario === "timer-lag";
  const parts = [`### ${trialTitle(trial)}`, `Shows ${trial.shows}.`];
  const unit = trial.scenario === "read-file" ? "files" : "reads";
  parts.push(isLag ? lagTable(summary.peers) : rateTable(summary.peers, unit));
  if (summary.comparisons.length > 0) parts.push(comparisonTable(summary));
  for (const { name, p99Ms, verdict } of summary.lagVerdicts) {
    parts.push(`${name}: p99 ${short(p99Ms)} ms, ${verdictText(verdict)}`);
  }
  const { median, max } = summary.busyElsewhere;
  parts.push(`Other processes kept ${short(median)} processors busy (at most ${short(max)}).`);
  return parts.join("\n\n");
}
