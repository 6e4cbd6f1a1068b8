// What most kinds have in common: an end that is measured, and a peer at the other end.

import { readdirSync } from "node:fs";
import { IoBuffer, type Operation, type StreamHandle } from "../../src/index.ts";
import { ignore, type Stage, type Subject, stoppable } from "./case.ts";
import { conservedReads, conservedWrites, random, someMoment } from "./conserved.ts";

const BLOCK_BYTES = 4096;
const LINES_MAX = 80;
const TEXT = "12345678\n";
/** A write that has not been taken by then finds no room. */
const FULL_MS = 20;

export interface Ends {
  /** Measured. */
  readonly handle: StreamHandle;
  /** Gives what the other reads, and takes what it writes. */
  readonly peer: StreamHandle;
  readonly close: () => Promise<void>;
  /** Lines of the measured one's reads, at most; as many as there is room for if absent. */
  readonly linesMax?: number;
}

export type OpenEnds = (stage: Stage) => Promise<Ends>;

/** Reads that wait until somebody writes. */
export function waitingReads(open: OpenEnds): (stage: Stage) => Promise<Subject> {
  return async (stage) => {
    const { handle, peer, close, linesMax = LINES_MAX } = await open(stage);
    const buffer = new IoBuffer(BLOCK_BYTES);
    return {
      begin: () => stoppable(handle.read(buffer)),
      makeWait: async () => {},
      makeReady: async () => {
        await peer.writeAll(TEXT);
        await handle.ready("readable");
      },
      conserved: () => conservedReads(handle, (bytes) => peer.writeAll(bytes), linesMax),
      close,
    };
  };
}

/** Writes that wait until somebody reads. */
export function waitingWrites(open: OpenEnds): (stage: Stage) => Promise<Subject> {
  return async (stage) => {
    const { handle, peer, close } = await open(stage);
    const block = IoBuffer.from(Buffer.alloc(BLOCK_BYTES, "x"));
    const room = new IoBuffer(16 * BLOCK_BYTES);
    let [written, taken] = [0, 0];
    const write = (timeoutMs?: number): Operation<number> => {
      const operation = handle.write(block, { timeoutMs });
      void operation.outcome().then(({ bytesTransferred }) => {
        written += bytesTransferred;
      });
      return operation;
    };
    const takeAll = async (): Promise<void> => {
      while (taken < written) taken += await peer.read(room);
    };
    return {
      begin: () => stoppable(write()),
      makeWait: async () => {
        while ((await write(FULL_MS).outcome()).status === "completed");
      },
      makeReady: takeAll,
      conserved: async () => {
        await takeAll();
        return conservedWrites(handle, peer);
      },
      close,
    };
  };
}

interface Closable {
  readonly close: () => Operation<void>;
}

type Begin = () => Operation<Closable>;

/** Opens: of each that succeeds the descriptor is closed again, by us or by the library. */
export function opens(begin: Begin, peer?: Begin): Subject {
  const start: Begin = () => {
    const operation = begin();
    operation.then((opened) => void opened.close(), ignore);
    return operation;
  };
  let other: Closable | null = null;
  const waiting = {
    makeWait: async (): Promise<void> => {},
    makeReady: async (): Promise<void> => {
      other ??= (await peer?.()) ?? null;
    },
  };
  return {
    begin: () => stoppable(start()),
    ...(peer === undefined ? {} : waiting),
    conserved: async () => {
      await other?.close();
      return conservedDescriptors(start, peer);
    },
    close: async () => {},
  };
}

const OPENS = 500;

/** Some of them get their peer while they are being stopped. */
async function conservedDescriptors(start: Begin, peer: Begin | undefined): Promise<string> {
  const before = countDescriptors();
  let [canceled, abandoned] = [0, 0];
  for (let round = 0; round < OPENS; round++) {
    const operation = start();
    await someMoment();
    const other = random(2) === 0 ? peer?.() : undefined;
    if (random(2) === 0) operation.cancel();
    else operation.abandon();
    const { status } = await operation.outcome();
    if (status === "canceled") canceled++;
    if (status === "abandoned") abandoned++;
    await (await other)?.close();
  }
  // The last one may have to be closed yet.
  for (let turn = 0; turn < 100 && countDescriptors() !== before; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const left = countDescriptors() - before;
  const how = `${OPENS} opens, ${canceled} canceled, ${abandoned} abandoned`;
  return left === 0 ? `yes: no descriptor is left of ${how}` : `NO: ${left} descriptors of ${how}`;
}

function countDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** For kinds whose bytes nobody numbers. */
export function nothingToConserve(why: string): () => Promise<string> {
  return async () => `nothing to lose: ${why}`;
}
