/**
 * A write of a stream is awaited, and its buffer used again.
 *
 * Whoever waits for a write believes that its bytes were taken.
 */

import { readFileSync } from "node:fs";
import { type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { latin1 } from "../waiting.ts";

const FIRST = "1234";
const SECOND = "5678";
const EXPECTED = "the end of the writer's close()";

export const awaitedWrite: Hazard = {
  name: "awaited-write",
  short: "an awaited write of a stream",
  title: "A write of a stream is awaited, and its buffer used for the next",
  story:
    "A stream may settle a write when it has room for more, not when it has taken the bytes. " +
    "Whoever fills the buffer again after the await changes what is still to be written. " +
    "(FileHandle.write() of Node settles when it has been written.)",
  threads: [
    "https://github.com/nodejs/node/issues/64549",
    "https://github.com/nodejs/node/issues/12133",
    "https://github.com/nodejs/node/issues/28778",
  ],
  fifos: [],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const path = stage.path("written.txt");
  const writer = await library.openWriter(path);
  const bytes = new Uint8Array(FIRST.length);
  for (const text of [FIRST, SECOND]) {
    bytes.set(Buffer.from(text, "latin1"));
    await writer.write(bytes);
    stage.app(`awaited the write of "${text}"`);
  }
  stage.expect(EXPECTED);
  await writer.close();
  stage.met();
  const found = latin1(readFileSync(path));
  stage.fact("found", found);
  stage.kernel(`the file holds "${found}"`);
}

function judge({ facts }: Seen): Finding[] {
  const found = textFact(facts, "found");
  return [
    finding(found === FIRST + SECOND, {
      good: `the file holds "${found}", as written`,
      bad: `after two awaited writes the file holds "${found}", not "${FIRST + SECOND}"`,
      harm: "file corrupted",
    }),
  ];
}
