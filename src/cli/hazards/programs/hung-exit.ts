/**
 * One read waits, and the program calls process.exit().
 *
 * A runtime that joins the threads of its pool waits for the read that sits in one.
 */

import { duration, type Finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import type { Stage } from "../stage.ts";

const EXPECTED = "the end of the process after process.exit(0)";

export const hungExit: Hazard = {
  name: "hung-exit",
  short: "a pending read, process.exit()",
  title: "A read waits, and the program calls process.exit()",
  story:
    "A runtime that joins the threads of its pool waits for the one in a read that nobody can " +
    "stop. The program has said its last word, and does not go.",
  threads: [
    "https://github.com/canboat/canboatjs/pull/415",
    "https://github.com/libuv/libuv/issues/364",
    "https://github.com/node-hid/node-hid/issues/61",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const file = await library.open(stage.path("fifo"));
  file.read(library.memory(16)).catch(() => {});
  stage.app("reads a FIFO that has no data yet");
  await stage.held(1);
  stage.app("process.exit(0)");
  stage.expectEnd(EXPECTED);
  process.exit(0);
}

function judge({ waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? Number.NaN);
  return [{ text: `the process ended ${took} after process.exit(0)`, harm: null }];
}
