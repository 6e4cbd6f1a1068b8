/**
 * A whole file is read with a signal, and the signal says stop.
 *
 * Libraries that take a signal look at it between their reads, and this one waits in a read.
 */

import { duration, type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { endOf } from "../waiting.ts";
import { askNextReader, judgeNextReader } from "./next-reader.ts";

const EXPECTED = "the end of the aborted readFile()";

export const abortedFile: Hazard = {
  name: "aborted-file",
  short: "readFile() with a signal",
  title: "A file is read whole with a signal, and the signal aborts",
  story:
    "A signal that is documented may still not reach the kernel. If it is looked at between " +
    "reads only, a read that waits makes the abort wait. If it only wins a race, the read goes " +
    "on without its caller.",
  threads: [
    "https://github.com/nodejs/node/pull/35911",
    "https://github.com/nodejs/node/pull/35993",
    "https://github.com/oven-sh/bun/pull/36259",
    "https://github.com/nodejs/node/pull/37393",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const controller = new AbortController();
  const end = endOf(library.readFile(stage.path("fifo"), controller.signal));
  stage.app("reads a FIFO to its end, with a signal");
  await stage.held(1);
  stage.app("abort()");
  stage.expect(EXPECTED);
  controller.abort();
  const ended = await end;
  stage.met();
  stage.fact("read", ended);
  stage.app(`readFile(): ${ended}`);
  await askNextReader(stage, library);
}

function judge({ facts, waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? Number.NaN);
  const read = textFact(facts, "read");
  return [
    finding(read !== "resolved", {
      good: `${read} came ${took} after abort()`,
      bad: "the aborted readFile() resolved, and nothing had been sent",
      harm: "false success",
    }),
    judgeNextReader(facts, "the aborted readFile()"),
  ];
}
