// From samples to figures: rates, processor time, lags, ratios, and whether targets were met.

import type { PeerResult, TrialResult } from "./run.ts";
import { quantile, ratios, type Spread, spread } from "./statistics.ts";
import type { Trial } from "./trials.ts";

export interface LagSummary {
  /** Quantiles of the timers of all rounds together. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** The 99th percentile of each round on its own. */
  readonly p99PerRoundMs: Spread;
  readonly timerCount: number;
}

export interface PeerSummary {
  readonly name: string;
  readonly version: string;
  readonly operationCount: number;
  readonly operationsPerSecond: Spread;
  readonly cpuUsPerOperation: Spread;
  readonly lag: LagSummary | null;
}

export interface Verdict {
  /** Such as "at least 2.5". */
  readonly wanted: string;
  readonly met: boolean;
}

export interface Comparison {
  readonly name: string;
  readonly over: string;
  /** Rate of `name` over rate of `over`, round by round. */
  readonly ratios: readonly number[];
  readonly spread: Spread;
  readonly verdict: Verdict | null;
}

export interface LagVerdict {
  readonly name: string;
  readonly p99Ms: number;
  readonly verdict: Verdict;
}

export interface TrialSummary {
  /** Processors busy with other processes: noise, of which two-core peers suffer more. */
  readonly busyElsewhere: Spread;
  readonly peers: readonly PeerSummary[];
  readonly comparisons: readonly Comparison[];
  readonly lagVerdicts: readonly LagVerdict[];
}

function rates(result: PeerResult): number[] {
  return result.samples.map((sample) => (sample.operationCount / sample.elapsedMs) * 1000);
}

function summarizeLag(result: PeerResult): LagSummary | null {
  const rounds = result.samples.map((sample) => (sample.lagsUs ?? []).map((us) => us / 1000));
  const all = rounds.flat();
  if (all.length === 0) return null;
  return {
    p50Ms: quantile(all, 0.5),
    p99Ms: quantile(all, 0.99),
    p999Ms: quantile(all, 0.999),
    maxMs: quantile(all, 1),
    p99PerRoundMs: spread(rounds.map((lags) => quantile(lags, 0.99))),
    timerCount: all.length,
  };
}

function summarizePeer(result: PeerResult): PeerSummary {
  const { peer, samples } = result;
  const cpu = samples.map(({ cpuUs, operationCount }) => cpuUs / Math.max(1, operationCount));
  return {
    name: peer.name,
    version: peer.runtime.version,
    operationCount: samples[0]?.operationCount ?? 0,
    operationsPerSecond: spread(rates(result)),
    cpuUsPerOperation: spread(cpu),
    lag: summarizeLag(result),
  };
}

function verdictFor(trial: Trial, result: PeerResult, median: number): Verdict | null {
  const { implementation, runtime } = result.peer;
  for (const target of trial.targets) {
    if (target.kind !== "ratio" || target.over !== implementation) continue;
    if ((target.on ?? "node") !== runtime.kind) continue;
    if (target.major !== undefined && target.major !== runtime.major) continue;
    return { wanted: `at least ${target.atLeast}`, met: median >= target.atLeast };
  }
  return null;
}

/** Overlapped against every peer on the same Node, and on a runtime that it has no part in. */
function compare({ trial, results }: TrialResult): Comparison[] {
  const comparisons: Comparison[] = [];
  for (const ours of results) {
    if (ours.peer.implementation !== "overlapped") continue;
    for (const other of results) {
      const isForeign = other.peer.runtime.kind !== "node";
      if (other === ours || (other.peer.runtime !== ours.peer.runtime && !isForeign)) continue;
      const values = ratios(rates(ours), rates(other));
      const ratioSpread = spread(values);
      comparisons.push({
        name: ours.peer.name,
        over: other.peer.name,
        ratios: values,
        spread: ratioSpread,
        verdict: verdictFor(trial, other, ratioSpread.median),
      });
    }
  }
  return comparisons;
}

function judgeLags(trial: Trial, peers: readonly PeerSummary[]): LagVerdict[] {
  const target = trial.targets.find((candidate) => candidate.kind === "lagP99");
  if (target?.kind !== "lagP99") return [];
  const verdicts: LagVerdict[] = [];
  for (const { name, lag } of peers) {
    if (lag === null || !name.endsWith("+overlapped")) continue;
    const wanted = `below ${target.belowMs} ms`;
    verdicts.push({ name, p99Ms: lag.p99Ms, verdict: { wanted, met: lag.p99Ms < target.belowMs } });
  }
  return verdicts;
}

export function summarize(result: TrialResult): TrialSummary {
  const peers = result.results.map(summarizePeer);
  const busy = result.results.flatMap(({ samples }) => samples.map((each) => each.busyElsewhere));
  const isRate = ["read-random", "read-file"].includes(result.trial.scenario);
  return {
    busyElsewhere: spread(busy),
    peers,
    comparisons: isRate ? compare(result) : [],
    lagVerdicts: judgeLags(result.trial, peers),
  };
}
