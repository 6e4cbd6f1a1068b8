/** Plays the scenes one after the other, and judges what happened. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIBRARIES, type LibraryName } from "./protocol.ts";
import { runPart } from "./run-part.ts";
import type { Finding, Part, PartOutcome, Scene } from "./scene.ts";

export type Result = "safe" | "hazard" | "failed";

export interface PartReport extends PartOutcome {
  readonly title: string;
}

export interface LibraryReport {
  readonly library: LibraryName;
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
  const place = (library: LibraryName, partIndex: number): string =>
    join(directory, `${scene.number}-${partIndex}-${library.replace(":", "-")}`);
  for (const library of LIBRARIES) {
    for (const [partIndex, part] of scene.parts.entries()) furnish(place(library, partIndex), part);
  }
  const libraries = LIBRARIES.map(async (library) => {
    const runs = scene.parts.map(async (part, partIndex) => {
      const where = { sceneNumber: scene.number, partIndex, directory: place(library, partIndex) };
      return { title: part.title, ...(await runPart({ ...where, part, library, signal })) };
    });
    return judge(library, scene.parts, await Promise.all(runs));
  });
  const { number, title, short } = scene;
  return { scene: number, title, short, libraries: await Promise.all(libraries) };
}

function furnish(directory: string, part: Part): void {
  mkdirSync(directory);
  const fifos = part.fifos.map((name) => join(directory, name));
  execFileSync("mkfifo", fifos, { stdio: ["ignore", "ignore", "pipe"] });
  for (const [name, text] of Object.entries(part.files)) {
    writeFileSync(join(directory, name), text);
  }
}

/** From what was measured to a verdict; what was not measured is a failure, never safe. */
export function judge(
  library: LibraryName,
  parts: readonly Part[],
  outcomes: readonly PartReport[],
): LibraryReport {
  const findings: Finding[] = [];
  const failures: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.failure !== null) failures.push(outcome.failure);
    try {
      // What was measured before a part failed is still worth telling.
      findings.push(...parts[index]!.judge(outcome));
    } catch (error) {
      if (outcome.failure !== null) continue;
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  const failure = failures.length === 0 ? null : failures.join("\n");
  const harmed = findings.some((finding) => finding.harm !== null);
  const result = harmed ? "hazard" : failure === null ? "safe" : "failed";
  return { library, result, findings, failure, parts: outcomes };
}

export function count(
  reports: readonly SceneReport[],
  library: LibraryName,
  result: Result,
): number {
  const of = reports.map((report) => report.libraries.find((each) => each.library === library));
  return of.filter((each) => each?.result === result).length;
}

/** Whether Overlapped was played in every scene and was safe in every one. */
export function allSafe(reports: readonly SceneReport[], scenes: readonly Scene[]): boolean {
  return scenes.length > 0 && count(reports, "overlapped", "safe") === scenes.length;
}
