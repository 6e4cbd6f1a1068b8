// A cached file read through streams, from its start to its end and again. An operation is a block,
// whatever the size of the chunks that a stream makes of it.

import type { Sample, SampleSpec } from "../protocol.ts";
import { openStreamReader } from "../readers/streams.ts";
import { measureReader } from "./read-random.ts";

export async function readStream(spec: SampleSpec): Promise<Sample> {
  return measureReader(openStreamReader(spec), spec);
}
