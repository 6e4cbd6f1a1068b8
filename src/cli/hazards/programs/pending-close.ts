/**
 * A handle is closed while its read waits.
 *
 * close() must end the read, or wait for it for ever, or leave it behind.
 */

import { duration, type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { endOf, within } from "../waiting.ts";
import { askNextReader, judgeNextReader } from "./next-reader.ts";

const EXPECTED = "the end of close()";

export const pendingClose: Hazard = {
  name: "pending-close",
  short: "close() of a handle that reads",
  title: "A handle is closed while its read waits",
  story:
    "Closing a handle in use can only stop what is pending, wait for it, or leave it behind. " +
    "Waiting takes for ever, and what is left behind takes bytes from those who come after.",
  threads: [
    "https://github.com/nodejs/node/issues/34716",
    "https://github.com/serialport/node-serialport/issues/2776",
    "https://github.com/random-access-storage/random-access-storage/issues/9",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const file = await library.open(stage.path("fifo"));
  const end = endOf(file.read(library.memory(16)));
  stage.app("reads a FIFO that has no data yet");
  await stage.held(1);
  stage.app("close()");
  stage.expect(EXPECTED);
  await file.close();
  stage.met();
  const ended = (await within(end, stage.patienceMs)) ?? "pending";
  stage.fact("read", ended);
  stage.app(`close() has settled; the read: ${ended}`);
  await askNextReader(stage, library);
}

function judge({ facts, waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? Number.NaN);
  const read = textFact(facts, "read");
  return [
    finding(read !== "pending" && read !== "resolved", {
      good: `close() settled in ${took}, and the read rejected with ${read}`,
      bad: `close() settled in ${took}, and the read was still ${read}`,
      harm: "read left behind",
    }),
    judgeNextReader(facts, "the read that close() left behind"),
  ];
}
