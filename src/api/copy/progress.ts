// Tells the caller how far a copy has come: not more often than eyes can follow, by the clock.

import type { Clock } from "../../base/clock.ts";
import { PROGRESS_MS } from "./limits.ts";
import type { CopyPath } from "./paths.ts";
import type { CopyProgress, Tally } from "./report.ts";

/** A file that is being copied. */
export interface MovingFile {
  readonly subject: { readonly source: CopyPath; readonly destination: CopyPath };
  bytesDone: number;
  bytesTotal: number;
}

export class Progress {
  readonly #clock: Clock;
  readonly #tally: Tally;
  readonly #onProgress: (progress: CopyProgress) => void;
  #latest: MovingFile | null = null;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, tally: Tally, onProgress: (progress: CopyProgress) => void) {
    this.#clock = clock;
    this.#tally = tally;
    this.#onProgress = onProgress;
  }

  /** A file has moved. Throws what the caller's function throws. */
  moved(file: MovingFile): void {
    this.#latest = file;
    const nowMs = this.#clock.now();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + PROGRESS_MS;
    this.#tell(file);
  }

  /** The last word; nothing if there was no file at all. */
  last(): void {
    if (this.#latest !== null) this.#tell(this.#latest);
  }

  #tell({ subject, bytesDone, bytesTotal }: MovingFile): void {
    const { source, destination } = subject;
    const tally = this.#tally;
    this.#onProgress({
      bytesDone: tally.bytesDone,
      bytesTotal: Math.max(tally.bytesTotal, tally.bytesDone),
      filesDone: tally.filesDone,
      filesTotal: Math.max(tally.filesTotal, tally.filesDone),
      isTotalKnown: tally.isTotalKnown,
      source,
      destination,
      fileBytesDone: bytesDone,
      fileBytesTotal: bytesTotal,
    });
  }
}
