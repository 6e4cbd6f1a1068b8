// Runs one trial: calibrates each peer, then takes rounds of samples in which every peer has its
// turn (A B A B ...), each sample in a fresh process.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type {
  ChildReport,
  Extent,
  Implementation,
  Sample,
  SampleSpec,
  ScenarioName,
} from "./protocol.ts";
import type { Runtime } from "./runtimes.ts";
import { FILE_BYTES, type Trial } from "./trials.ts";

export interface Peer {
  /** Such as "node24+promises". */
  readonly name: string;
  readonly runtime: Runtime;
  readonly implementation: Implementation;
}

export interface PeerResult {
  readonly peer: Peer;
  readonly extent: Extent;
  readonly samples: readonly Sample[];
}

export interface TrialResult {
  readonly trial: Trial;
  readonly results: readonly PeerResult[];
  /** Peers that could not be measured, with the reason. */
  readonly failures: readonly { readonly peer: Peer; readonly reason: string }[];
}

export interface RunSettings {
  /** Of the file, or the folder, that a scenario reads. */
  readonly pathOf: (scenario: ScenarioName) => string;
  readonly rounds: number;
  readonly sampleMs: number;
  /** Repeat rounds in which other processes had much of the processors. */
  readonly onlyQuiet: boolean;
  readonly say: (line: string) => void;
}

/** Long enough for the compiler to have optimized the loop; not part of the figures. */
const WARMUP_MS = 400;

/** A lag has a tail worth seeing only after some thousand timers. */
const LAG_SAMPLE_FACTOR = 3;

/** Processors that others may keep busy in a round that counts, with `onlyQuiet`. */
const QUIET_PROCESSORS_MAX = 0.15;

/** Noisy rounds that are repeated, for each one wanted; then noise is accepted, and reported. */
const NOISY_ROUNDS_FACTOR = 4;

/** A stuck child is a failure of that peer, not of the run. */
const CHILD_LIMIT_MS = 120_000;

/** A sample of lags is one line of some ten thousand numbers. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

const CHILD = join(import.meta.dirname, "child.js");
const execute = promisify(execFile);

async function takeSample(
  peer: Peer,
  trial: Trial,
  extent: Extent,
  settings: RunSettings,
): Promise<Sample> {
  const spec: SampleSpec = {
    scenario: trial.scenario,
    implementation: peer.implementation,
    parameters: trial.parameters,
    path: settings.pathOf(trial.scenario),
    fileBytes: FILE_BYTES,
    warmupMs: WARMUP_MS,
    extent,
  };
  const { stdout } = await execute(peer.runtime.path, [CHILD, JSON.stringify(spec)], {
    timeout: CHILD_LIMIT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const report = JSON.parse(stdout) as ChildReport;
  if (!report.ok) throw new Error(report.reason);
  return report.sample;
}

/** Two significant digits: a count that a reader can repeat. */
function roundCount(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return Math.max(1, Math.round(count / unit)) * unit;
}

/** Every sample of a peer does the same number of operations, taking about `sampleMs`. */
async function calibrate(peer: Peer, trial: Trial, settings: RunSettings): Promise<Extent> {
  if (trial.scenario === "timer-lag") {
    const extent: Extent = { kind: "duration", ms: settings.sampleMs * LAG_SAMPLE_FACTOR };
    // Shows now, not in the first round, whether this peer works at all.
    await takeSample(peer, trial, { kind: "duration", ms: 50 }, settings);
    return extent;
  }
  const { operationCount, elapsedMs } = await takeSample(
    peer,
    trial,
    { kind: "calibrate", ms: settings.sampleMs / 3 },
    settings,
  );
  const count = roundCount((operationCount / elapsedMs) * settings.sampleMs);
  return { kind: "operations", count };
}

/** One sample of each peer, in turn. A peer that fails is out: rounds must stay pairs. */
async function runRound(
  trial: Trial,
  extents: Map<Peer, Extent>,
  settings: RunSettings,
  fail: (peer: Peer, error: unknown) => void,
): Promise<Map<Peer, Sample>> {
  const samples = new Map<Peer, Sample>();
  for (const [peer, extent] of [...extents]) {
    try {
      samples.set(peer, await takeSample(peer, trial, extent, settings));
    } catch (error) {
      extents.delete(peer);
      fail(peer, error);
    }
  }
  return samples;
}

function isQuiet(samples: Iterable<Sample>): boolean {
  return [...samples].every((sample) => sample.busyElsewhere <= QUIET_PROCESSORS_MAX);
}

export async function runTrial(
  trial: Trial,
  peers: readonly Peer[],
  settings: RunSettings,
): Promise<TrialResult> {
  const failures: { peer: Peer; reason: string }[] = [];
  const fail = (peer: Peer, error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    failures.push({ peer, reason });
    settings.say(`${peer.name} left out: ${reason}`);
  };
  const extents = new Map<Peer, Extent>();
  for (const peer of peers) {
    try {
      extents.set(peer, await calibrate(peer, trial, settings));
    } catch (error) {
      fail(peer, error);
    }
  }
  const rounds: Map<Peer, Sample>[] = [];
  let repeatsLeft = settings.onlyQuiet ? settings.rounds * NOISY_ROUNDS_FACTOR : 0;
  while (rounds.length < settings.rounds) {
    settings.say(`round ${rounds.length + 1} of ${settings.rounds}`);
    const samples = await runRound(trial, extents, settings, fail);
    if (repeatsLeft > 0 && !isQuiet(samples.values())) {
      repeatsLeft -= 1;
      settings.say("too much else going on: once more");
      continue;
    }
    rounds.push(samples);
  }
  const results = [...extents].map(([peer, extent]) => {
    const samples = rounds.map((round) => round.get(peer)).filter((each) => each !== undefined);
    return { peer, extent, samples };
  });
  return { trial, results, failures };
}
