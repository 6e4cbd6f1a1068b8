// `npm run bench -- cancel`: the time from asking a pending operation to stop to its outcome, in
// JavaScript: from the call of `cancel()` to the line behind `await operation.outcome()`. All in
// one process, in turns, so that what slows one slows the others.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import {
  IoBuffer,
  type Operation,
  openPipe,
  openPty,
  openTty,
  pipe,
  type StreamHandle,
} from "../src/index.ts";
import { describeMachine } from "./machine.ts";
import { quantile } from "./statistics.ts";

const TARGET_US = 20;
const TURNS = 60;
const STOPS_PER_TURN = 100;
/** Reads of other FIFOs that are pending meanwhile, in half of the cases. */
const CROWD = 1000;
const READ_BYTES = 4096;

interface Kind {
  readonly name: string;
  readonly handle: StreamHandle;
  /** Stays open, so that reads go on waiting. */
  readonly peer: StreamHandle;
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

async function openKinds(folder: string): Promise<Kind[]> {
  const path = join(folder, "fifo");
  execFileSync("mkfifo", ["--", path]);
  const ends = pipe();
  const pty = openPty();
  const terminal = await openTty(pty.path);
  terminal.setRaw(true);
  const fifo = await openPipe(path, "r+");
  return [
    { name: "FIFO", handle: fifo, peer: fifo },
    { name: "pipe", handle: ends.reader, peer: ends.writer },
    { name: "terminal", handle: terminal, peer: pty.controller },
    { name: "its controller", handle: pty.controller, peer: terminal },
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

async function measure(kinds: readonly Kind[]): Promise<number[][][]> {
  const buffer = new IoBuffer(READ_BYTES);
  const times = kinds.map(() => WAYS.map((): number[] => []));
  // The first rounds warm up.
  for (let round = -TURNS / 10; round < TURNS; round++) {
    for (const [row, kind] of kinds.entries()) {
      for (const [column, way] of WAYS.entries()) {
        const some = await timeStops(kind, way, buffer);
        if (round >= 0) times[row]![column]!.push(...some);
      }
    }
  }
  return times;
}

function print(title: string, kinds: readonly Kind[], times: readonly number[][][]): void {
  const header = WAYS.map(({ name }) => `${name} median | 99th`).join(" | ");
  console.log(`\n| ${title} | ${header} | under ${TARGET_US} µs |`);
  console.log(`| --- |${" ---: |".repeat(2 * WAYS.length)} --- |`);
  for (const [row, { name }] of kinds.entries()) {
    const cells = times[row]!.flatMap((us) => [quantile(us, 0.5), quantile(us, 0.99)]);
    const verdict = quantile(times[row]![0]!, 0.5) < TARGET_US ? "pass" : "FAIL";
    console.log(`| ${name} | ${cells.map((us) => us.toFixed(1)).join(" | ")} | ${verdict} |`);
  }
}

export async function benchCancel(): Promise<void> {
  const { kernel, cores, load } = describeMachine();
  console.log(`Node ${process.versions.node}, ${kernel}, ${cores} cores, load ${load}`);
  console.log(
    `Microseconds from the request to stop to the outcome; ${TURNS * STOPS_PER_TURN} each`,
  );
  const folder = mkdtempSync(join(tmpdir(), "overlapped-cancel-"));
  const others: StreamHandle[] = [];
  const kinds: Kind[] = [];
  try {
    kinds.push(...(await openKinds(folder)));
    print("nothing else in flight", kinds, await measure(kinds));
    others.push(...(await crowd(folder)));
    print(`${CROWD} other reads pending`, kinds, await measure(kinds));
  } finally {
    await Promise.all(
      [...others, ...kinds.map(({ handle }) => handle)].map((each) => each.close()),
    );
    for (const { peer } of kinds) await peer.close();
    rmSync(folder, { recursive: true });
  }
}
