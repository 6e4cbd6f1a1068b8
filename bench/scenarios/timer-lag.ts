// A 1 ms timer, armed again and again, while the same thread reads flat out. The lag is the actual
// delay minus the one asked for. Node rounds the loop's time to whole milliseconds, so a lag can be
// slightly negative; the idle peer shows what that and the machine alone amount to.

import { startMeter } from "../meter.ts";
import type { Sample, SampleSpec } from "../protocol.ts";
import { openReader, type Quota } from "../readers/reader.ts";

const REQUESTED_MS = 1;

/** More than any phase can use up, and still a small integer to the engine. */
const ENDLESS = 1_000_000_000;

/** Arms timers one after the other until `ms` have passed. */
function collectLags(ms: number): Promise<number[]> {
  const lagsUs: number[] = [];
  const endMs = performance.now() + ms;
  return new Promise((resolve) => {
    let armedMs = 0;
    const arm = (): void => {
      armedMs = performance.now();
      setTimeout(onFired, REQUESTED_MS);
    };
    const onFired = (): void => {
      const nowMs = performance.now();
      lagsUs.push(Math.round((nowMs - armedMs - REQUESTED_MS) * 1000));
      if (nowMs < endMs) arm();
      else resolve(lagsUs);
    };
    arm();
  });
}

export async function timerLag(spec: SampleSpec): Promise<Sample> {
  if (spec.extent.kind === "operations") throw new Error("timer-lag is measured for a duration");
  const reader = spec.implementation === "idle" ? null : await openReader(spec);
  const quota: Quota = { left: ENDLESS };
  const load = reader?.run(quota) ?? Promise.resolve();
  // A reader that fails must end the sample now, not when the timers are through.
  const failed = load.then(() => new Promise<never>(() => undefined));
  await Promise.race([collectLags(spec.warmupMs), failed]);
  const leftAtStart = quota.left;
  const meter = startMeter();
  const lagsUs = await Promise.race([collectLags(spec.extent.ms), failed]);
  const reading = meter();
  const operationCount = leftAtStart - quota.left;
  quota.left = 0;
  await load;
  await reader?.close();
  return { operationCount, ...reading, lagsUs };
}
