// What the process has under way outside of a simulation: a function under test may wait for it,
// and so must not be called stuck meanwhile.

import { systemClock } from "../base/clock.ts";

/** Timers and turns of ours, of all simulations of this thread: they bring nothing about. */
let ownTimers = 0;
let ownTurns = 0;

/** Resolves in a later turn of the event loop. */
export function nextTurn(): Promise<void> {
  ownTurns++;
  return new Promise((resolve) => {
    setImmediate(() => {
      ownTurns--;
      resolve();
    });
  });
}

/** Resolves after so many milliseconds of real time, and keeps the process alive until then. */
export function realTime(ms: number): Promise<void> {
  ownTimers++;
  return new Promise((resolve) => {
    const onTime = (): void => {
      ownTimers--;
      resolve();
    };
    systemClock.after(ms, onTime, true);
  });
}

/** How much of each kind is under way, such as `FSReqPromise` or `Timeout`. */
export type Activity = ReadonlyMap<string, number>;

export function realActivity(): Activity {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  counts.set("Timeout", (counts.get("Timeout") ?? 0) - ownTimers);
  counts.set("Immediate", (counts.get("Immediate") ?? 0) - ownTurns);
  return counts;
}

/** What ends by itself, unlike an open socket or a test runner's pipe: it counts at any time. */
const ENDS = /Req(?:Callback|Promise|Wrap|uest)?$/;

/** Kinds of which there is more than there was, or that are sure to end. */
export function underWay(now: Activity, before: Activity): string[] {
  return [...now]
    .filter(([kind, count]) => count > (ENDS.test(kind) ? 0 : (before.get(kind) ?? 0)))
    .map(([kind]) => kind);
}
