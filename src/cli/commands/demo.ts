/** `overlapped demo`: four scenes of I/O that outlives its caller, played for real. */

import { constants, release } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { wrap } from "../demo/layout.ts";
import { paintFor, wantsColor, widthOf } from "../demo/paint.ts";
import { header, type Machine, partJson, sceneBody, sceneHead, summary } from "../demo/render.ts";
import { allSafe, runScenes, type SceneReport } from "../demo/run-demo.ts";
import { SCENES, type Scene } from "../demo/scenes.ts";
import { packageVersion } from "../version.ts";

interface DemoOptions {
  readonly scene?: Scene;
  readonly json?: boolean;
}

const AFTER_HELP = `
Scenes:
${SCENES.map((scene) => `  ${scene.number}  ${scene.title}`).join("\n")}

Each scene runs in processes of its own, on FIFOs in a temporary directory that is removed.

--json prints one document: { overlapped, kernel, node, platform, backend, reason,
  scenes: [{ scene, title, libraries: [{ library: "node:fs" | "overlapped",
    result: "safe" | "hazard" | "hangs" | "failed", findings: [{ text, harm }], failure,
    parts: [{ title, result, events: [{ side: "kernel" | "app", atMs, text }], facts, waits,
      hang, exitCode, exitSignal }] }] }] }

Exit code: 0 when Overlapped is safe in every scene, 1 when it is not or has no backend here, 2 for
wrong usage, 128 + the signal's number when interrupted. Hazards of node:fs do not count.`;

export function demoCommand(): Command {
  return new Command("demo")
    .description("play four scenes of unsafe canceling, with node:fs and with Overlapped")
    .option("--scene <number>", `play one scene, 1 to ${SCENES.length}`, sceneOf)
    .option("--json", "print one JSON document instead of text")
    .addHelpText("after", AFTER_HELP)
    .action(async (options: DemoOptions) => {
      process.exitCode = await untilInterrupted((signal) => demo(options, signal));
    });
}

function sceneOf(text: string): Scene {
  const scene = SCENES.find((each) => String(each.number) === text);
  if (scene === undefined)
    throw new InvalidArgumentError(`There are scenes 1 to ${SCENES.length}.`);
  return scene;
}

async function demo(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const scenes = options.scene === undefined ? SCENES : [options.scene];
  const machine = await describeMachine();
  const reports = options.json
    ? await playForMachines(machine, scenes, signal)
    : await playForPeople(machine, scenes, signal);
  return allSafe(reports, scenes) ? 0 : 1;
}

async function describeMachine(): Promise<Machine> {
  const { status } = await import("../../index.ts");
  const { backend, reason } = status();
  return {
    version: packageVersion(),
    kernel: release(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    backend,
    reason: backend === null ? (reason ?? "no reason given") : null,
  };
}

async function playForMachines(
  machine: Machine,
  scenes: readonly Scene[],
  signal: AbortSignal,
): Promise<SceneReport[]> {
  const reports: SceneReport[] = [];
  if (machine.backend !== null) {
    for await (const report of runScenes(scenes, signal)) reports.push(report);
  }
  const { version, ...rest } = machine;
  const told = reports.map(({ scene, title, libraries }) => ({
    scene,
    title,
    libraries: libraries.map((each) => ({ ...each, parts: each.parts.map(partJson) })),
  }));
  print([JSON.stringify({ overlapped: version, ...rest, scenes: told }, null, 2)]);
  return reports;
}

async function playForPeople(
  machine: Machine,
  scenes: readonly Scene[],
  signal: AbortSignal,
): Promise<SceneReport[]> {
  const paint = paintFor(wantsColor(process.stdout, process.env));
  const width = widthOf(process.stdout);
  print(header(machine, width, paint));
  const reports: SceneReport[] = [];
  if (machine.backend === null) {
    const text = "Overlapped has no io_uring here, and without it there is nothing to show.";
    print(["", paint.bad(text), ...wrap(`Reason: ${machine.reason}`, width)]);
    return reports;
  }
  const playing = runScenes(scenes, signal);
  for (const scene of scenes) {
    print(sceneHead(scene, width, paint));
    const { value } = await playing.next();
    if (value === undefined) break;
    reports.push(value);
    print(sceneBody(value, width, paint));
  }
  // Runs the generator to its end, where the directory is removed.
  await playing.next();
  print(summary(reports, width, paint));
  return reports;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Runs `work` with a signal that a first Ctrl-C aborts; then the exit code is the shell's. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let code = 0;
  const interrupt = (name: "SIGINT" | "SIGTERM" | "SIGHUP"): void => {
    code = 128 + constants.signals[name];
    controller.abort();
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.once(name, interrupt);
  try {
    const result = await work(controller.signal);
    return code === 0 ? result : code;
  } catch (error) {
    if (code === 0) throw error;
    return code;
  } finally {
    for (const name of names) process.off(name, interrupt);
  }
}
