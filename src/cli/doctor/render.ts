/** The examination as text, for somebody who has never heard of io_uring. */

import { wrap } from "../demo/layout.ts";
import { type Paint, visibleLength } from "../demo/paint.ts";
import type { BackendReport } from "./backends.ts";
import type { CheckReport, Examination } from "./examine.ts";
import type { Machine } from "./machine.ts";

const WHAT_IT_IS =
  "io_uring is the way of Linux to hand over many reads and writes at once, to take them back, " +
  "and to hear of their end. Where it is denied, as in most containers, the portable backend " +
  "keeps the same promises with other means, and is slower. Nothing has to be done about it.";

export function render(examination: Examination, width: number, paint: Paint): string[] {
  const { machine, backends, checks } = examination;
  return [
    ...verdict(examination, width, paint),
    "",
    ...section(
      "Backends",
      backends.flatMap((each) => backendLines(each, width, paint)),
      paint,
    ),
    ...section("Machine", machineLines(machine, width), paint),
    ...section("Kinds of request", kindLines(examination, width), paint),
    ...section(
      "Promises",
      checks.flatMap((each) => checkLines(each, width, paint)),
      paint,
    ),
    ...remedyLines(backends, width, paint),
  ];
}

function verdict(examination: Examination, width: number, paint: Paint): string[] {
  const { backend, reason, isWell, checks } = examination;
  if (backend === null) {
    const why = reason ?? "nobody knows why";
    const sentence = `There is no backend here, so every call fails: ${why}.`;
    return wrap(sentence, width).map((line) => paint.bad(line));
  }
  const means = backend === "uring" ? "io_uring" : "the portable backend, without io_uring";
  const isTried = checks.some(({ result }) => result !== "skipped");
  const tried = isTried ? "All is well." : "No promise could be tried.";
  const sentence = isWell
    ? `${tried} Overlapped works here by ${means}.`
    : `Something is wrong. Overlapped works here by ${means}, but a promise is not kept.`;
  const color = isWell && isTried ? paint.good : paint.bad;
  const lines = wrap(sentence, width).map((line) => color(line));
  return backend === "uring" ? lines : [...lines, "", ...wrap(WHAT_IT_IS, width)];
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint.bold(title), ...lines, ""];
}

function backendLines(report: BackendReport, width: number, paint: Paint): string[] {
  const { title, isUsed, code, text } = report;
  const sign = isUsed ? paint.good("✓") : code === null ? paint.dim("·") : paint.bad("✗");
  return hanging(`${sign} `, `${title}: ${text}`, width);
}

function machineLines(machine: Machine, width: number): string[] {
  const { limits, variables } = machine;
  const told = (value: string | boolean | null): string => {
    if (value === null || value === "") return "unknown";
    return typeof value === "boolean" ? (value ? "yes" : "no") : value;
  };
  const set = Object.entries(variables).filter(([, value]) => value !== null);
  const rows: (readonly [string, string])[] = [
    ["overlapped", `${machine.overlapped} on ${machine.runtime}`],
    ["system", `${machine.platform}, kernel ${machine.kernel}`],
    ["container", machine.container ?? "none seen"],
    ["seccomp filter", machine.seccomp === null ? "unknown" : machine.seccomp],
    ["no new privileges", told(machine.noNewPrivileges)],
    ["security modules", told(machine.securityModules)],
    ["kernel.io_uring_disabled", machine.ioUringDisabled ?? "the kernel has no such switch"],
    ["open files", told(limits.openFiles)],
    [
      "locked memory",
      `${told(limits.lockedMemory)}${machine.mayLockMemory ? ", not binding" : ""}`,
    ],
    ["processes", told(limits.processes)],
    ["environment", set.map(([name, value]) => `${name}=${value}`).join(" ") || "nothing set"],
  ];
  const column = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.flatMap(([name, value]) => hanging(`  ${name.padEnd(column)}`, value, width));
}

function kindLines({ kinds }: Examination, width: number): string[] {
  const rows = [
    ["native", "done by the kernel as they are"],
    ["emulated", "done by threads or other means"],
    ["absent", "not there: ERR_NOT_SUPPORTED"],
  ] as const;
  return rows
    .filter(([sort]) => kinds[sort].length > 0)
    .flatMap(([sort, meaning]) =>
      hanging("  ", `${sort} (${meaning}): ${kinds[sort].join(", ")}`, width),
    );
}

function checkLines(report: CheckReport, width: number, paint: Paint): string[] {
  const { promise, title, result, detail, durationMs } = report;
  const sign = { kept: paint.good("✓"), broken: paint.bad("✗"), skipped: paint.dim("·") }[result];
  const end = detail === null ? ` (${durationMs} ms)` : `: ${detail}`;
  return hanging(`${sign} ${promise.padEnd(4)}`, `${title}${end}`, width);
}

/** What to change to have a better backend than the one that is used. */
function remedyLines(
  backends: readonly BackendReport[],
  width: number,
  paint: Paint,
): readonly string[] {
  const used = backends.findIndex(({ isUsed }) => isUsed);
  const better = backends.slice(0, used === -1 ? undefined : used);
  return better.flatMap(({ title, remedies }) =>
    remedies.length === 0
      ? []
      : section(
          `To have ${title}`,
          remedies.flatMap((remedy) => hanging("- ", remedy, width)),
          paint,
        ),
  );
}

/** Further lines are indented as far as the first begins behind `lead`, which may be painted. */
function hanging(lead: string, text: string, width: number): string[] {
  const indent = visibleLength(lead);
  return wrap(text, width - indent).map((line, index) =>
    index === 0 ? `${lead}${line}` : `${" ".repeat(indent)}${line}`,
  );
}
