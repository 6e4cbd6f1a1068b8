// What the scenarios came to, as a page.

/** As `test/support/summary.ts` writes it. */
export interface Summary {
  readonly part: string;
  readonly scenario: string;
  readonly subject: string;
  readonly figures: Readonly<Record<string, number | string | boolean>>;
}

export interface PartRun {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly isGood: boolean;
}

export interface Ran {
  readonly parts: readonly PartRun[];
  readonly told: readonly Summary[];
  readonly node: string;
  readonly kernel: string;
}

/** A word of each subject, in the order of the columns of other pages. What is none comes last. */
const SUBJECTS: readonly string[] = ["Node", "ring", "portable", "without"];

const HEAD = `# Reliability

What was done to the library so that something would escape: memory that is freed while the kernel
writes to it, bytes that are lost, descriptors, threads or mappings that stay, an answer that never
comes. This page is written by \`npm run reliability\` from what ran; every figure is of that run.

How each promise is tested is in [promises.md](promises.md), what was seen in other libraries in
[regressions.md](regressions.md), and side by side with \`node:fs\`, Bun and Deno in
[hazards.md](hazards.md).
`;

/** Parts in the order of the page, with their titles. */
const TITLES: Readonly<Record<string, string>> = {
  faults: "Faults that were survived",
  teardown: "Ends of workers and processes",
  hostile: "Inputs that were tried",
  soak: "Everything at random",
  sanitizers: "Sanitizers",
};

export function render({ parts, told, node, kernel }: Ran): string {
  const rows = parts.map(
    ({ name, passed, failed, skipped }) => `| ${name} | ${passed} | ${failed} | ${skipped} |`,
  );
  return [
    HEAD,
    `Node ${node.slice(1)}, Linux ${kernel}.\n`,
    "| tests | passed | failed | skipped |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
    "",
    ...Object.entries(TITLES).flatMap(([part, title]) => section(title, told, part)),
  ].join("\n");
}

function section(title: string, told: readonly Summary[], part: string): string[] {
  const own = told.filter((summary) => summary.part === part);
  if (own.length === 0) return [];
  const scenarios = new Map<string, Summary[]>();
  for (const each of own) {
    scenarios.set(each.scenario, [...(scenarios.get(each.scenario) ?? []), each]);
  }
  const rows = Array.from(scenarios, ([scenario, all]) => {
    const inOrder = all.toSorted((a, b) => rank(a.subject) - rank(b.subject));
    const cells = inOrder.map(({ subject, figures }) => `${subject}${shown(figures)}`);
    return `| ${scenario} | ${cells.join("<br>")} |`;
  });
  return [`## ${title}\n`, "| what | on what, and what it came to |", "| --- | --- |", ...rows, ""];
}

/** "portable, without the shim" is of the last word. */
function rank(subject: string): number {
  const last = SUBJECTS.findLastIndex((word) => subject.includes(word));
  return last < 0 ? SUBJECTS.length : last;
}

function shown(figures: Summary["figures"]): string {
  const all = Object.entries(figures).map(
    ([name, value]) => `${words(name)} ${typeof value === "number" ? grouped(value) : value}`,
  );
  return all.length === 0 ? "" : `: ${all.join(", ")}`;
}

/** `bytesLeaked` is "bytes leaked". */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
