// Streams over a whole file: Overlapped's and Node's, each as a Node stream and as one of the web.
// Each stream has a descriptor of its own, which it closes at its end.

import { open as openHandle } from "node:fs/promises";
import { open, status } from "../../src/index.ts";
import type { Implementation, SampleSpec } from "../protocol.ts";
import { checkRead, type Quota, type Reader } from "./reader.ts";

type Open = (spec: SampleSpec) => Promise<AsyncIterable<Uint8Array>>;

const STREAMS: Readonly<Partial<Record<Implementation, Open>>> = {
  overlapped: async ({ path, parameters }) => {
    const { depth: blocksInFlight, blockBytes } = parameters;
    return (await open(path)).toReadable({ blocksInFlight, blockBytes });
  },
  "overlapped-web": async ({ path, parameters }) => {
    const { depth: blocksInFlight, blockBytes } = parameters;
    return (await open(path)).createReader({ blocksInFlight, blockBytes });
  },
  promises: async ({ path, parameters }) => {
    const { blockBytes: highWaterMark } = parameters;
    return (await openHandle(path)).createReadStream({ highWaterMark });
  },
  "promises-web": async ({ path }) => closingWeb(path),
};

/** A web stream of Node does not close its handle, and its chunks are as big as it likes. */
async function* closingWeb(path: string): AsyncGenerator<Uint8Array> {
  await using handle = await openHandle(path);
  yield* handle.readableWebStream({ type: "bytes" }) as AsyncIterable<Uint8Array>;
}

export function openStreamReader(spec: SampleSpec): Reader {
  const { implementation } = spec;
  const openStream = STREAMS[implementation];
  if (openStream === undefined) throw new Error(`No streams of ${implementation}`);
  if (implementation.startsWith("overlapped") && status().backend !== "uring") {
    throw new Error(`No ring to measure: ${status().reason}`);
  }
  return {
    run: async (quota) => {
      while (quota.left > 0) await readOnce(await openStream(spec), spec, quota);
    },
    close: () => Promise.resolve(),
  };
}

async function readOnce(
  stream: AsyncIterable<Uint8Array>,
  { parameters, fileBytes }: SampleSpec,
  quota: Quota,
): Promise<void> {
  let position = 0;
  for await (const chunk of stream) {
    // Pages are marked, and any chunk may begin within one.
    if (position % 4096 === 0) checkRead(chunk.byteLength, chunk[0], position);
    position += chunk.byteLength;
    quota.left -= chunk.byteLength / parameters.blockBytes;
    if (quota.left <= 0) return;
  }
  if (position !== fileBytes) throw new Error(`The stream has ended after ${position} bytes`);
}
