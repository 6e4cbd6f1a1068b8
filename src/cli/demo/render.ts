/** The demo as text: a header, the scenes, a table, a sentence. */

import type { Finding } from "../hazards/hazard.ts";
import { views, wrap } from "./layout.ts";
import { type Paint, visibleLength } from "./paint.ts";
import {
  count,
  type DemoLibrary,
  LIBRARIES,
  type LibraryReport,
  type PartReport,
  type SceneReport,
} from "./run-demo.ts";
import type { Scene } from "./scenes.ts";

export interface Machine {
  readonly version: string;
  readonly kernel: string;
  readonly node: string;
  readonly platform: string;
  readonly backend: string | null;
  /** Why there is no backend; null when there is one. */
  readonly reason: string | null;
}

const TITLE = "overlapped demo: a cancel is only a request";
const MORAL =
  "Until the kernel completes an operation, the kernel owns its buffer and its handle. Raymond " +
  "Chen told it of CancelIo in 2011; here it happens on your kernel, first with node:fs, then " +
  "with Overlapped. Times are in milliseconds.";
const ESSAY = "https://devblogs.microsoft.com/oldnewthing/20110202-00/?p=11613";
const GAP = "  ";
const NAMES: Readonly<Record<DemoLibrary, string>> = {
  "node:fs": "node:fs",
  overlapped: "Overlapped",
};

export function header(machine: Machine, width: number, paint: Paint): string[] {
  const backend = machine.backend === null ? "no backend" : `backend ${machine.backend}`;
  const facts = [
    `overlapped ${machine.version}`,
    `kernel ${machine.kernel}`,
    `Node ${machine.node}`,
    machine.platform,
    backend,
  ];
  return [
    paint.bold(TITLE),
    ...wrap(facts.join(" · "), width),
    "",
    ...wrap(MORAL, width).map((line) => paint.dim(line)),
    paint.dim(ESSAY),
  ];
}

/** Shown at once, before the scene has been played. */
export function sceneHead(scene: Scene, width: number, paint: Paint): string[] {
  const [first = "", ...more] = wrap(scene.title, width - 3);
  const lines = [`${scene.number}  ${first}`, ...more.map((line) => `   ${line}`)];
  return ["", paint.dim("━".repeat(width)), ...lines.map((line) => paint.bold(line))];
}

export function sceneBody(report: SceneReport, width: number, paint: Paint): string[] {
  return report.libraries.flatMap((library) => libraryBody(library, width, paint));
}

function libraryBody(report: LibraryReport, width: number, paint: Paint): string[] {
  const lines: string[] = [];
  for (const part of report.parts) {
    const title = report.parts.length > 1 ? paint.dim(`: ${part.title}`) : "";
    lines.push("", `${paint.bold(NAMES[report.library])}${title}`);
    lines.push(...views(part.events, width, paint));
  }
  lines.push("");
  for (const finding of report.findings) lines.push(...findingLines(finding, width, paint));
  if (report.failure !== null) lines.push(...failureLines(report.failure, width, paint));
  return lines;
}

function findingLines(finding: Finding, width: number, paint: Paint): string[] {
  const good = finding.harm === null;
  const color = good ? paint.good : paint.bad;
  return wrap(finding.text, width - 4).map((line, index) =>
    index === 0 ? `  ${color(good ? "✓" : "✗")} ${line}` : `    ${line}`,
  );
}

function failureLines(failure: string, width: number, paint: Paint): string[] {
  const lines = failure.split("\n").flatMap((line) => wrap(line, width - 4));
  return [
    `  ${paint.bad("! this scene could not be played")}`,
    ...lines.map((line) => `    ${line}`),
  ];
}

/** Scene by library, and what it comes to. */
export function summary(reports: readonly SceneReport[], width: number, paint: Paint): string[] {
  const table = [
    ["", ...LIBRARIES.map((library) => paint.bold(NAMES[library]))],
    ...reports.map((report) => [
      paint.bold(`${report.scene}  ${report.short}`),
      ...report.libraries.map((each) => cellPainted(each, paint)),
    ]),
  ];
  const widths = table[0]!.map((_, column) =>
    Math.max(...table.map((row) => visibleLength(row[column]!))),
  );
  const fits = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) <= width;
  const lines = table.map((row) =>
    row.map((cell, column) => cell + " ".repeat(widths[column]! - visibleLength(cell))).join(GAP),
  );
  return [
    "",
    paint.dim("━".repeat(width)),
    ...(fits ? lines.map((line) => line.trimEnd()) : listing(reports, paint)),
    "",
    ...wrap(sentence(reports), width),
  ];
}

/** The table where it does not fit. */
function listing(reports: readonly SceneReport[], paint: Paint): string[] {
  return reports.flatMap((report) => [
    paint.bold(`${report.scene}  ${report.short}`),
    ...report.libraries.map((each) => `   ${NAMES[each.library]}: ${cellPainted(each, paint)}`),
  ]);
}

function cellText(report: LibraryReport): string {
  if (report.result !== "hazard" && report.result !== "hangs") return report.result;
  const harms = report.findings.flatMap((finding) => finding.harm ?? []);
  return [...new Set(harms)].join(", ");
}

function cellPainted(report: LibraryReport, paint: Paint): string {
  return report.result === "safe" ? paint.good(cellText(report)) : paint.bad(cellText(report));
}

/** Computed, like everything here: a node:fs that has improved is given its due. */
export function sentence(reports: readonly SceneReport[]): string {
  const total = reports.length;
  const node = count(reports, "node:fs", "hazard", "hangs");
  const better = count(reports, "node:fs", "safe");
  const ours = total - count(reports, "overlapped", "safe");
  const scenes = total === 1 ? "1 scene" : `${total} scenes`;
  const first =
    better === 0
      ? `Of ${scenes}, ${node} went wrong with node:fs`
      : `Of ${scenes}, ${node} went wrong with node:fs, which has improved in ${better}`;
  return ours === 0
    ? `${first}, and none with Overlapped.`
    : `${first}; Overlapped was not safe in ${ours}: please report this, with the output above.`;
}

/** What a part looks like in JSON: everything that was seen, and how the process ended. */
export function partJson(part: PartReport): object {
  const { title, result, events, facts, waits, hang, exitCode, exitSignal } = part;
  return { title, result, events, facts, waits, hang, exitCode, exitSignal };
}
