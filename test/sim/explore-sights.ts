// What the exploration must have come across, or it has not explored what it is for.

import type { Party } from "./explore-party.ts";
import { isRead } from "./explore-scenes.ts";
import type { World } from "./explore-world.ts";

const OF_PARTY: Readonly<Record<string, (party: Party, world: World) => boolean>> = {
  "completed though asked to stop": ({ stopper, isAbandoned, outcomes }) =>
    stopper !== null && !isAbandoned && outcomes[0]?.status === "completed",
  canceled: ({ outcomes }) => outcomes[0]?.status === "canceled",
  "timed out": ({ outcomes }) => outcomes[0]?.status === "timedOut",
  "canceled with bytes": ({ outcomes, isAbandoned }) =>
    !isAbandoned && outcomes[0]?.status === "canceled" && outcomes[0].bytesTransferred > 0,
  failed: ({ outcomes }) => outcomes[0]?.status === "failed",
  "abandoned, and done all the same": ({ outcomes, completions }) =>
    outcomes[0]?.status === "abandoned" && completions.at(-1)?.kind === "done",
  "never seen by the kernel": ({ isOver, tasks, stopper }) =>
    isOver && tasks.length === 0 && stopper !== null,
  "a cancel in vain": ({ cancelPhase }) => cancelPhase === "in vain",
  "submitted again": ({ tasks }) => tasks.length > 1,
  "refused by a full queue": ({ tasks }) => tasks.some(({ refusals }) => refusals > 0),
  "completed in two parts": ({ tasks }) => tasks.at(-1)?.state === "answered",
  "a torn write": ({ tasks }) => tasks.at(-1)?.landLater !== null && tasks.length > 0,
  "a stubborn request": ({ tasks }) => tasks.at(-1)?.isStubborn === true,
  "an orphan in the kernel": ({ isAbandoned, isInKernel }) => isAbandoned && isInKernel,
  "bytes of an orphan": ({ call, tasks, outcomes }, { scene }) =>
    scene.subject === "FIFO" &&
    call !== null &&
    isRead(call) &&
    tasks.length === 0 &&
    (outcomes[0]?.bytesTransferred ?? 0) > 0,
  "behind an orphan": ({ call, state }, { parties }) =>
    call !== null &&
    state === "queued" &&
    parties.some(({ isAbandoned, isInKernel }) => isAbandoned && isInKernel),
  "a close that waits": ({ call, state }) => call === null && state === "queued",
  "a descriptor that nobody wanted": ({ name }) => name.startsWith("undo"),
};

const OF_WORLD: Readonly<Record<string, (world: World) => boolean>> = {
  "drained in time": ({ drain }) => typeof drain !== "string" && drain.held.length === 0,
  "held at the deadline": ({ drain }) => typeof drain !== "string" && drain.held.length > 0,
  "closed with an orphan in the kernel": ({ isOpen, parties }) =>
    !isOpen && parties.some(({ isAbandoned, isInKernel }) => isAbandoned && isInKernel),
};

export const SIGHTS: readonly string[] = [...Object.keys(OF_PARTY), ...Object.keys(OF_WORLD)];

export function sightsOf(world: World): string[] {
  const ofParties = Object.entries(OF_PARTY).filter(([, isSeen]) => {
    return world.parties.some((party) => isSeen(party, world));
  });
  const ofWorld = Object.entries(OF_WORLD).filter(([, isSeen]) => isSeen(world));
  return [...ofParties, ...ofWorld].map(([sight]) => sight);
}
