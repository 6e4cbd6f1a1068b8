// Measures one case: asks operations to stop while they wait, lets others go through, and counts.

import { setImmediate as turn } from "node:timers/promises";
import { status } from "../../src/index.ts";
import { flushed, type Stoppable, type Subject } from "./case.ts";
import { busyWorkers, hasWorkers } from "./workers.ts";

/** Microseconds. */
export interface Spread {
  readonly median: number;
  readonly p99: number;
}

export interface Figures {
  /** Operations that were begun to be stopped. */
  readonly begun: number;
  /** Those that were not over when the call had returned and the kernel had them. */
  readonly waited: number;
  /** Those of them that were canceled; the others came to their end. */
  readonly canceled: number;
  /** From the request to stop to the outcome, of those that waited. */
  readonly stop: Spread | null;
  /** From the call to the outcome, of those that had nothing to wait for. */
  readonly call: Spread | null;
  /** Whether the kernel gave it threads of its own. */
  readonly hasWorkers: boolean;
  /** Where those were while one waited for long. */
  readonly workers: readonly string[];
  /** One has waited for long without any of them. */
  readonly waitsAlone: boolean;
  /** Why operations failed, such as ENOSPC. */
  readonly failures: readonly string[];
  readonly conserved: string;
}

const ROUNDS_MAX = 5000;
const WORKER_SAMPLES = 5;
/** What is slow has fewer rounds, but some, however little of the machine is left to us. */
const ROUNDS_MIN = 200;
const STOPS_MS = 400;
const CALLS_MS = 200;
const TIMES_MAX = 10;
/** Not counted: the first ones find everything unprepared. */
const WARM_UP_MS = 100;
/** Long enough for a kernel thread to have begun. */
const SAMPLE_MS = 2;

export async function measure(subject: Subject): Promise<Figures> {
  const stops = await measureStops(subject);
  const calls = await measureCalls(subject);
  const conserved = await subject.conserved();
  return {
    ...stops,
    call: calls.spread,
    failures: [...new Set([...stops.failures, ...calls.failures])],
    conserved,
  };
}

type Stops = Omit<Figures, "call" | "conserved">;

async function measureStops(subject: Subject): Promise<Stops> {
  const times: number[] = [];
  const failures = new Set<string>();
  const workers = new Set<string>();
  let [waited, canceled, waitsAlone] = [0, 0, false];
  let begun = 0;
  await subject.makeWait?.();
  for (const isCounted of rounds(STOPS_MS)) {
    await turn(); // The library delivers so much in a turn of the loop, and no more.
    const before = submissions();
    const operation = subject.begin();
    await flushed();
    if (operation.state() === "settled") {
      const { code } = await operation.end();
      if (code !== "") failures.add(code);
      if (isCounted) begun++;
      continue;
    }
    if (submissions() === before) {
      // Held back, so that timers have their turn: the kernel has not seen it.
      operation.stop();
      await operation.end();
      continue;
    }
    if (isCounted) begun++;
    if (isCounted && begun <= WORKER_SAMPLES) {
      await new Promise<void>((resolve) => setTimeout(resolve, SAMPLE_MS));
      const busy = busyWorkers();
      for (const place of busy) workers.add(place);
      await turn(); // What has been answered by now is told.
      if (busy.length === 0 && operation.state() !== "settled") waitsAlone = true;
    }
    const startedAt = performance.now();
    operation.stop();
    const { status, code } = await operation.end();
    const us = (performance.now() - startedAt) * 1000;
    if (status !== "canceled") await subject.makeWait?.();
    if (!isCounted) continue;
    times.push(us);
    waited++;
    if (status === "canceled") canceled++;
    else if (code !== "") failures.add(code);
  }
  const sums = { begun, waited, canceled, stop: spreadOf(times) };
  const threads = { hasWorkers: hasWorkers(), workers: [...workers], waitsAlone };
  return { ...sums, ...threads, failures: [...failures] };
}

async function measureCalls(
  subject: Subject,
): Promise<{ readonly spread: Spread | null; readonly failures: readonly string[] }> {
  // What can be made to wait and not to go through has nothing to measure here.
  if (subject.makeWait !== undefined && subject.makeReady === undefined) {
    return { spread: null, failures: [] };
  }
  const times: number[] = [];
  const failures = new Set<string>();
  for (const isCounted of rounds(CALLS_MS)) {
    await subject.makeReady?.();
    await turn();
    const startedAt = performance.now();
    const operation: Stoppable = subject.begin();
    const { code } = await operation.end();
    const us = (performance.now() - startedAt) * 1000;
    if (isCounted) times.push(us);
    if (code !== "") failures.add(code);
  }
  return { spread: spreadOf(times), failures: [...failures] };
}

/** Says of each round whether it counts. */
function* rounds(ms: number): Generator<boolean> {
  const startedAt = performance.now();
  const warmAt = startedAt + WARM_UP_MS;
  for (let now = startedAt; now < warmAt; now = performance.now()) yield false;
  for (let count = 0; count < ROUNDS_MAX; count++) {
    const spentMs = performance.now() - warmAt;
    if (spentMs > TIMES_MAX * ms || (spentMs > ms && count >= ROUNDS_MIN)) break;
    yield true;
  }
}

function submissions(): number {
  return status().statistics.submissions ?? 0;
}

function spreadOf(times: readonly number[]): Spread | null {
  if (times.length === 0) return null;
  const sorted = [...times].sort((left, right) => left - right);
  const at = (fraction: number): number => sorted[Math.floor((sorted.length - 1) * fraction)] ?? 0;
  return { median: at(0.5), p99: at(0.99) };
}
