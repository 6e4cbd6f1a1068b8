// The command line.

import { parseArgs } from "node:util";

export interface Options {
  /** Search words: a trial must match all of them. */
  readonly words: readonly string[];
  readonly rounds: number;
  /** Length of a measured phase. */
  readonly sampleMs: number;
  readonly jsonPath: string | null;
  /** Paths of other Node binaries, by major version. */
  readonly nodePaths: ReadonlyMap<number, string>;
  /** Major versions to fetch from npm if no path is known. */
  readonly fetchMajors: readonly number[];
  readonly bunPath: string | undefined;
  readonly fetchesBun: boolean;
  /** Only peers whose name contains one of these; all if empty. */
  readonly peers: readonly string[];
  /** What `cancel` and `exit` measure; null: what the environment says. */
  readonly backend: BenchBackend | null;
  /** Repeat rounds that other processes disturbed. */
  readonly onlyQuiet: boolean;
  readonly listOnly: boolean;
}

export type BenchBackend = (typeof BACKENDS)[number];

const BACKENDS = ["uring", "portable", "portable-node"] as const;

export const USAGE = `Usage: npm run bench -- [words] [options]

Words select trials: read-random, read-file, read-stream, timer-lag, depth=1, depth=32,
block=4KiB ...
A first word cp selects those of copying: cp, cp big, cp tree, cp start. Of their own, too:
cancel, exit, stuck, tracing.
  --rounds N            samples per peer, each in a fresh process (default 5)
  --seconds S           length of a sample (default 1; timer-lag takes 3 times as long)
  --json FILE           write every figure to FILE
  --node22 PATH, --node24 PATH, --node26 PATH
                        other Node binaries to measure (or OVERLAPPED_NODE24=PATH and so on)
  --bun PATH            Bun, which takes part in read-file (or OVERLAPPED_BUN=PATH)
  --fetch MAJOR|bun     fetch that Node, or Bun, from npm into node_modules/.cache (repeatable)
  --peers NAME          only peers whose name contains NAME, such as node20+promises (repeatable)
  --backend NAME        of cancel and exit: uring, portable, or portable-node (without the shim)
  --quiet               repeat rounds in which other processes were busy
  --list                print the trials and stop`;

const MAJORS = [20, 22, 24, 26];

function positive(text: string, name: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`Cannot read --${name}: got "${text}", want a number above 0`);
}

function backendOf(name: string | undefined): BenchBackend | null {
  const known = BACKENDS.find((each) => each === name);
  if (known !== undefined || name === undefined) return known ?? null;
  throw new RangeError(`Cannot use --backend ${name}: it is one of ${BACKENDS.join(", ")}`);
}

export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "1" },
      json: { type: "string" },
      node20: { type: "string" },
      node22: { type: "string" },
      node24: { type: "string" },
      node26: { type: "string" },
      bun: { type: "string" },
      fetch: { type: "string", multiple: true, default: [] },
      peers: { type: "string", multiple: true, default: [] },
      backend: { type: "string" },
      quiet: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const nodePaths = new Map<number, string>();
  for (const major of MAJORS) {
    const given = values[`node${major}` as "node20" | "node22" | "node24" | "node26"];
    const path = given ?? env[`OVERLAPPED_NODE${major}`];
    if (path !== undefined && path !== "") nodePaths.set(major, path);
  }
  return {
    words: positionals,
    rounds: Math.ceil(positive(values.rounds, "rounds")),
    sampleMs: positive(values.seconds, "seconds") * 1000,
    jsonPath: values.json ?? null,
    nodePaths,
    fetchMajors: values.fetch
      .filter((text) => text !== "bun")
      .map((text) => Math.floor(positive(text, "fetch"))),
    bunPath: values.bun ?? env.OVERLAPPED_BUN,
    fetchesBun: values.fetch.includes("bun"),
    peers: values.peers,
    backend: backendOf(values.backend),
    onlyQuiet: values.quiet,
    listOnly: values.list,
  };
}
