/** Who gets the bytes that come after a reader has gone? Here it is asked, for several programs. */

import { type Finding, finding } from "../hazard.ts";
import type { Library } from "../library.ts";
import { type Facts, textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { latin1, within } from "../waiting.ts";

const FIRST = "HELLO";
const SECOND = "WORLD";
const ARRIVAL = "bytes for the next reader";
/** For the first bytes to get to where they go; those that are late are still the first. */
const STEP_MS = 300;

/** Opens the FIFO, reads, and has the writer send HELLO, and WORLD if HELLO went elsewhere. */
export async function askNextReader(stage: Stage, library: Library): Promise<void> {
  const next = await library.open(stage.path("fifo"));
  const memory = library.memory(FIRST.length);
  const held = stage.holdsNow();
  const read = next.read(memory).catch(() => 0);
  stage.app("the next reader opens the FIFO and reads");
  await stage.held(held + 1);
  stage.writer("fifo", FIRST);
  stage.expect(ARRIVAL);
  if ((await within(read, STEP_MS)) === null) stage.writer("fifo", SECOND);
  const got = latin1(memory.bytes.subarray(0, await read));
  stage.met();
  stage.fact("got", got);
  stage.app(`the next reader gets "${got}"`);
}

export function judgeNextReader(facts: Facts, orphan: string): Finding {
  const got = textFact(facts, "got");
  return finding(got === FIRST, {
    good: `the next reader got "${FIRST}", the first that was sent`,
    bad:
      got === SECOND
        ? `"${FIRST}" went to ${orphan}; the next reader got "${got}"`
        : `the next reader got "${got}" of "${FIRST}" and "${SECOND}"`,
    harm: "bytes lost",
  });
}
