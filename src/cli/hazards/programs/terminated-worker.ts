/**
 * A worker is terminated while its read waits.
 *
 * The end of a thread is no end of what the kernel does for it.
 */

import { duration, type Finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import type { Stage } from "../stage.ts";
import { askNextReader, judgeNextReader } from "./next-reader.ts";
import { startReadingWorker } from "./reading-worker.ts";

const EXPECTED = "the end of terminate()";

export const terminatedWorker: Hazard = {
  name: "terminated-worker",
  short: "a worker that reads, terminate()",
  title: "A worker is terminated while its read waits",
  story:
    "Whoever terminates a worker wants it gone. Either its end waits for a read that nobody can " +
    "stop, or the read lives on without its thread and takes the next bytes.",
  threads: [
    "https://github.com/oven-sh/bun/pull/41504",
    "https://github.com/nodejs/node/pull/42910",
    "https://github.com/nodejs/node/issues/34567",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const worker = await startReadingWorker(library.name, stage.path("fifo"));
  stage.app("a worker reads a FIFO that has no data yet");
  await stage.held(1);
  stage.app("terminate()");
  stage.expect(EXPECTED);
  await worker.terminate();
  stage.met();
  stage.app("terminate() has settled");
  await askNextReader(stage, library);
}

function judge({ facts, waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? Number.NaN);
  return [
    { text: `terminate() settled in ${took}`, harm: null },
    judgeNextReader(facts, "the read of the terminated worker"),
  ];
}
