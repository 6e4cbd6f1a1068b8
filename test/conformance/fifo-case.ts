// A FIFO with both of its ends: a file of ours, and somebody outside.

import type { File } from "../../src/index.ts";
import type { Peer, Stage } from "./subject.ts";

export interface FifoCase {
  readonly file: File;
  readonly peer: Peer;
  close(): Promise<void>;
}

export async function openFifo({ io, world }: Stage): Promise<FifoCase> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  const file = await io.open(path, "r+");
  const close = async (): Promise<void> => {
    await file.close({ signal: AbortSignal.abort() });
    peer.close();
  };
  return { file, peer, close };
}

/** Others come and go meanwhile. */
export async function others({ io }: Stage): Promise<void> {
  for (let round = 0; round < 5; round++) await io.stat("/");
}
