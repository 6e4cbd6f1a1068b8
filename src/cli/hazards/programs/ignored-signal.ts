/**
 * A read of a handle is given a signal, and the signal says stop.
 *
 * Most libraries have no such option; an option that is not there is ignored without a word.
 */

import { duration, type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { endOf, within } from "../waiting.ts";
import { askNextReader, judgeNextReader } from "./next-reader.ts";

const EXPECTED = "the end of the aborted read";
const PATIENCE_MS = 500;

export const ignoredSignal: Hazard = {
  name: "ignored-signal",
  short: "a signal for the read of a handle",
  title: "A read of a handle is given a signal, and the signal aborts",
  story:
    "Whoever passes a signal means it. Where a read has no such option it is ignored without a " +
    "word, and the program waits on for what it has given up.",
  threads: [
    "https://github.com/denoland/deno/issues/17454",
    "https://github.com/oven-sh/bun/pull/39272",
    "https://github.com/nodejs/node/pull/58725",
    "https://github.com/nodejs/node/issues/57751",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const file = await library.open(stage.path("fifo"));
  const controller = new AbortController();
  const end = endOf(file.read(library.memory(16), { signal: controller.signal }));
  stage.app("reads a FIFO that has no data yet, with a signal");
  await stage.held(1);
  stage.app("abort()");
  const { whyNoSignal } = library;
  if (whyNoSignal === null) stage.expect(EXPECTED);
  controller.abort();
  const ended = whyNoSignal === null ? await end : await within(end, PATIENCE_MS);
  if (ended === null) {
    const pending = `given one all the same, the read was pending ${PATIENCE_MS} ms after abort()`;
    stage.cannot(`${whyNoSignal}; ${pending}`);
    stage.app(`nothing has happened ${PATIENCE_MS} ms later`);
    return;
  }
  stage.met();
  stage.fact("read", ended);
  stage.app(`the read: ${ended}`);
  await askNextReader(stage, library);
}

function judge({ facts, waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? 0);
  const read = textFact(facts, "read");
  return [
    finding(read !== "resolved", {
      good: `${read} came ${took} after abort()`,
      bad: "the aborted read resolved, and nothing had been sent",
      harm: "false success",
    }),
    judgeNextReader(facts, "the aborted read"),
  ];
}
