// The process that is soaked. Arguments: the seed, the seconds, the seconds between two lines, and
// a folder. Prints lines of JSON; see `report.ts`.

import assert from "node:assert/strict";
import { constants, statSync } from "node:fs";
import { status } from "../../src/index.ts";
import { assertQuiet } from "../../src/testing.ts";
import { makeDirectFile } from "../native/direct-file.ts";
import { prime } from "../stress/prime.ts";
import { makeFifo, makeFifos } from "../support/fifo.ts";
import { descriptorsNow, holdingsAtRest, holdingsNow } from "./holdings.ts";
import { possibleActors, runLanes } from "./lanes.ts";
import { Lot } from "./lot.ts";
import { killChild, runChild, runWorker } from "./others.ts";
import type { Place } from "./place.ts";
import type { SoakLine } from "./report.ts";

const [seed = "1", seconds = "60", lineSeconds = "60", folder = ""] = process.argv.slice(2);
const DISK_BYTES = 16 * 1024 * 1024;
const FIFOS = 12;
/** All arenas of the allocator are there by then, and V8 has room for young objects. */
const WARM_UPS = 12;

function say(line: SoakLine): void {
  console.log(JSON.stringify(line));
}

/** Node's own pool is there before anything is counted. */
async function startPool(): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  await Promise.all(Array.from({ length: 16 }, () => readFile("/proc/self/status")));
  const { threads } = holdingsNow();
  return threads;
}

async function warmUp(place: Place): Promise<void> {
  await prime(makeFifo(folder, "silent"), `${folder}/prime`);
  for (let round = 0; round < WARM_UPS; round += 1) {
    await Promise.all([runWorker(place), runWorker(place), runChild(place), killChild(place)]);
  }
}

async function soak(place: Place, threads: number): Promise<void> {
  const { lot } = place;
  const actors = await possibleActors(place);
  await warmUp(place);
  lot.forget();
  say({ kind: "before", holdings: await holdingsAtRest(threads) });
  const before = descriptorsNow();
  let minute = 0;
  const tick = setInterval(() => {
    minute += 1;
    say({ kind: "now", minute, holdings: holdingsNow(), counts: lot.counts });
  }, Number(lineSeconds) * 1000);
  const end = setTimeout(() => lot.stop(), Number(seconds) * 1000);
  await runLanes(place, actors, true);
  clearTimeout(end);
  clearInterval(tick);
  assertQuiet();
  const { inFlight, quarantinedBytes } = status();
  assert.deepEqual([inFlight, quarantinedBytes], [0, 0]);
  const holdings = await holdingsAtRest(threads);
  const left = [...descriptorsNow()]
    .filter(([number, what]) => before.get(number) !== what)
    .map(([number, what]) => `${number}: ${what}`);
  say({ kind: "after", holdings, counts: lot.counts, left });
}

// Orphans do not hold the event loop, and at times there is nothing else.
const alive = setInterval(() => {}, 1000);
const disk = makeDirectFile(DISK_BYTES);
let names = 0;
try {
  const threads = await startPool();
  await soak(
    {
      lot: new Lot(Number(seed)),
      folder,
      disk: disk.path,
      diskBytes: statSync(disk.path).size,
      // Without the shim memory is JavaScript's, and not aligned as O_DIRECT wants it.
      diskFlags: process.env.OVERLAPPED_SHIM === "off" ? constants.O_RDONLY : disk.flags,
      fifos: makeFifos(folder, "fifo", FIFOS),
      nextName: () => `${folder}/main-${++names}`,
    },
    threads,
  );
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  disk.remove();
}
clearInterval(alive);
// After a failure the others are at it still.
if (process.exitCode === 1) process.exit();
