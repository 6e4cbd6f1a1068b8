// What a soak tells of itself, line by line: once a minute, and at its end.

/** What the process has, as the system sees it. */
export interface Holdings {
  readonly descriptors: number;
  readonly threads: number;
  readonly mappings: number;
  readonly mappedMiB: number;
  readonly residentMiB: number;
  /** Of the shim's memory, of all threads; those leaked on purpose beside. */
  readonly bytesAlive: number;
  readonly bytesLeaked: number;
}

/** How many of what there were, by name. */
export type Counts = Readonly<Record<string, number>>;

export type SoakLine =
  | { readonly kind: "before"; readonly holdings: Holdings }
  | ({ readonly kind: "now"; readonly minute: number; readonly holdings: Holdings } & {
      readonly counts: Counts;
    })
  | {
      readonly kind: "after";
      readonly holdings: Holdings;
      readonly counts: Counts;
      /** Descriptors that were not there before, and what they are. */
      readonly left: readonly string[];
    };

export interface SoakReport {
  readonly name: string;
  readonly seed: number;
  readonly before: Holdings;
  readonly after: Holdings;
  readonly counts: Counts;
  readonly left: readonly string[];
}

/**
 * V8 and the allocator take and give back mappings as they like; a block of the shim's that is left
 * has one of its own, and there are thousands of them.
 */
const MAPPINGS_SLACK = 96;
/** The library keeps small blocks for its own use: a bounded number, as SCRATCH_KEPT_MAX says. */
const BYTES_ALIVE_SLACK = 2 * 1024 * 1024;
const MAPPED_MIB_SLACK = 192;

/** What is not as it was at the beginning; empty if all is. */
export function differences({ name: subject, before, after, left }: SoakReport): string[] {
  const complaints: string[] = [];
  const compare = (name: keyof Holdings, slack: number): void => {
    if (after[name] <= before[name] + slack) return;
    const which = name === "descriptors" ? ` (${left.join(", ")})` : "";
    complaints.push(`${name}: ${before[name]} before, ${after[name]} after${which}`);
  };
  // There the opens are Node's, which loses those that are on their way when a worker ends: one
  // that is terminated with 32 calls of plain fs.open leaves up to 30 descriptors open.
  if (subject !== "without shim") compare("descriptors", 0);
  compare("threads", 0);
  compare("bytesAlive", BYTES_ALIVE_SLACK);
  compare("bytesLeaked", 0);
  compare("mappings", MAPPINGS_SLACK);
  compare("mappedMiB", MAPPED_MIB_SLACK);
  return complaints;
}

const COLUMNS: readonly (readonly [title: string, name: keyof Holdings])[] = [
  ["fds", "descriptors"],
  ["threads", "threads"],
  ["maps", "mappings"],
  ["mapped MiB", "mappedMiB"],
  ["resident MiB", "residentMiB"],
  ["bytes of the shim", "bytesAlive"],
];

const WIDTH = 10;

export function tableHead(): string {
  return ["when", "operations", ...COLUMNS.map(([title]) => title)]
    .map((title) => title.padStart(WIDTH))
    .join("  ");
}

export function tableRow(when: string, operations: number, holdings: Holdings): string {
  const figures = COLUMNS.map(([title, name]) =>
    String(holdings[name]).padStart(Math.max(WIDTH, title.length)),
  );
  return [when.padStart(WIDTH), String(operations).padStart(WIDTH), ...figures].join("  ");
}

/** Operations that have ended, however they did. */
export function operationsOf(counts: Counts): number {
  const ways = ["completed", "canceled", "timedOut", "abandoned", "failed"];
  return ways.reduce((sum, way) => sum + (counts[way] ?? 0), 0);
}
