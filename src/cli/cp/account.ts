// What a run has come to so far, over all its sources: for the bars, the lines of --json, SIGUSR1,
// and the end.

import type { CopyProgress, CopyReport } from "../../index.ts";
import type { Job, Share } from "./jobs.ts";
import { Rate } from "./rate.ts";

export type Phase = "copying" | "verifying";

/** What moved last. */
export interface Current {
  readonly source: string | Uint8Array;
  readonly destination: string | Uint8Array;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** How far the run is in its phase. */
export interface Snapshot extends Share {
  readonly phase: Phase;
  readonly bytesPerSecond: number;
  readonly current: Current | null;
}

/** What was done: the sum of what `copy` reports. */
export type Sum = Omit<CopyReport, "durationMs" | "leftBehind" | "bytesCopied"> & {
  readonly bytesCopied: CopyReport["bytesCopied"];
  readonly leftBehind: readonly (string | Uint8Array)[];
};

const NOTHING: Sum = {
  files: 0,
  directories: 0,
  symlinks: 0,
  bytes: 0,
  bytesCopied: { reflink: 0, range: 0, blocks: 0 },
  bytesResumed: 0,
  skipped: 0,
  failures: 0,
  leftBehind: [],
};

export class Account {
  readonly #nowMs: () => number;
  readonly startedMs: number;
  /** Without failures, which are counted below. */
  sum: Sum = NOTHING;
  failures = 0;
  /** Files and links that were read back, and are what they are to be. */
  verified = 0;
  /** Part files that were left for `--resume`. */
  readonly kept: (string | Uint8Array)[] = [];
  /** Whether a signal has ended it before it was done. */
  isCut = false;
  #jobs: readonly { readonly share: Share }[] = [];
  #phase: Phase = "copying";
  #current: Current | null = null;
  #rate = new Rate();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.startedMs = nowMs();
  }

  begin(phase: Phase, jobs: readonly { readonly share: Share }[]): void {
    this.#phase = phase;
    this.#jobs = jobs;
    this.#current = null;
    this.#rate = new Rate();
    this.#rate.add(this.#nowMs(), 0);
  }

  get durationMs(): number {
    return this.#nowMs() - this.startedMs;
  }

  progressed(job: { share: Share }, progress: CopyProgress): void {
    const { bytesDone, bytesTotal, filesDone, filesTotal, isTotalKnown } = progress;
    job.share = { bytesDone, bytesTotal, filesDone, filesTotal, isTotalKnown };
    const { source, destination, fileBytesDone, fileBytesTotal } = progress;
    this.moving({ source, destination, bytesDone: fileBytesDone, bytesTotal: fileBytesTotal });
  }

  moving(current: Current): void {
    this.#current = current;
  }

  /** A job is over; if it was not cut off, there is no more to it than what was done. */
  ended(job: Job, report: CopyReport | null, isCut: boolean): void {
    const { files = 0, symlinks = 0, bytes = 0 } = report ?? {};
    if (report !== null) this.sum = add(this.sum, report);
    if (isCut) return;
    const filesDone = files + symlinks;
    const share = { bytesDone: bytes, bytesTotal: bytes, filesDone, filesTotal: filesDone };
    job.share = { ...share, isTotalKnown: true };
  }

  /** Calls for a sample of the rate, so not much more often than anybody looks. */
  snapshot(): Snapshot {
    let [bytesDone, bytesTotal, filesDone, filesTotal] = [0, 0, 0, 0];
    let isTotalKnown = true;
    for (const { share } of this.#jobs) {
      bytesDone += share.bytesDone;
      bytesTotal += share.bytesTotal;
      filesDone += share.filesDone;
      filesTotal += share.filesTotal;
      isTotalKnown &&= share.isTotalKnown;
    }
    this.#rate.add(this.#nowMs(), bytesDone);
    const { bytesPerSecond } = this.#rate;
    const [phase, current] = [this.#phase, this.#current];
    const totals = { bytesDone, bytesTotal, filesDone, filesTotal, isTotalKnown };
    return { phase, ...totals, bytesPerSecond, current };
  }
}

function add(sum: Sum, report: CopyReport): Sum {
  const [a, b] = [sum.bytesCopied, report.bytesCopied];
  return {
    files: sum.files + report.files,
    directories: sum.directories + report.directories,
    symlinks: sum.symlinks + report.symlinks,
    bytes: sum.bytes + report.bytes,
    bytesCopied: {
      reflink: a.reflink + b.reflink,
      range: a.range + b.range,
      blocks: a.blocks + b.blocks,
    },
    bytesResumed: sum.bytesResumed + report.bytesResumed,
    skipped: sum.skipped + report.skipped,
    failures: sum.failures + report.failures,
    leftBehind: [...sum.leftBehind, ...report.leftBehind],
  };
}
