/**
 * A read loses a race against a timeout, and its buffer is used again.
 *
 * The race decides who is told, not who owns the memory. The read goes on, and what the writer
 * sends later lands in whatever the buffer holds by then.
 */

import { duration, type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library, Memory } from "../library.ts";
import { numberFact, textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { codeOf, latin1, nextTurn, pause } from "../waiting.ts";

/** Above what it takes to see the read in the kernel. */
const TIMEOUT_MS = 200;
const ARRIVAL = "the late bytes, in either buffer,";
const INTENDED = "invoice 1815: paid";
const LATE = "LATE BYTES";

export const lateBytes: Hazard = {
  name: "late-bytes",
  short: "a lost race, the buffer again",
  title: "A read loses a race against a timeout, and its buffer is used again",
  story:
    "A promise that lost a race is not over: the kernel still has the read, and the address of " +
    "its buffer. What comes later is written over whatever the program keeps there by then.",
  threads: [
    "https://github.com/run-ai/runai-model-streamer/issues/174",
    "https://github.com/axboe/liburing/issues/733",
    "https://github.com/joyent/libuv/issues/1275",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const file = await library.open(stage.path("fifo"));
  const memory = library.memory(INTENDED.length);
  stage.app(`reads a FIFO into a buffer, with a timeout of ${TIMEOUT_MS} ms`);
  const read = file.read(memory, { timeoutMs: TIMEOUT_MS });
  const ended = read.then((count) => `${count} bytes`, codeOf);
  await nextTurn();
  const refusal = refusalOf(memory);
  stage.fact("refusal", refusal);
  if (refusal !== "none") stage.app(`touching the buffer meanwhile throws ${refusal}`);
  await stage.held(1);

  stage.fact("end", await ended);
  const endedAt = stage.now();
  stage.app(`the read rejects with ${await ended}: to the program it is over`);
  const held = stage.holdsNow();
  stage.fact("heldAfter", stage.seesKernel ? held : null);

  memory.bytes.set(Buffer.from(INTENDED, "latin1"));
  stage.app(`uses the buffer again: "${INTENDED}"`);
  const nextMemory = library.memory(LATE.length);
  const next = file.read(nextMemory).then(
    (count) => latin1(nextMemory.bytes.subarray(0, count)),
    () => "",
  );
  stage.app("reads the FIFO again, into another buffer");
  await stage.held(held + 1);
  stage.writer("fifo", LATE);
  stage.expect(ARRIVAL);
  const isChanged = await Promise.race([next.then(() => false), changeOf(memory)]);
  stage.met();
  const found = latin1(memory.bytes);
  if (found !== INTENDED) stage.fact("changedAfterMs", stage.now() - endedAt);
  stage.fact("found", found);
  stage.app(`finds in its buffer: "${found}"`);
  const got = isChanged ? null : await next;
  stage.fact("next", got ?? "");
  stage.app(got === null ? "the second read gets nothing" : `the second read gets "${got}"`);
}

function refusalOf(memory: Memory): string {
  try {
    return memory.bytes.byteLength > 0 ? "none" : "an empty view";
  } catch (error) {
    return codeOf(error);
  }
}

async function changeOf(memory: Memory): Promise<boolean> {
  while (latin1(memory.bytes) === INTENDED) await pause(1);
  return true;
}

function settling(held: number, end: string): Finding {
  return finding(held === 0, {
    good: `the kernel held nothing any more when ${end} came`,
    bad: `the kernel still had the read when ${end} came`,
    harm: "settled early",
  });
}

function judge({ facts }: Seen): Finding[] {
  const refusal = textFact(facts, "refusal");
  const found = textFact(facts, "found");
  const end = textFact(facts, "end");
  const held = facts.heldAfter === null ? null : numberFact(facts, "heldAfter");
  const next = textFact(facts, "next");
  if (end.endsWith("bytes")) throw new Error("the FIFO had data before anybody wrote");
  const later = found === INTENDED ? 0 : numberFact(facts, "changedAfterMs");
  return [
    finding(found === INTENDED, {
      good:
        refusal === "none"
          ? `the buffer holds what the program wrote: "${found}"`
          : `touching the buffer of a pending read threw ${refusal}; later it kept "${found}"`,
      bad: `the buffer changed ${duration(later)} after the timeout's error, to "${found}"`,
      harm: "corrupted",
    }),
    ...(held === null ? [] : [settling(held, end)]),
    finding(next === LATE, {
      good: `the late bytes went to the next read: "${next}"`,
      bad: `the late bytes were "${LATE}", the next read got ${next === "" ? "none" : `"${next}"`}`,
      harm: "bytes lost",
    }),
  ];
}
