// `npm run bench -- cp`: copying against cp(1) and Node's own `fs.cp`. Each copy has its own
// process, and all take turns, so that what slows one slows the others; ratios are those of one
// round.
//
//   big    one file of 1 GiB, its pages in memory      cp --reflink=never, fs.cp
//   tree   20,000 files of up to 8 KiB in 200 folders  cp -r, fs.cp
//   start  one byte: what starting costs               cp
//
// Nothing is synced, by any of them. What Node needs to start is not in the figures of `fs.cp` and
// `copy()`, but given beside them; `overlapped cp` is the command, and has to start, as cp(1) has.
// Another file system than that of the temporary folder: TMPDIR=/dev/shm.

import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMachine } from "./machine.ts";
import { startMeter } from "./meter.ts";
import { ratios, type Spread, spread } from "./statistics.ts";

interface Peer {
  readonly name: string;
  /** The program, or how the child is to copy. */
  readonly program: readonly string[] | "overlapped" | "fs.cp";
}

interface Trial {
  readonly name: "big" | "tree" | "start";
  readonly peers: readonly Peer[];
  /** Time of our copies over that of the first peer, at most; null if there is no target. */
  readonly atMost: number | null;
  readonly make: (path: string) => void;
}

export interface CopySettings {
  /** Names of trials; all if empty. */
  readonly words: readonly string[];
  readonly rounds: number;
  /** Only peers whose name contains one of these, and the first; all if empty. */
  readonly peers: readonly string[];
  /** Repeat copies during which other processes had much of the processors. */
  readonly onlyQuiet: boolean;
}

/** Processors that others may keep busy during a copy that counts, with `onlyQuiet`. */
const QUIET_PROCESSORS_MAX = 0.15;

/** Noisy copies that are repeated, for each one wanted; then noise is accepted, and reported. */
const NOISY_COPIES_FACTOR = 2;

const MEBIBYTE = 1024 * 1024;
const BIG_BYTES = 1024 * MEBIBYTE;
const TREE_FILES = 20_000;
const FILES_PER_FOLDER = 100;
const SMALL_BYTES_MAX = 8192;
const CHUNK = Buffer.alloc(MEBIBYTE);
const CHILD = join(import.meta.dirname, "cp-child.js");
const MAIN = join(import.meta.dirname, "..", "src", "cli", "main.js");
const COMMAND: Peer = {
  name: "overlapped cp",
  program: [process.execPath, MAIN, "cp", "-r", "--no-fsync", "--reflink=never"],
};

const TRIALS: readonly Trial[] = [
  {
    name: "big",
    peers: [
      { name: "cp --reflink=never", program: ["cp", "--reflink=never"] },
      { name: "fs.cp", program: "fs.cp" },
      { name: "copy()", program: "overlapped" },
      COMMAND,
    ],
    atMost: 0.9,
    make: makeBig,
  },
  {
    name: "tree",
    peers: [
      { name: "cp -r", program: ["cp", "-r"] },
      { name: "fs.cp", program: "fs.cp" },
      { name: "copy()", program: "overlapped" },
      COMMAND,
    ],
    atMost: 1,
    make: makeTree,
  },
  {
    name: "start",
    peers: [
      { name: "cp", program: ["cp"] },
      { name: "node -e 0", program: [process.execPath, "-e", "0"] },
      COMMAND,
    ],
    atMost: null,
    make: (path) => writeFileSync(path, "x"),
  },
];

function makeBig(path: string): void {
  const chunk = Buffer.alloc(MEBIBYTE);
  const file = openSync(path, "w");
  for (let at = 0; at < BIG_BYTES; at += MEBIBYTE) {
    chunk.writeDoubleLE(at, 0);
    writeSync(file, chunk);
  }
  closeSync(file);
}

function makeTree(path: string): void {
  const bytes = Buffer.alloc(SMALL_BYTES_MAX, "small ");
  for (let number = 0; number < TREE_FILES; number += 1) {
    const folder = join(path, `${Math.floor(number / FILES_PER_FOLDER)}`);
    if (number % FILES_PER_FOLDER === 0) mkdirSync(folder, { recursive: true });
    // Spread evenly, and the same each time.
    const length = Math.imul(number, 0x9e37_79b1) >>> 19;
    writeFileSync(join(folder, `${number}.txt`), bytes.subarray(0, length));
  }
}

/** Reads all of it, so that its pages are in memory. */
function warm(path: string): void {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path)) warm(join(path, name));
    return;
  }
  const file = openSync(path, "r");
  while (readSync(file, CHUNK) > 0);
  closeSync(file);
}

interface Sample {
  readonly copyMs: number;
  /** With the start and the end of the process. */
  readonly wholeMs: number;
  /** User and system time of the process, all threads. */
  readonly cpuMs: number;
  readonly busyElsewhere: number;
}

function take({ program }: Peer, source: string, destination: string): Sample {
  const isCommand = typeof program !== "string";
  const [command = "", ...options] = isCommand ? program : [process.execPath, CHILD, program];
  const cpuBefore = childrenMs();
  const meter = startMeter();
  const out = execFileSync(command, [...options, source, destination]);
  const { elapsedMs: wholeMs, busyElsewhere: busy } = meter();
  const cpuMs = childrenMs() - cpuBefore;
  const busyElsewhere = Math.max(0, busy - cpuMs / wholeMs);
  return { copyMs: isCommand ? wholeMs : Number(out), wholeMs, cpuMs, busyElsewhere };
}

/** Processor time of all children that have ended, from proc(5), in ticks of 10 ms. */
function childrenMs(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/**
 * Samples by peer. Every copy of a tree has a name of its own, and all stay until the end: ext4 is
 * slow to make files for some minutes after it has freed many.
 */
function run(trial: Trial, folder: string, { rounds, onlyQuiet }: CopySettings): Samples {
  const source = join(folder, trial.name);
  trial.make(source);
  warm(source);
  const samples: Samples = new Map(trial.peers.map((peer) => [peer, []]));
  let repeatsLeft = onlyQuiet ? trial.peers.length * rounds * NOISY_COPIES_FACTOR : 0;
  let count = 0;
  const copyOnce = (peer: Peer): Sample => {
    count += 1;
    const destination = join(folder, `${trial.name}-${count}`);
    const sample = take(peer, source, destination);
    if (trial.name === "big") rmSync(destination);
    return sample;
  };
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`${trial.name}: round ${round + 1} of ${rounds}\n`);
    for (const peer of trial.peers) {
      let sample = copyOnce(peer);
      for (; sample.busyElsewhere > QUIET_PROCESSORS_MAX && repeatsLeft > 0; repeatsLeft -= 1) {
        process.stderr.write(`${peer.name}: too much else going on, once more\n`);
        sample = copyOnce(peer);
      }
      samples.get(peer)?.push(sample);
    }
  }
  return samples;
}

type Samples = Map<Peer, Sample[]>;

function shown({ median, min, max }: Spread, digits = 0): string {
  const [middle, low, high] = [median, min, max].map((value) => value.toFixed(digits));
  return `${middle} (${low} to ${high})`;
}

function report(trial: Trial, samples: Samples): string {
  const timesOf = (peer: Peer): number[] => (samples.get(peer) ?? []).map((each) => each.copyMs);
  const first = trial.peers[0]!;
  const lines = trial.peers.map((peer) => {
    const whole = spread((samples.get(peer) ?? []).map(({ wholeMs }) => wholeMs));
    const over = spread(ratios(timesOf(peer), timesOf(first)));
    const isOurs = peer === COMMAND || peer.program === "overlapped";
    const verdict = over.median <= (trial.atMost ?? Number.NaN) ? "pass" : "FAIL";
    const wanted = isOurs && trial.atMost !== null ? `at most ${trial.atMost}: ${verdict}` : "";
    const ratio = peer === first ? "" : shown(over, 2);
    const cpu = spread((samples.get(peer) ?? []).map(({ cpuMs }) => cpuMs));
    const cells = [shown(spread(timesOf(peer))), shown(whole), shown(cpu), ratio, wanted];
    return `| ${peer.name} | ${cells.join(" | ")} |`;
  });
  const all = [...samples.values()].flat();
  const busy = spread(all.map(({ busyElsewhere }) => busyElsewhere));
  return [
    `### cp ${trial.name}`,
    "",
    `| | copy, ms | with its process, ms | CPU, ms | copy over \`${first.name}\` | target |`,
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
    `Median and range. Other processes kept ${shown(busy, 2)} processors busy.`,
    "",
  ].join("\n");
}

export function benchCopies(settings: CopySettings): void {
  const { words } = settings;
  const folder = mkdtempSync(join(tmpdir(), "overlapped-bench-cp-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  process.once("SIGINT", () => process.exit(130));
  const { kernel, fileSystem, cores, load } = describeMachine();
  const machine = `${kernel}, ${fileSystem}, ${cores} cores, load ${load}`;
  process.stdout.write(`${machine}, Node ${process.versions.node}\n\n`);
  for (const each of TRIALS) {
    if (words.length > 0 && !words.includes(each.name)) continue;
    const trial = { ...each, peers: each.peers.filter((peer) => isWanted(peer, each, settings)) };
    process.stdout.write(`${report(trial, run(trial, folder, settings))}\n`);
  }
}

function isWanted(peer: Peer, trial: Trial, { peers }: CopySettings): boolean {
  const isNamed = peers.some((part) => peer.name.includes(part));
  return peers.length === 0 || peer === trial.peers[0] || isNamed;
}
