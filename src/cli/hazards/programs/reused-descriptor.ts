/**
 * A descriptor is closed and its number used again while a read on it is queued.
 *
 * A queued read knows only a number. When its turn comes, the number means another file.
 */

import { type Finding, finding, type Hazard, type Seen } from "../hazard.ts";
import type { Handle, Library } from "../library.ts";
import { numberFact } from "../protocol.ts";
import type { Stage } from "../stage.ts";
import { codeOf, latin1, nextTurn, within } from "../waiting.ts";

/** Above what any runtime here has threads for, so that what follows is queued. */
const BUSY = 64;
const ROUNDS = 20;
const A = "AAAAAAAA";
const B = "BBBBBBBB";

export const reusedDescriptor: Hazard = {
  name: "reused-descriptor",
  short: "a closed descriptor, used again",
  title: "A descriptor is closed, and used again under a queued read",
  story:
    "A queued read knows a number. If that is closed meanwhile, the next open gets the same " +
    "number, and the read takes its bytes from a file that its caller never opened. Of a write, " +
    "somebody else's file is destroyed. (A FileHandle of Node counts what is pending: see the " +
    "hazard of close().)",
  threads: [
    "https://github.com/nodejs/node/issues/34716",
    "https://github.com/axboe/liburing/issues/147",
    "https://github.com/oven-sh/bun/issues/43733",
    "https://github.com/bazil/fuse/pull/91",
  ],
  fifos: ["fifo"],
  files: { "a.txt": A, "b.txt": B },
  play,
  judge,
};

async function play(stage: Stage, library: Library): Promise<void> {
  const busy = await Promise.all(
    Array.from({ length: BUSY }, () => library.openRaw(stage.path("fifo"))),
  );
  const waiting = busy.map((file) => file.read(library.memory(16)).catch(() => 0));
  stage.app(`${BUSY} reads of a FIFO that has no data yet`);
  await stage.held(BUSY);

  const reads: Promise<string>[] = [];
  const closes: Promise<void>[] = [];
  const others: Handle[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const a = await library.openRaw(stage.path("a.txt"));
    reads.push(readAll(library, a));
    // Every other time the read is on its way, or done, when close() comes.
    if (round % 2 === 1) await nextTurn();
    closes.push(a.close());
    others.push(await library.openRaw(stage.path("b.txt")));
  }
  stage.app(`${ROUNDS} times: reads file A, closes it, opens file B at once`);
  // Ends the reads that keep the pool: each takes a byte.
  stage.writer("fifo", "x".repeat(16 * BUSY));
  await within(Promise.allSettled([...reads, ...closes, ...waiting]), stage.patienceMs);
  const ends = await Promise.all(reads.map((read) => within(read, 0)));
  const foreign = ends.filter((end) => end === B).length;
  const own = ends.filter((end) => end === A).length;
  const codes = [...new Set(ends.filter((end) => end !== A && end !== B))];
  stage.fact("foreign", foreign);
  stage.fact("own", own);
  stage.fact("left", ends.filter((end) => end === null).length);
  stage.fact("refused", ends.length - foreign - own);
  stage.fact("codes", codes.map((code) => code ?? "pending").join(", "));
  stage.app(`${foreign} reads of A gave B's bytes, ${own} gave A's`);
}

async function readAll(library: Library, file: Handle): Promise<string> {
  const memory = library.memory(A.length);
  try {
    const count = await file.read(memory);
    return latin1(memory.bytes.subarray(0, count));
  } catch (error) {
    return codeOf(error);
  }
}

function judge({ facts }: Seen): Finding[] {
  const foreign = numberFact(facts, "foreign");
  const own = numberFact(facts, "own");
  const left = numberFact(facts, "left");
  const refused = numberFact(facts, "refused");
  const others = refused === 0 ? "" : `, ${refused} ended with ${facts.codes}`;
  return [
    finding(foreign === 0, {
      good: `of ${ROUNDS} reads of A none gave B's bytes: ${own} gave A's${others}`,
      bad: `of ${ROUNDS} reads of file A, ${foreign} gave the bytes of file B`,
      harm: "wrong file read",
    }),
    finding(left === 0, {
      good: "every read of A has ended",
      bad: `${left} reads of A had not ended when everything else had`,
      harm: "reads left behind",
    }),
  ];
}
