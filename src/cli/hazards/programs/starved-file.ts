/**
 * Many reads wait, and an ordinary file is wanted.
 *
 * A read that waits for a writer keeps a thread of the runtime's pool for as long as it takes, so a
 * few of them stop every file, DNS and crypto call of the process.
 */

import { duration, type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { latin1 } from "../waiting.ts";

/** Above what any runtime here has threads for; four suffice for Node. */
const READS = 64;
const ORDINARY = "ordinary.txt";
const TEXT = "an ordinary file\n";
const EXPECTED = "the ordinary file";

export const starvedFile: Hazard = {
  name: "starved-file",
  short: "pending reads, an ordinary file",
  title: `${READS} reads wait, and an ordinary file is read`,
  story:
    "A read that waits for a writer, a key or a device keeps its thread for as long as it takes. " +
    "Where reads share a small pool of threads (four in Node), a few such reads stop every file " +
    "of the process.",
  threads: [
    "https://github.com/nodejs/node/issues/23220",
    "https://github.com/nodejs/node/issues/8436",
    "https://github.com/libuv/libuv/issues/28",
    "https://github.com/node-hid/node-hid/issues/194",
    "https://github.com/lsongdev/input-event/issues/6",
  ],
  fifos: ["fifo"],
  files: { [ORDINARY]: TEXT },
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const files = await Promise.all(
    Array.from({ length: READS }, () => library.open(stage.path("fifo"))),
  );
  const ordinary = await library.open(stage.path(ORDINARY));
  for (const file of files) file.read(library.memory(16)).catch(() => {});
  stage.app(`${READS} reads of a FIFO that has no data yet`);
  await stage.held(READS);
  stage.app("reads an ordinary file, which is open already");
  stage.expect(EXPECTED);
  const memory = library.memory(TEXT.length);
  const count = await ordinary.read(memory);
  stage.met();
  stage.fact("text", latin1(memory.bytes.subarray(0, count)));
  stage.app("the ordinary file comes; the others wait on");
}

function judge({ facts, waits }: Seen): Finding[] {
  const took = duration(waits[EXPECTED] ?? Number.NaN);
  return [
    finding(textFact(facts, "text") === TEXT, {
      good: `beside ${READS} pending reads an ordinary file came in ${took}`,
      bad: `an ordinary file came as "${textFact(facts, "text")}"`,
      harm: "wrong bytes",
    }),
  ];
}
