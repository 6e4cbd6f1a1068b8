// Wall time and processor time of a phase, and what the rest of the machine did meanwhile.

import { cpus } from "node:os";

export interface Reading {
  readonly elapsedMs: number;
  /** User and system time of the whole process, all threads. */
  readonly cpuUs: number;
  /** Processors kept busy by other processes, such as 0.3 of 2: a measure of the noise. */
  readonly busyElsewhere: number;
}

/** Milliseconds that all processors together have been busy since the machine started. */
function busyMs(): number {
  let sum = 0;
  for (const { times } of cpus()) sum += times.user + times.nice + times.sys + times.irq;
  return sum;
}

/** Starts all clocks; the function returned reads them. */
export function startMeter(): () => Reading {
  const busyAtStartMs = busyMs();
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  return () => {
    const elapsedMs = performance.now() - startMs;
    const used = process.cpuUsage(cpu);
    const cpuUs = used.user + used.system;
    const elsewhereMs = busyMs() - busyAtStartMs - cpuUs / 1000;
    return { elapsedMs, cpuUs, busyElsewhere: Math.max(0, elsewhereMs / elapsedMs) };
  };
}
