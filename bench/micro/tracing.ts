// What tracing costs, in one process and in turns, so that what slows one slows all of them.
//
//   the check     traceOf() with nobody listening, against a function that only returns null
//   the events    cached reads with nobody listening, with one subscriber, and with all five

import { tracingChannel } from "node:diagnostics_channel";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Clock, systemClock } from "../../src/base/clock.ts";
import { Prng } from "../../src/base/prng.ts";
import { type File, IoBuffer, open } from "../../src/index.ts";
import type { OperationRecord } from "../../src/operation/operation.ts";
import { traceOf } from "../../src/operation/tracing.ts";
import { quantile, ratios, spread } from "../statistics.ts";

const CHECKS = 2_000_000;
const READS = 20_000;
const ROUNDS = 40;
const AT_ONCE = 32;
const BLOCK_BYTES = 4096;
const FILE_BYTES = 16 * 1024 * 1024;

const CHANNEL = tracingChannel("overlapped.operation");
const ignore = (): void => {};

const RECORD = {} as OperationRecord;
const nothing = (_record: OperationRecord, _clock: Clock): null => null;

/** Nanoseconds for each call. Two loops: in one, each call would have to look which is meant. */
function timeNothing(): number {
  let found = 0;
  const startedAt = performance.now();
  for (let count = 0; count < CHECKS; count++) if (nothing(RECORD, systemClock) !== null) found++;
  return perCall(startedAt, found);
}

function timeCheck(): number {
  let found = 0;
  const startedAt = performance.now();
  for (let count = 0; count < CHECKS; count++) if (traceOf(RECORD, systemClock) !== null) found++;
  return perCall(startedAt, found);
}

function perCall(startedAt: number, found: number): number {
  if (found > 0) throw new Error("Somebody listens");
  return ((performance.now() - startedAt) * 1e6) / CHECKS;
}

/** Nanoseconds for each read. */
async function timeReads(file: File, buffers: readonly IoBuffer[]): Promise<number> {
  let left = READS;
  const startedAt = performance.now();
  const lane = async (buffer: IoBuffer): Promise<void> => {
    while (left-- > 0) {
      const position = ((left * 7919) % (FILE_BYTES / BLOCK_BYTES)) * BLOCK_BYTES;
      await file.read(buffer, { position });
    }
  };
  await Promise.all(buffers.map(lane));
  return ((performance.now() - startedAt) * 1e6) / READS;
}

interface Way {
  readonly name: string;
  readonly listen: () => void;
  readonly unlisten: () => void;
}

const ALL = { start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore };

const WAYS: readonly Way[] = [
  { name: "nobody listens", listen: ignore, unlisten: ignore },
  { name: "the same again", listen: ignore, unlisten: ignore },
  {
    name: "one subscriber, to `asyncEnd`",
    listen: () => CHANNEL.asyncEnd.subscribe(ignore),
    unlisten: () => CHANNEL.asyncEnd.unsubscribe(ignore),
  },
  {
    name: "subscribers to all five",
    listen: () => CHANNEL.subscribe(ALL),
    unlisten: () => CHANNEL.unsubscribe(ALL),
  },
];

function compareChecks(when: string): void {
  const checks: number[] = [];
  const nothings: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const [check, empty] = [timeCheck(), timeNothing()];
    if (round < 0) continue;
    checks.push(check);
    nothings.push(empty);
  }
  const [check, empty] = [checks, nothings].map((ns) => quantile(ns, 0.5).toFixed(1));
  console.log(`the check, ${when}: ${check} ns; a function that returns null: ${empty} ns`);
}

async function compareReads(file: File): Promise<void> {
  const buffers = Array.from({ length: AT_ONCE }, () => new IoBuffer(BLOCK_BYTES));
  const times = WAYS.map((): number[] => []);
  const prng = new Prng(1);
  for (let round = -2; round < ROUNDS; round++) {
    // In any order: what one leaves to be collected slows the next.
    const order = [...WAYS.keys()].map((at) => ({ at, place: prng.next() }));
    for (const { at } of order.sort((left, right) => left.place - right.place)) {
      WAYS[at]?.listen();
      const ns = await timeReads(file, buffers);
      WAYS[at]?.unlisten();
      if (round >= 0) times[at]?.push(ns);
    }
  }
  console.log("\n| | ns per read | ratio to the first (quartiles) |\n| --- | ---: | ---: |");
  for (const [at, { name }] of WAYS.entries()) {
    const own = times[at] ?? [];
    const { median, q1, q3 } = spread(ratios(own, times[0] ?? []));
    const range = `${median.toFixed(3)} (${q1.toFixed(3)}–${q3.toFixed(3)})`;
    console.log(`| ${name} | ${quantile(own, 0.5).toFixed(0)} | ${at === 0 ? "1" : range} |`);
  }
}

export async function benchTracing(): Promise<void> {
  const path = join(tmpdir(), `overlapped-tracing-${process.pid}`);
  await writeFile(path, new Uint8Array(FILE_BYTES));
  try {
    compareChecks("before anybody has listened");
    await using file = await open(path);
    await compareReads(file);
    compareChecks("after somebody has");
  } finally {
    await rm(path);
  }
}
