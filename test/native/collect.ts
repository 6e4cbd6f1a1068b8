// Makes the garbage collector run to its end, finalizers of native memory included.

import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryCounters } from "../../src/kernel/memory.ts";

type Collect = (options?: { type: "minor" }) => void;

/** Works without --expose-gc, too, and in workers. */
function findCollector(): Collect {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as Collect;
}

/** One synchronous collection, of everything or of young objects. */
export const collect: Collect = findCollector();

/** Rounds without change after which nothing more is expected. */
const QUIET_ROUNDS = 3;
const ROUNDS_MAX = 100;

/**
 * Collects until the native memory of the process shrinks no more; its bytes. Finalizers run in
 * turns of the event loop after the collection, and what they free may set other things free.
 */
export async function bytesAliveAfterCollection(): Promise<number> {
  let quiet = 0;
  let last = Number.NaN;
  for (let round = 0; round < ROUNDS_MAX && quiet < QUIET_ROUNDS; round += 1) {
    collect();
    await nextTurn();
    await nextTurn();
    const { bytesAlive } = memoryCounters();
    quiet = bytesAlive === last ? quiet + 1 : 0;
    last = bytesAlive;
  }
  return last;
}
