// Runs the random mix, in a process of its own. Arguments: a directory, the seed, and how many
// reads and writes a round has. Prints one line of JSON.

import assert from "node:assert/strict";
import { closeSync, constants, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inFlight, status } from "../../src/index.ts";
import { assertQuiet } from "../../src/testing.ts";
import { bytesAliveAfterCollection } from "../native/collect.ts";
import { makeFifo, makeFifos } from "../support/fifo.ts";
import { Random } from "../support/tree.ts";
import { Content } from "./content.ts";
import { GrownFile, ReadFile, WrittenFile } from "./file-sessions.ts";
import { Mix } from "./mix.ts";
import { type MixReport, ROUNDS } from "./mix-report.ts";
import { prime } from "./prime.ts";
import { Stream } from "./stream-sessions.ts";

const FILE_BYTES = 3 * 1024 * 1024 + 1234;
const STREAMS = 6;
const READERS = 4;
const WRITERS = 2;
const GROWERS = 2;

const [temporary = "", seed = "1", starts = "20000"] = process.argv.slice(2);

interface Place {
  readonly mix: Mix;
  readonly streams: readonly Stream[];
  readonly written: readonly WrittenFile[];
  /** Each goes on until nothing is granted any more. */
  readonly actors: readonly { readonly run: () => Promise<void> }[];
}

/** Past the page cache: for memory that is aligned, which JavaScript's own is not. */
function directFlags(path: string): number | null {
  if (process.env.OVERLAPPED_SHIM === "off") return null;
  const flags = constants.O_RDONLY | constants.O_DIRECT;
  try {
    closeSync(openSync(path, flags));
    return flags;
  } catch {
    return null; // This file system has no such thing.
  }
}

function makePlace(random: Random): Place {
  const mix = new Mix(random);
  const content = new Content(random);
  const bytes = content.ofFile(FILE_BYTES);
  const readPath = join(temporary, "read");
  writeFileSync(readPath, bytes);
  const written = Array.from({ length: WRITERS }, (_, index) => {
    const path = join(temporary, `written-${index}`);
    writeFileSync(path, new Uint8Array(FILE_BYTES));
    return new WrittenFile(mix, path, bytes);
  });
  const reader = new ReadFile(mix, readPath, bytes, directFlags(readPath));
  const grown = Array.from(
    { length: GROWERS },
    (_, index) => new GrownFile(mix, join(temporary, `grown-${index}`), content),
  );
  const paths = makeFifos(temporary, "stream", STREAMS);
  const streams = paths.map((path, index) => new Stream(mix, path, content, index % 2 === 0));
  const readers = Array.from({ length: READERS }, () => reader);
  return { mix, streams, written, actors: [...readers, ...written, ...grown] };
}

async function runRound({ mix, streams, actors }: Place): Promise<void> {
  mix.grant(Number(starts));
  const all = [
    ...streams.map((stream) => stream.run()),
    ...actors.map(async (actor) => {
      while (mix.hasLeft) await actor.run();
    }),
  ];
  // After a failure there is no telling whether the others come to their end.
  await Promise.race([Promise.all(all.map((each) => mix.guard(each))), mix.failed]);
}

interface Rest {
  readonly descriptors: number;
  readonly bytesAlive: number;
  readonly residentBytes: number;
}

/** What is left when all has ended; what must be nothing is checked here. */
async function whatIsLeft(mix: Mix): Promise<Rest> {
  assertQuiet();
  assert.deepEqual(inFlight(), []);
  const bytesAlive = await bytesAliveAfterCollection();
  const { inFlight: count, quarantinedOperations, quarantinedBytes } = status();
  assert.deepEqual([count, quarantinedOperations, quarantinedBytes], [0, 0, 0]);
  assert.equal(mix.unsettled, 0, "operations have ended whose promise has not");
  assert.equal(mix.pool.quarantined, 0);
  assert.equal(mix.pool.free, mix.pool.count, "buffers of the pool are gone");
  const descriptors = readdirSync("/proc/self/fd").length;
  return { descriptors, bytesAlive, residentBytes: process.memoryUsage.rss() };
}

async function runAll(place: Place): Promise<MixReport> {
  const { mix, streams } = place;
  // The pool's buffers are kept, so they are all made before the first count.
  const pooled = Array.from({ length: mix.pool.count }, () => mix.pool.acquire());
  for (const buffer of pooled) mix.pool.release(buffer);
  await prime(makeFifo(temporary, "silent"), join(temporary, "prime"));
  const before = await whatIsLeft(mix);
  const residentBytes: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await runRound(place);
    const left = await whatIsLeft(mix);
    residentBytes.push(left.residentBytes);
    assert.equal(left.descriptors, before.descriptors, "descriptors are left");
    assert.equal(left.bytesAlive, before.bytesAlive, "native memory is left");
  }
  for (const file of place.written) file.check();
  const putBack = streams.reduce((sum, { putBackCount }) => sum + putBackCount, 0);
  return { counts: mix.counts, putBack, residentBytes };
}

// Orphans do not hold the event loop, and at times there is nothing else.
const keepAlive = setInterval(() => {}, 1000);
const place = makePlace(new Random(Number(seed)));
try {
  console.log(JSON.stringify(await runAll(place)));
} catch (error) {
  console.error(error);
  // What waits for something still would keep the process.
  process.exit(1);
}
clearInterval(keepAlive);
for (const stream of place.streams) stream.close();
