// Every public call that can wait for somebody else for ever, made so that it does: reads of an
// empty FIFO, writes to a full one, opening one without a peer. `release()` is that somebody.

import assert from "node:assert/strict";

import type { RequestKind } from "../../src/backend/contract.ts";
import { type CallOptions, type File, IoBuffer, type Operation } from "../../src/index.ts";
import type { Ability, Peer, Stage } from "./subject.ts";

export interface Stuck {
  readonly name: string;
  readonly kind: RequestKind;
  readonly ability: Ability;
  /** `close()` and `drain()` end it at once; writes and opens for writing may land. */
  readonly isEndedByClose: boolean;
  prepare(stage: Stage): Promise<Waiting>;
}

export interface Waiting {
  /** The file that it is a call of; null for an open. */
  readonly file: File | null;
  readonly buffers: readonly IoBuffer[];
  start(options?: CallOptions): Operation<unknown>;
  /** Lets the kernel complete it. */
  release(): void;
  /** What is true after it completed with `value`. */
  check(value: unknown): void | Promise<void>;
  dispose(): Promise<void>;
}

const TEXT = "hello";

interface Fifo {
  readonly file: File;
  readonly peer: Peer;
}

async function openFifo({ io, world }: Stage): Promise<Fifo> {
  const path = world.makeFifo();
  const peer = world.peerOf(path);
  return { file: await io.open(path, "r+"), peer };
}

async function closeFifo({ file, peer }: Fifo): Promise<void> {
  peer.empty();
  await file.close({ signal: AbortSignal.abort() });
  peer.close();
}

type Call = (file: File, buffers: readonly IoBuffer[], options: CallOptions) => Operation<number>;

function waitingRead(lengths: readonly number[], call: Call): Stuck["prepare"] {
  return async (stage) => {
    const fifo = await openFifo(stage);
    const buffers = lengths.map((length) => new IoBuffer(length));
    return {
      file: fifo.file,
      buffers,
      start: (options = {}) => call(fifo.file, buffers, options),
      release: () => fifo.peer.write(TEXT),
      check: (value) => {
        assert.equal(value, TEXT.length);
        const text = Buffer.concat(buffers.map((buffer) => buffer.bytes)).toString();
        assert.equal(text.slice(0, TEXT.length), TEXT);
      },
      dispose: () => closeFifo(fifo),
    };
  };
}

function waitingWrite(count: number, call: Call): Stuck["prepare"] {
  return async (stage) => {
    const fifo = await openFifo(stage);
    fifo.peer.fill();
    const buffers = Array.from({ length: count }, () => IoBuffer.from(TEXT));
    // It may land while the FIFO is being emptied.
    let taken = "";
    const take = (): void => {
      taken += Buffer.from(fifo.peer.empty()).toString();
    };
    return {
      file: fifo.file,
      buffers,
      start: (options = {}) => call(fifo.file, buffers, options),
      release: take,
      check: (value) => {
        take();
        assert.equal(value, TEXT.length * count);
        assert.match(taken, /^-+[^-]*$/);
        assert.equal(taken.replaceAll("-", ""), TEXT.repeat(count));
      },
      dispose: () => closeFifo(fifo),
    };
  };
}

async function waitingOpen({ io, world }: Stage): Promise<Waiting> {
  const path = world.makeFifo();
  let peer: Peer | null = null;
  return {
    file: null,
    buffers: [],
    start: (options = {}) => io.open(path, "w", 0, options),
    release: () => {
      peer ??= world.peerOf(path);
    },
    check: async (value) => {
      const file = value as File;
      assert.deepEqual([file.path, file.isStream, file.state], [path, true, "open"]);
      await file.close();
    },
    dispose: async () => peer?.close(),
  };
}

export const STUCK: readonly Stuck[] = [
  {
    name: "read",
    kind: "read",
    ability: "waitingReads",
    isEndedByClose: true,
    prepare: waitingRead([8], (file, [buffer], options) => file.read(buffer!, options)),
  },
  {
    name: "readFully",
    kind: "read",
    ability: "waitingReads",
    isEndedByClose: true,
    prepare: waitingRead([5], (file, [buffer], options) => file.readFully(buffer!, options)),
  },
  {
    name: "readv",
    kind: "readv",
    ability: "waitingReads",
    isEndedByClose: true,
    prepare: waitingRead([2, 8], (file, buffers, options) => file.readv(buffers, options)),
  },
  {
    name: "write",
    kind: "write",
    ability: "waitingWrites",
    isEndedByClose: false,
    prepare: waitingWrite(1, (file, [buffer], options) => file.write(buffer!, options)),
  },
  {
    name: "writeAll",
    kind: "write",
    ability: "waitingWrites",
    isEndedByClose: false,
    prepare: waitingWrite(1, (file, [buffer], options) => file.writeAll(buffer!, options)),
  },
  {
    name: "writev",
    kind: "writev",
    ability: "waitingWrites",
    isEndedByClose: false,
    prepare: waitingWrite(2, (file, buffers, options) => file.writev(buffers, options)),
  },
  {
    name: "open",
    kind: "open",
    ability: "waitingOpens",
    isEndedByClose: false,
    prepare: waitingOpen,
  },
];
