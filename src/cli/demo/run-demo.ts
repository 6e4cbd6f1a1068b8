/** Plays the scenes one after the other. */

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../hazards/hazard.ts";
import { judge, type Observation, type Result, type Verdict } from "../hazards/judge.ts";
import { runHazard } from "../hazards/run-hazard.ts";
import type { Scene } from "./scenes.ts";

export type DemoLibrary = "node:fs" | "overlapped";
export const LIBRARIES: readonly DemoLibrary[] = ["node:fs", "overlapped"];

export interface PartReport extends Observation, Verdict {
  readonly title: string;
}

export interface LibraryReport {
  readonly library: DemoLibrary;
  readonly result: Result;
  readonly findings: readonly Finding[];
  /** Why the scene could not be judged; null when it could. */
  readonly failure: string | null;
  readonly parts: readonly PartReport[];
}

export interface SceneReport {
  readonly scene: number;
  readonly title: string;
  readonly short: string;
  readonly libraries: readonly LibraryReport[];
}

/** Yields a report per scene. The directory with the FIFOs is gone when the generator ends. */
export async function* runScenes(
  scenes: readonly Scene[],
  signal: AbortSignal,
): AsyncGenerator<SceneReport> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "overlapped-demo-")));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  // For the ways out that skip finally, such as a closed pipe at the other end of stdout.
  process.once("exit", remove);
  try {
    for (const scene of scenes) {
      const report = await runScene(scene, directory, signal);
      signal.throwIfAborted();
      yield report;
    }
  } finally {
    remove();
    process.off("exit", remove);
  }
}

/** The parts of one scene run side by side: they share nothing but the processor. */
async function runScene(
  scene: Scene,
  directory: string,
  signal: AbortSignal,
): Promise<SceneReport> {
  const libraries = LIBRARIES.map(async (library) => {
    const player = {
      library,
      command: process.execPath,
      args: [],
      env: {},
    };
    const parts = scene.hazards.map(async (hazard) => {
      const place = join(directory, library.replace(":", "-"), hazard.name);
      const seen = await runHazard(hazard, player, place, signal);
      return { title: hazard.title, ...seen, ...judge(hazard, seen) };
    });
    return together(library, await Promise.all(parts));
  });
  const { number, title, short } = scene;
  return { scene: number, title, short, libraries: await Promise.all(libraries) };
}

/** The worst comes first: it is what a scene with several parts came to. */
const WORST: readonly Result[] = ["hangs", "hazard", "failed", "cannot", "safe"];

/** What the parts of a scene come to. */
export function together(library: DemoLibrary, parts: readonly PartReport[]): LibraryReport {
  const failures = parts.flatMap(({ failure }) => failure ?? []);
  return {
    library,
    result: WORST.find((result) => parts.some((part) => part.result === result)) ?? "failed",
    findings: parts.flatMap(({ findings }) => findings),
    failure: failures.length === 0 ? null : failures.join("\n"),
    parts,
  };
}

export function count(
  reports: readonly SceneReport[],
  library: DemoLibrary,
  ...results: readonly Result[]
): number {
  const of = reports.flatMap(({ libraries }) =>
    libraries.filter((each) => each.library === library),
  );
  return of.filter(({ result }) => results.includes(result)).length;
}

/** Whether Overlapped was played in every scene and was safe in every one. */
export function allSafe(reports: readonly SceneReport[], scenes: readonly Scene[]): boolean {
  return scenes.length > 0 && count(reports, "overlapped", "safe") === scenes.length;
}
