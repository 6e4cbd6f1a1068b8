// What becomes of one mutant: a copy of its own, one change, then the tests that may notice.

import { rmSync } from "node:fs";
import { buildShim, compile, makeCopy } from "./copy.ts";
import { change, type Mutant, staleness } from "./mutant.ts";
import { firstFailure } from "./run-test.ts";

// A test that takes so much longer than with the code as it is will not end.
const HANGS_AFTER_MS = 10_000;
const HANGS_AFTER_TIMES = 5;

/**
 * `killed`: a test has noticed. `survived`: none has. `stale`: its text is not in the code, or not
 * once. `broken`: it does not compile, which proves nothing.
 */
export type Verdict = "killed" | "survived" | "stale" | "broken";

export interface Judged {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  /** The test file that noticed, and what is not as it should be. */
  readonly killer: string;
  readonly detail: string;
  readonly seconds: number;
}

/** The code as it is. */
export interface Original {
  /** A copy without a mistake. */
  readonly folder: string;
  /** How long each test takes with it. */
  readonly testMs: ReadonlyMap<string, number>;
}

/** `folder` does not exist yet. */
export async function judge(original: Original, folder: string, mutant: Mutant): Promise<Judged> {
  const start = performance.now();
  try {
    const found = await tryToKill(original, folder, mutant);
    return { mutant, ...found, seconds: (performance.now() - start) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Found = Omit<Judged, "mutant" | "seconds">;

async function tryToKill(original: Original, folder: string, mutant: Mutant): Promise<Found> {
  const stale = staleness(original.folder, mutant);
  if (stale !== undefined) return { verdict: "stale", killer: "", detail: stale };
  makeCopy(original.folder, folder);
  change(folder, mutant);
  const isNative = mutant.file.startsWith("native/");
  const broken = await (isNative ? buildShim(folder) : compile(folder, mutant.file));
  if (broken !== undefined) return { verdict: "broken", killer: "", detail: broken };
  for (const killer of mutant.killers) {
    const limitMs = HANGS_AFTER_MS + HANGS_AFTER_TIMES * (original.testMs.get(killer) ?? 0);
    const detail = await firstFailure(folder, killer, limitMs);
    if (detail !== undefined) return { verdict: "killed", killer, detail };
  }
  return { verdict: "survived", killer: "", detail: `passed ${mutant.killers.join(", ")}` };
}
