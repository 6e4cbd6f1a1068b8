/**
 * A worker's read waits, and the main thread calls process.exit().
 *
 * The end of a process ends its workers first, and they may not be able to.
 */

import { duration, type Finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import type { Stage } from "../stage.ts";
import { startReadingWorker } from "./reading-worker.ts";

const EXPECTED = "the end of the process after process.exit(0)";

export const exitBesideWorker: Hazard = {
  name: "exit-beside-worker",
  short: "a worker that reads, process.exit()",
  title: "A worker's read waits, and the main thread calls process.exit()",
  story:
    "process.exit() ends the workers before it ends the process. A worker that waits for its own " +
    "read makes everybody wait.",
  threads: [
    "https://github.com/oven-sh/bun/pull/37278",
    "https://github.com/oven-sh/bun/pull/34260",
    "https://github.com/oven-sh/bun/pull/43541",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  await startReadingWorker(library.name, stage.path("fifo"));
  stage.app("a worker reads a FIFO that has no data yet");
  await stage.held(1);
  stage.app("process.exit(0) on the main thread");
  stage.expectEnd(EXPECTED);
  process.exit(0);
}

function judge({ waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? Number.NaN);
  return [{ text: `the process ended ${took} after process.exit(0)`, harm: null }];
}
