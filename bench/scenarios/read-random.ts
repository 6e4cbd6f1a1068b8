// Random reads of a cached file, a fixed number in flight. The cost seen is that of asking and
// being told, not that of a disk.

import { startMeter } from "../meter.ts";
import type { Extent, Sample, SampleSpec } from "../protocol.ts";
import { openReader, type Quota, type Reader } from "../readers/reader.ts";

/** Operations of one step while the clock decides when to stop. */
const STEP_COUNT = 500;

/** Runs steps until `ms` have passed; answers how many operations that took. */
async function runForMs(reader: Reader, ms: number): Promise<number> {
  const endMs = performance.now() + ms;
  let operationCount = 0;
  while (performance.now() < endMs) {
    const quota: Quota = { left: STEP_COUNT };
    await reader.run(quota);
    operationCount += STEP_COUNT;
  }
  return operationCount;
}

async function runExtent(reader: Reader, extent: Extent): Promise<number> {
  if (extent.kind !== "operations") return runForMs(reader, extent.ms);
  const quota: Quota = { left: extent.count };
  await reader.run(quota);
  return extent.count;
}

export async function readRandom(spec: SampleSpec): Promise<Sample> {
  return measureReader(await openReader(spec), spec);
}

export async function measureReader(reader: Reader, spec: SampleSpec): Promise<Sample> {
  try {
    await runForMs(reader, spec.warmupMs);
    const meter = startMeter();
    const operationCount = await runExtent(reader, spec.extent);
    return { operationCount, ...meter() };
  } finally {
    await reader.close();
  }
}
