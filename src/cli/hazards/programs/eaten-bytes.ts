/**
 * A stream on a FIFO is destroyed while its read waits.
 *
 * destroy() stops listening; the read goes on without a listener, stands first in line for the
 * next bytes, and nobody ever sees them.
 */

import { duration, type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { flagFact, numberFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { endOf, latin1, within } from "../waiting.ts";
import { askNextReader, judgeNextReader } from "./next-reader.ts";

export const eatenBytes: Hazard = {
  name: "eaten-bytes",
  short: "a destroyed stream's read",
  title: "A stream is destroyed, and its orphaned read eats the next bytes",
  story:
    "A destroyed stream no longer listens, but its read stands first in line for the next bytes. " +
    "They go to nobody, and the reader who came after gets what follows.",
  threads: [
    "https://github.com/mpfaffenberger/code_puppy/pull/504",
    "https://github.com/denoland/deno/pull/34544",
    "https://github.com/hashicorp/terraform/pull/21139",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const stream = await library.openStream(stage.path("fifo"), (bytes) =>
    stage.app(`the destroyed stream gives "${latin1(bytes)}"`),
  );
  stage.app("reads a stream on a FIFO");
  await stage.held(1);
  stage.app("destroys the stream");
  const closed = (await within(endOf(stream.destroy()), stage.patienceMs)) === "resolved";
  stage.fact("closed", closed);
  stage.fact("waitedMs", stage.patienceMs);
  const waited = duration(stage.patienceMs);
  stage.app(closed ? "the stream is closed" : `the stream has not closed in ${waited}`);
  await askNextReader(stage, library);
}

function judge({ facts }: Seen): Finding[] {
  const waited = duration(numberFact(facts, "waitedMs"));
  return [
    finding(flagFact(facts, "closed"), {
      good: "the destroyed stream closed, with no bytes needed to wake its read",
      bad: `the destroyed stream did not close in ${waited}: its read was still pending`,
      harm: "stream held",
    }),
    judgeNextReader(facts, "the destroyed stream's read"),
  ];
}
