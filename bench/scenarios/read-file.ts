// Small cached files, each read whole, a fixed number at a time. Every process reads them all once
// before its clocks start: the system may have dropped some from memory meanwhile.

import type { Sample, SampleSpec } from "../protocol.ts";
import { openFileReader } from "../readers/files.ts";
import { measureReader } from "./read-random.ts";

export async function readFiles(spec: SampleSpec): Promise<Sample> {
  return measureReader(await openFileReader(spec), spec);
}
