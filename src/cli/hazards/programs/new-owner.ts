/**
 * The buffer of a pending read is handed over, as postMessage() does.
 *
 * Detaching tells the language who owns memory. It does not tell the kernel.
 */

import { type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { codeOf, latin1 } from "../waiting.ts";
import { type HandedOver, handOver } from "./hand-over.ts";

const ARRIVAL = "the end of the read, for which bytes were sent,";
const INTENDED = "the new owner's text";
const LATE = "LATE BYTES";

export const newOwner: Hazard = {
  name: "new-owner",
  short: "a buffer handed over while it is read",
  title: "The buffer of a pending read is transferred to somebody else",
  story:
    "Transferring a buffer detaches it here and gives its memory to a new owner. The kernel " +
    "knows nothing of that and writes to the address that it was given.",
  threads: [
    "https://github.com/oven-sh/bun/pull/30158",
    "https://github.com/oven-sh/bun/pull/42185",
    "https://github.com/whatwg/streams/issues/1143",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const file = await library.open(stage.path("fifo"));
  const memory = library.memory(INTENDED.length);
  const view = memory.bytes;
  const end = file.read(memory).then((count) => `${count} bytes`, codeOf);
  stage.app("reads a FIFO into a buffer");
  await stage.held(1);

  const { owner, refusal }: HandedOver = handOver(view);
  stage.fact("refusal", refusal);
  stage.app(owner === null ? `its transfer is ${refusal}` : "transfers the buffer");
  owner?.set(Buffer.from(INTENDED, "latin1"));
  if (owner !== null) stage.app(`its new owner writes "${INTENDED}"`);
  stage.writer("fifo", LATE);
  stage.expect(ARRIVAL);
  stage.fact("read", await end);
  stage.met();
  const found = owner === null ? INTENDED : latin1(owner);
  stage.fact("found", found);
  if (owner !== null) stage.app(`the new owner finds "${found}"`);
  else stage.app(`the read: ${await end}`);
}

function judge({ facts }: Seen): Finding[] {
  const refusal = textFact(facts, "refusal");
  const found = textFact(facts, "found");
  const read = textFact(facts, "read");
  return [
    finding(found === INTENDED, {
      good:
        refusal === "none"
          ? `the new owner kept its bytes; the read came to ${read}`
          : `the transfer was ${refusal}; the read came to ${read}`,
      bad: `the read wrote into the new owner's memory: "${found}"`,
      harm: "corrupted",
    }),
  ];
}
