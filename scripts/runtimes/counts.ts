// What the test runners of the runtimes print, as counts. Each has words of its own. How many were
// skipped is not among them: Bun is silent about suites, and the others count a suite as one.

export type RunnerKind = "node" | "bun" | "deno";

export interface Counts {
  readonly passed: number;
  /** Names of cases. */
  readonly failed: readonly string[];
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

export function countsOf(kind: RunnerKind, output: string): Counts {
  const lines = output.replace(ESCAPES, "").split(/\r?\n/);
  const heard = { node: heardOfNode, bun: heardOfBun, deno: heardOfDeno }[kind](lines);
  const count = (wanted: Verdict): number => heard.filter(([verdict]) => verdict === wanted).length;
  const failed = heard.filter(([verdict]) => verdict === "fail").map(([, name]) => name);
  return { passed: count("pass"), failed };
}

type Verdict = "pass" | "fail" | "skip";
type Heard = readonly (readonly [verdict: Verdict, name: string])[];

/** TAP: a line for each case and suite, and behind it, indented, what sort it is. */
function heardOfNode(lines: readonly string[]): Heard {
  const heard: [Verdict, string][] = [];
  for (const [at, line] of lines.entries()) {
    const match = /^ *(not )?ok \d+ - (.*?)(?: # SKIP.*)?$/.exec(line);
    if (match === null) continue;
    const details = lines.slice(at, at + 6).join("\n");
    const isSkipped = line.includes(" # SKIP");
    if (!isSkipped && /type: 'suite'/.test(details.split(/\n *\.\.\./)[0] ?? "")) continue;
    heard.push([isSkipped ? "skip" : match[1] === undefined ? "pass" : "fail", match[2] ?? ""]);
  }
  return heard;
}

/** A line for each case; those that failed come again at the end. */
function heardOfBun(lines: readonly string[]): Heard {
  const end = lines.findIndex((line) => /^\d+ tests? (skipped|failed):$/.test(line));
  const heard: [Verdict, string][] = [];
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const match = /^\((pass|fail|skip)\) (.*?)(?: \[[\d.]+ ?m?s\])?$/.exec(line);
    if (match !== null) heard.push([match[1] as Verdict, match[2]?.split(" > ").at(-1) ?? ""]);
  }
  return heard;
}

const DENO_VERDICTS: Readonly<Record<string, Verdict>> = {
  ok: "pass",
  FAILED: "fail",
  ignored: "skip",
};

/** A suite is named before its cases and once more, with its verdict, behind them. */
function heardOfDeno(lines: readonly string[]): Heard {
  const heard: [Verdict, string][] = [];
  const open = new Set<string>();
  for (const line of lines) {
    const begun = /^( *.*?) \.\.\.$/.exec(line)?.[1];
    if (begun !== undefined) open.add(begun);
    const match = /^( *(.*?)) \.\.\. (ok|FAILED|ignored)(?: \(.*\))?$/.exec(line);
    if (match === null || open.delete(match[1] ?? "")) continue;
    heard.push([DENO_VERDICTS[match[3] ?? ""] ?? "fail", match[2] ?? ""]);
  }
  return heard;
}
