// Faults by what code above has to do about them.

import { drawRates, FAULT_NAMES, type Fault, type FaultRates } from "../backend/sim/faults.ts";
import type { Prng } from "../base/prng.ts";

/**
 * Which faults a simulation draws from its seed.
 *
 * `"none"`: none. `"benign"`: what a kernel may do although nothing is wrong; code that looks at
 * outcomes and counts gets through. `"failures"`: these, and operations that fail with `ENOSPC`,
 * `EIO`, `EAGAIN` or `ENOBUFS`; code has to clean up. `"all"`: these, and operations that never
 * complete; code has to abandon them.
 *
 * @example
 * ```ts
 * import { simulate } from "overlapped/testing";
 * await simulate({ seed: 3, faults: "failures" }, async (io, world) => {
 *   world.makeFile("/a", "text");
 *   const outcome = await io.stat("/a").outcome();
 *   console.log(outcome.status);
 * });
 * ```
 */
export type FaultSet = "none" | "benign" | "failures" | "all";

export const FAULT_SETS: readonly FaultSet[] = ["none", "benign", "failures", "all"];

const FAILURES: readonly Fault[] = ["noSpace", "ioError", "again", "noBuffers"];
const ENDLESS: readonly Fault[] = ["stuck"];

export function faultsIn(set: FaultSet): readonly Fault[] {
  if (set === "none") return [];
  const left = { benign: [...FAILURES, ...ENDLESS], failures: ENDLESS, all: [] }[set];
  return FAULT_NAMES.filter((name) => !(left as readonly Fault[]).includes(name));
}

/** A swarm's draw, without the faults that are not in the set. */
export function drawSet(prng: Prng, set: FaultSet): FaultRates {
  const drawn = drawRates(prng);
  const kept = faultsIn(set).filter((name) => drawn[name] !== undefined);
  return Object.fromEntries(kept.map((name) => [name, drawn[name] ?? 0]));
}
