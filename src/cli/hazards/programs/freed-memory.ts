/**
 * The buffer of a pending read is handed over and dropped, and its memory given to others.
 *
 * The read keeps an address, not the memory: when the collector has freed it, the kernel writes
 * into whatever object got it next.
 */

import { type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Library } from "../library.ts";
import { flagFact, textFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { codeOf, latin1, pause } from "../waiting.ts";
import { handOver } from "./hand-over.ts";

interface Round {
  readonly size: string;
  readonly bytes: number;
  /** Objects of that size that are made afterwards. */
  readonly others: number;
}

const ROUNDS: readonly Round[] = [
  // So big that it is mapped on its own, and unmapped when it is freed.
  { size: "40 MiB", bytes: 40 * 1024 ** 2, others: 16 },
  { size: "4 KiB", bytes: 4096, others: 2000 },
];
const ARRIVAL = "the end of the read, for which bytes were sent,";
/** For collectors that free memory on a thread of their own. */
const SWEEP_MS = 20;
const COLLECTIONS = 3;
const LATE = "LATE BYTES";
const EXPECTED = `${LATE.length} bytes`;

export const freedMemory: Hazard = {
  name: "freed-memory",
  short: "a buffer freed while it is read",
  title: "The buffer of a pending read is transferred, dropped and freed",
  story:
    "If the new owner of a transferred buffer drops it, the collector frees the memory while the " +
    "kernel still has its address. The late bytes land in whatever was made there meanwhile.",
  threads: [
    "https://github.com/oven-sh/bun/pull/34758",
    "https://github.com/oven-sh/bun/pull/42203",
    "https://github.com/oven-sh/bun/pull/42215",
    "https://github.com/microsoft/STL/pull/1632",
  ],
  fifos: ["fifo"],
  files: {},
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  for (const round of ROUNDS) {
    const { refusal, end, isHit } = await playRound(stage, library, round);
    stage.fact("size", round.size);
    stage.fact("refusal", refusal);
    stage.fact("read", end);
    stage.fact("isHit", isHit);
    if (isHit || end !== EXPECTED) return;
  }
}

async function playRound(
  stage: Stage,
  library: Library,
  { size, bytes, others: count }: Round,
): Promise<{ refusal: string; end: string; isHit: boolean }> {
  const file = await library.open(stage.path("fifo"));
  const { end, refusal } = readAndDrop(library, file.read.bind(file), bytes);
  stage.app(`reads a FIFO into a buffer of ${size}, transfers the buffer, drops it`);
  if (refusal !== "none") stage.app(`the transfer is ${refusal}`);
  await stage.held(1);
  for (let rounds = 0; rounds < COLLECTIONS; rounds += 1) {
    collect();
    await pause(SWEEP_MS);
  }
  const others = Array.from({ length: count }, () => new Uint8Array(bytes));
  stage.app(`collects garbage and makes ${count} objects of the same size`);
  stage.writer("fifo", LATE);
  stage.expect(ARRIVAL);
  const ended = await end;
  stage.met();
  const isHit = others.some((other) => latin1(other.subarray(0, LATE.length)) === LATE);
  stage.app(isHit ? `one of them holds "${LATE}"` : "all of them are empty");
  return { refusal, end: ended, isHit };
}

type Read = (memory: ReturnType<Library["memory"]>) => Promise<number>;

/** In a function of its own, so that nothing of it is still on the stack. */
function readAndDrop(
  library: Library,
  read: Read,
  byteLength: number,
): { end: Promise<string>; refusal: string } {
  const memory = library.memory(byteLength);
  const view = memory.bytes;
  const end = read(memory).then((count) => `${count} bytes`, codeOf);
  return { end, refusal: handOver(view).refusal };
}

/** As the language would do at some time; whoever starts the program makes it available. */
function collect(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(isNow: boolean): void } };
  if (Bun !== undefined) Bun.gc(true);
  else if (gc !== undefined) gc();
  else throw new Error("this runtime does not collect garbage when asked");
}

function judge({ facts }: Seen): Finding[] {
  const refusal = textFact(facts, "refusal");
  const read = textFact(facts, "read");
  return [
    finding(!flagFact(facts, "isHit"), {
      good:
        refusal === "none"
          ? `no object made afterwards was written to; the read came to ${read}`
          : `the transfer was ${refusal}; the read came to ${read}`,
      bad: `the late bytes landed in an object of ${facts.size} that was made after the free`,
      harm: "memory corrupted",
    }),
    finding(read === EXPECTED, {
      good: "its memory was there",
      bad: `the read ended with ${read}: its memory was gone`,
      harm: "memory gone",
    }),
  ];
}
