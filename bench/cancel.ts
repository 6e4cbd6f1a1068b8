// `npm run bench -- cancel`: the time from asking a pending operation to stop to its outcome, in
// JavaScript: from the call of `cancel()` to the line behind `await operation.outcome()`. All in
// one process, in turns, so that what slows one slows the others; a round has some turns of each.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import {
  IoBuffer,
  type Operation,
  openPipe,
  openPty,
  openStream,
  openTty,
  pipe,
  type StreamHandle,
} from "../src/index.ts";
import { busyNow, headline } from "./background.ts";
import { quantile, spread } from "./statistics.ts";

const TARGET_US = 20;
const TURNS_PER_ROUND = 12;
const STOPS_PER_TURN = 100;
/** Not counted. */
const WARM_UP_TURNS = 6;
/** Reads of other FIFOs that are pending meanwhile, in half of the cases. */
const CROWD = 1000;
const READ_BYTES = 4096;

interface Kind {
  readonly name: string;
  readonly handle: StreamHandle;
  /** Closes the other end, which stays open until then, so that reads go on waiting. */
  readonly closePeer: () => Promise<void>;
}

interface Way {
  readonly name: string;
  /** What is given with the call. */
  readonly signal: () => AbortController | undefined;
  readonly stop: (read: Operation<number>, controller: AbortController | undefined) => void;
}

const none = (): undefined => undefined;

const WAYS: readonly Way[] = [
  { name: "`cancel()`", signal: none, stop: (read) => void read.cancel() },
  {
    name: "`signal`",
    signal: () => new AbortController(),
    stop: (_read, controller) => controller?.abort(),
  },
  { name: "`abandon()`", signal: none, stop: (read) => void read.abandon() },
];

async function openFifo(folder: string): Promise<Kind> {
  const path = join(folder, "fifo");
  execFileSync("mkfifo", ["--", path]);
  return { name: "FIFO", handle: await openPipe(path, "r+"), closePeer: async () => {} };
}

/** Without the shim: pipes and terminals have to be made by somebody else. */
async function openFewKinds(folder: string): Promise<Kind[]> {
  const holder = spawn(process.execPath, [join(import.meta.dirname, "pty-child.js")], {
    env: { ...process.env, OVERLAPPED_SHIM: "" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(holder.stdout, "data")) as [Buffer];
  const terminal = await openStream(line.toString().trim(), "r");
  const closePeer = async (): Promise<void> => {
    holder.stdin.end();
    await once(holder, "close");
  };
  return [await openFifo(folder), { name: "terminal", handle: terminal, closePeer }];
}

async function openKinds(folder: string): Promise<Kind[]> {
  if (process.env.OVERLAPPED_SHIM === "off") return openFewKinds(folder);
  const ends = pipe();
  const pty = openPty();
  const terminal = await openTty(pty.path);
  terminal.setRaw(true);
  const nothing = async (): Promise<void> => {};
  return [
    await openFifo(folder),
    { name: "pipe", handle: ends.reader, closePeer: () => ends.writer.close() },
    { name: "terminal", handle: terminal, closePeer: nothing },
    { name: "its controller", handle: pty.controller, closePeer: nothing },
  ];
}

/** Microseconds of each stop; every read is with the kernel when it is asked to stop. */
async function timeStops({ handle }: Kind, way: Way, buffer: IoBuffer): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < STOPS_PER_TURN; count++) {
    const controller = way.signal();
    const read = handle.read(buffer, { signal: controller?.signal });
    read.catch(none);
    await turn();
    const startedAt = performance.now();
    way.stop(read, controller);
    const { status } = await read.outcome();
    times.push((performance.now() - startedAt) * 1000);
    if (status === "completed" || status === "failed") throw new Error(`A read has ${status}`);
  }
  return times;
}

async function crowd(folder: string): Promise<StreamHandle[]> {
  const paths = Array.from({ length: CROWD }, (_, index) => join(folder, `crowd-${index}`));
  execFileSync("mkfifo", ["--", ...paths]);
  const handles = await Promise.all(paths.map((path) => openPipe(path, "r+")));
  for (const handle of handles) handle.read(new IoBuffer(64)).catch(none);
  await turn();
  return handles;
}

/** Microseconds of each stop: by kind, by way, and by round. */
type Times = readonly (readonly number[][])[][];

async function measure(kinds: readonly Kind[], rounds: number): Promise<Times> {
  const buffer = new IoBuffer(READ_BYTES);
  const times = kinds.map(() => WAYS.map(() => Array.from({ length: rounds }, (): number[] => [])));
  for (let turns = -WARM_UP_TURNS; turns < rounds * TURNS_PER_ROUND; turns++) {
    const round = Math.floor(turns / TURNS_PER_ROUND);
    for (const [row, kind] of kinds.entries()) {
      for (const [column, way] of WAYS.entries()) {
        const some = await timeStops(kind, way, buffer);
        times[row]![column]![round]?.push(...some);
      }
    }
  }
  return times;
}

/** The median of all with the range of the rounds' medians, and the 99th percentile of all. */
function cellsOf(rounds: readonly number[][]): string[] {
  const { min, max } = spread(rounds.map((us) => quantile(us, 0.5)));
  const all = rounds.flat();
  const median = quantile(all, 0.5).toFixed(1);
  return [`${median} (${min.toFixed(1)} to ${max.toFixed(1)})`, quantile(all, 0.99).toFixed(1)];
}

function tableOf(title: string, kinds: readonly Kind[], times: Times): string {
  const header = WAYS.map(({ name }) => `${name} median | 99th`).join(" | ");
  const rows = kinds.map(({ name }, row) => {
    const cells = times[row]!.flatMap(cellsOf);
    const isMet = quantile(times[row]![0]!.flat(), 0.5) < TARGET_US;
    return `| ${name} | ${cells.join(" | ")} | ${isMet ? "pass" : "FAIL"} |`;
  });
  const rule = `| --- |${" ---: |".repeat(2 * WAYS.length)} --- |`;
  return [`| ${title} | ${header} | under ${TARGET_US} µs |`, rule, ...rows].join("\n");
}

export async function benchCancel(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "overlapped-cancel-"));
  const others: StreamHandle[] = [];
  const kinds: Kind[] = [];
  const tables: string[] = [];
  const before = await busyNow();
  try {
    kinds.push(...(await openKinds(folder)));
    tables.push(tableOf("nothing else in flight", kinds, await measure(kinds, rounds)));
    others.push(...(await crowd(folder)));
    tables.push(tableOf(`${CROWD} other reads pending`, kinds, await measure(kinds, rounds)));
  } finally {
    await Promise.all(
      [...others, ...kinds.map(({ handle }) => handle)].map((each) => each.close()),
    );
    for (const { closePeer } of kinds) await closePeer();
    rmSync(folder, { recursive: true });
  }
  const stops = TURNS_PER_ROUND * STOPS_PER_TURN;
  const what = `Microseconds from the request to stop to the outcome; ${rounds} rounds of ${stops}`;
  console.log([headline(what, before, await busyNow()), ...tables].join("\n\n"));
}
