// Several actors at a time, one after the other in each lane, until it is time to stop.

import { FILE_ACTORS } from "./files.ts";
import { killChild, runChild, runWorker } from "./others.ts";
import type { Actor, Place } from "./place.ts";
import { STREAM_ACTORS } from "./streams.ts";

const ACTORS: readonly Actor[] = [...FILE_ACTORS, ...STREAM_ACTORS];
const LANES = 24;
const ABSENT: readonly string[] = ["ERR_NOT_SUPPORTED", "EOPNOTSUPP", "ERR_NO_BACKEND"];

async function isPossible(actor: Actor, place: Place): Promise<boolean> {
  try {
    await actor(place);
    return true;
  } catch (error) {
    // Without the shim: what needs one says so at once.
    const { code = "" } = error as { code?: string };
    if (!ABSENT.includes(code)) throw error;
    return false;
  }
}

/** Each once, one after the other; what this backend has not got is left out from then on. */
export async function possibleActors(place: Place): Promise<Actor[]> {
  const possible: Actor[] = [];
  for (const actor of ACTORS) if (await isPossible(actor, place)) possible.push(actor);
  return possible;
}

async function lane(place: Place, actors: readonly Actor[]): Promise<void> {
  const { lot } = place;
  while (!lot.isStopping) await lot.random.pick(actors)(place);
}

/** Resolves when all have stopped; rejects with the first failure, with all the others at it. */
export async function runLanes(
  place: Place,
  actors: readonly Actor[],
  startsOthers: boolean,
): Promise<void> {
  const lanes = Array.from({ length: LANES }, () => lane(place, actors));
  if (startsOthers) lanes.push(lane(place, [runWorker]), lane(place, [runChild, killChild]));
  await Promise.all(lanes);
}
