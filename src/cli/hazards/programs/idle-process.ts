/**
 * A stream is destroyed while its read waits, and the program has nothing else to do.
 *
 * Nobody listens any more, but the read is still there and counts as something to wait for.
 */

import { duration, type Finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import type { Stage } from "../stage.ts";

const EXPECTED = "the end of a process with nothing left to do";

export const idleProcess: Hazard = {
  name: "idle-process",
  short: "a destroyed stream, nothing left to do",
  title: "A stream is destroyed while its read waits, and nothing is left to do",
  story:
    "A program ends by itself when nothing is left to do. A read that nobody can stop counts as " +
    "something to do, also when its stream was destroyed long ago.",
  threads: [
    "https://github.com/nodejs/node/issues/15439",
    "https://github.com/nodejs/node/issues/3628",
    "https://github.com/nodejs/node-v0.x-archive/issues/7101",
    "https://github.com/serialport/node-serialport/issues/2776",
    "https://github.com/denoland/deno/issues/15479",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const stream = await library.openStream(stage.path("fifo"), () => {});
  stage.app("reads a stream on a FIFO that has no data yet");
  await stage.held(1);
  stage.app("destroys the stream; nothing is left to do");
  stage.expectEnd(EXPECTED);
  stream.destroy().catch(() => {});
}

function judge({ waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? Number.NaN);
  return [
    { text: `the process ended by itself ${took} after its stream was destroyed`, harm: null },
  ];
}
